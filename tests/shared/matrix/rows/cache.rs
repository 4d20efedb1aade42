//! The rows of downloads that the cache takes part in.

use fetch_runtime::CacheStatus::Bypass;
use fetch_runtime::Outcome::{CacheMiss, CacheUnavailable, NetworkError, Timeout};

use super::download;
use crate::matrix::ends::{
    CACHED, ENTRY, NOT_FOUND, NOT_STORED, NOT_STORED_AFTER_MISS, REVALIDATED, STALE, STORED,
    STORED_AFTER_MISS,
};
use crate::matrix::request::{
    default, force_cache, force_cache_in_a_minute, no_cache, only_if_cached, reload,
};
use crate::matrix::setup::Cache::{
    Full, Holds, HoldsEntry, HoldsForeign, OverQuota, Throws, Unavailable,
};
use crate::matrix::setup::Fault::SendThrows;
use crate::matrix::setup::Server::{IsSilent, Refuses, Replies};
use crate::matrix::setup::{BODY, OVER_THE_QUOTA, Reply};
use crate::matrix::{At, Ends};

const CACHE_MISS: Ends = Ends::by_the_cache(CacheMiss, Bypass);
const CACHE_UNAVAILABLE: Ends = Ends::by_the_cache(CacheUnavailable, Bypass);

/// Stale at once, and good enough after an error.
const STALE_IF_ERROR: &str = "max-age=0, stale-if-error=3600";

rows! { $ for_each_cache_row:
    cache_hit: download("`ForceCache`: hit", force_cache, CACHED)
        .cache(Holds(BODY)).dropped(At::Lookup),
    cache_hit_empty:
        download("`ForceCache`: hit, no bytes", force_cache, Ends { body: b"", ..CACHED })
            .cache(Holds(b"")).dropped(At::Lookup),
    cache_hit_only: download("`OnlyIfCached`: hit", only_if_cached, CACHED)
        .cache(Holds(BODY)).dropped(At::Lookup),
    cache_miss: download("`OnlyIfCached`: miss", only_if_cached, CACHE_MISS).dropped(At::Lookup),
    foreign_record:
        download("`OnlyIfCached`: a record that has no bytes", only_if_cached, CACHE_MISS)
            .cache(HoldsForeign).dropped(At::Lookup),
    foreign_record_replaced:
        download(
            "`ForceCache`: a record that has no bytes, then HTTP 2xx, stored",
            force_cache,
            STORED_AFTER_MISS,
        )
        .server(Replies(Reply::WITHOUT_REASON)).cache(HoldsForeign),
    cache_unavailable:
        download("`OnlyIfCached`: no cache", only_if_cached, CACHE_UNAVAILABLE)
            .cache(Unavailable).dropped(At::Start),
    cache_throws:
        download("`OnlyIfCached`: cache throws", only_if_cached, CACHE_UNAVAILABLE)
            .cache(Throws).dropped(At::Start),
    miss_2xx: download("miss, then HTTP 2xx, stored", force_cache, STORED_AFTER_MISS)
        .server(Replies(Reply::WITHOUT_REASON)).dropped(At::Body),
    miss_2xx_not_stored:
        download("miss, then HTTP 2xx, cache full", force_cache, NOT_STORED_AFTER_MISS)
            .server(Replies(Reply::WITHOUT_REASON)).cache(Full).dropped(At::Store),
    miss_http_error: download("miss, then HTTP error", force_cache, NOT_FOUND)
        .server(Replies(Reply::NOT_FOUND)).dropped(At::Done),
    miss_network_error:
        download("miss, then network error", force_cache, Ends::without_response(NetworkError))
            .server(Refuses),
    miss_timeout:
        download("miss, then timeout", force_cache_in_a_minute, Ends::without_response(Timeout))
            .server(IsSilent),
    miss_send_throws:
        download("miss, then `send()` throws", force_cache, Ends::without_response(NetworkError))
            .fault(SendThrows).dropped(At::Lookup),
    lookup_unavailable: download("`ForceCache`: no cache, HTTP 2xx", force_cache, NOT_STORED)
        .cache(Unavailable),
    lookup_unavailable_send_throws:
        download(
            "`ForceCache`: no cache, `send()` throws",
            force_cache,
            Ends::without_response(NetworkError),
        )
        .cache(Unavailable).fault(SendThrows).dropped(At::Start),
    stored: download("`Reload`: stored", reload, STORED).dropped(At::Done),
    not_stored: download("`Reload`: cache full", reload, NOT_STORED).cache(Full).dropped(At::Store),
    store_unavailable: download("`Reload`: no cache", reload, NOT_STORED)
        .cache(Unavailable).dropped(At::Body),
    partial_response:
        download("`Reload`: 206, not stored", reload, Ends { status: (206, "Half"), ..NOT_STORED })
            .server(Replies(Reply::PARTIAL)).dropped(At::Done),
    disk_full:
        download(
            "`Reload`: disk full by quota",
            reload,
            Ends { noise: OVER_THE_QUOTA, ..NOT_STORED },
        )
        .server(Replies(Reply::OVER_THE_QUOTA)).cache(OverQuota).dropped(At::Done),
    store_throws: download("`Reload`: cache throws", reload, NOT_STORED)
        .cache(Throws).dropped(At::Body),
    entry_stored: download("`NoCache`: miss, then HTTP 2xx, stored", no_cache, STORED_AFTER_MISS)
        .server(Replies(Reply::WITHOUT_REASON)).dropped(At::Body),
    entry_not_stored:
        download("`NoCache`: miss, then HTTP 2xx, cache full", no_cache, NOT_STORED_AFTER_MISS)
            .server(Replies(Reply::WITHOUT_REASON)).cache(Full).dropped(At::Store),
    entry_unavailable: download("`Default`: no cache, HTTP 2xx", default, NOT_STORED)
        .cache(Unavailable),
    entry_fresh: download("`Default`: fresh", default, ENTRY)
        .cache(HoldsEntry(BODY, "max-age=3600")).dropped(At::Lookup),
    entry_revalidated: download("`NoCache`: HTTP 304", no_cache, REVALIDATED)
        .server(Replies(Reply::NOT_MODIFIED)).cache(HoldsEntry(BODY, "max-age=3600")),
    entry_revalidated_empty:
        download("`Default`: HTTP 304, no bytes", default, Ends { body: b"", ..REVALIDATED })
            .server(Replies(Reply::NOT_MODIFIED)).cache(HoldsEntry(b"", "")).dropped(At::Lookup),
    entry_replaced: download("`NoCache`: HTTP 2xx, stored", no_cache, STORED_AFTER_MISS)
        .server(Replies(Reply::WITHOUT_REASON)).cache(HoldsEntry(b"old", "")).dropped(At::Done),
    entry_stale_after_an_error: download("`Default`: HTTP 503, stale", default, STALE)
        .server(Replies(Reply::UNAVAILABLE)).cache(HoldsEntry(BODY, STALE_IF_ERROR)),
    entry_stale_without_a_network: download("`Default`: network error, stale", default, STALE)
        .server(Refuses).cache(HoldsEntry(BODY, STALE_IF_ERROR)).dropped(At::Lookup),
    entry_stale_send_throws: download("`Default`: `send()` throws, stale", default, STALE)
        .cache(HoldsEntry(BODY, STALE_IF_ERROR)).fault(SendThrows).dropped(At::Lookup),
}
