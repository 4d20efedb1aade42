//! The rows: every path on which a fetch ends, and every moment at which it can be aborted.

use std::time::Duration;

use fetch_runtime::{CacheMode, CacheStatus, Outcome, Request};

use super::{Abort, At, Ends, Kind, Place, Row};
use CacheStatus::{Bypass, Hit, NotStored, Stored};
use Outcome::{
    Aborted, CacheFailed, CacheMiss, CacheUnavailable, HttpError, NetworkError, OutOfMemory,
    Success, Timeout,
};

/// What bodies are, where there is one.
pub const BODY: &[u8] = b"the body of the response";

/// The page of an error.
pub const PAGE: &[u8] = b"no such thing";

/// So much is allocated for the body of a request, and for nothing else.
pub const REQUEST_BODY_CAPACITY: usize = 4111;

/// The body of a request; see [`Platform::request_bodies`](super::Platform::request_bodies).
#[must_use]
pub fn request_body() -> Vec<u8> {
    let mut body = Vec::with_capacity(REQUEST_BODY_CAPACITY);
    body.extend_from_slice(b"the body of the request");
    body
}

fn post(url: &str) -> Request {
    Request::post(url).body(request_body())
}

/// No script can set the timeout of a synchronous request.
fn post_in_time(url: &str) -> Request {
    post(url).timeout(Duration::from_millis(100))
}

/// Its time can be over; whoever provokes the row sees to it that it soon is.
const A_MINUTE: Duration = Duration::from_secs(60);

fn post_in_a_minute(url: &str) -> Request {
    post(url).timeout(A_MINUTE)
}

fn force_cache_in_a_minute(url: &str) -> Request {
    force_cache(url).timeout(A_MINUTE)
}

fn stream_in_a_minute(url: &str) -> Request {
    stream(url).timeout(A_MINUTE)
}

fn stream(url: &str) -> Request {
    post(url).on_chunk(|_| ())
}

fn get(url: &str) -> Request {
    Request::get(url)
}

fn reload(url: &str) -> Request {
    Request::get(url).cache(CacheMode::Reload)
}

fn force_cache(url: &str) -> Request {
    Request::get(url).cache(CacheMode::ForceCache)
}

fn only_if_cached(url: &str) -> Request {
    Request::get(url).cache(CacheMode::OnlyIfCached)
}

fn store(key: &str) -> Request {
    Request::idb_store(key).body(request_body())
}

/// More than the quota of the test lets in.
pub const OVER_THE_QUOTA: usize = 2 << 20;

fn store_noise(key: &str) -> Request {
    Request::idb_store(key).body(crate::noise::noise(OVER_THE_QUOTA))
}

fn delete(key: &str) -> Request {
    Request::idb_delete(key)
}

/// Nobody has answered.
const fn without_answer(outcome: Outcome) -> Ends {
    Ends { outcome, cache_status: Bypass, status: (0, ""), body: b"", noise: 0, guarded: false }
}

/// The cache has the last word.
const fn of_the_cache(outcome: Outcome, cache_status: CacheStatus) -> Ends {
    Ends { outcome, cache_status, status: (0, ""), body: b"", noise: 0, guarded: true }
}

const OK: Ends = Ends {
    outcome: Success,
    cache_status: Bypass,
    status: (200, "Half"),
    body: BODY,
    noise: 0,
    guarded: false,
};
const NOT_FOUND: Ends = Ends {
    outcome: HttpError,
    cache_status: Bypass,
    status: (404, "Gone Fishing"),
    body: PAGE,
    noise: 0,
    guarded: false,
};
const CACHED: Ends = Ends { cache_status: Hit, status: (200, "OK"), guarded: true, ..OK };
const STORED: Ends = Ends { cache_status: Stored, ..OK };
const NOT_STORED: Ends = Ends { cache_status: NotStored, ..OK };
/// The text of the miss must not stick.
const STORED_AFTER_MISS: Ends = Ends { status: (200, ""), ..STORED };
const RECORDED: Ends = Ends { cache_status: Stored, body: b"", ..CACHED };
const DELETED: Ends = Ends { cache_status: Bypass, ..RECORDED };

const ABORTED: Ends = without_answer(Aborted);

const fn row(
    name: &'static str,
    path: &'static str,
    request: fn(&str) -> Request,
    ends: Ends,
) -> Row {
    Row {
        name,
        path,
        request,
        kind: Kind::Download,
        chunks: None,
        ends,
        abort: None,
        proven: &[Place::Native, Place::Chromium3, Place::Chromium6],
        is_simulated: false,
    }
}

/// The page helps the browser to end like that.
const fn simulated(row: Row) -> Row {
    Row { is_simulated: true, ..row }
}

const fn record(
    name: &'static str,
    path: &'static str,
    request: fn(&str) -> Request,
    ends: Ends,
) -> Row {
    Row { kind: Kind::Record, ..row(name, path, request, ends) }
}

const fn synchronous(name: &'static str, path: &'static str, ends: Ends) -> Row {
    Row { kind: Kind::Synchronous, ..row(name, path, post, ends) }
}

const fn streamed(
    name: &'static str,
    path: &'static str,
    chunks: &'static [u8],
    ends: Ends,
) -> Row {
    Row {
        chunks: Some(chunks),
        // Emscripten has streaming from 4.0.21 on.
        proven: &[Place::Native, Place::Chromium6],
        ..row(name, path, stream, Ends { body: b"", ..ends })
    }
}

const fn abort(row: Row, at: At, at_once: bool, ends: Ends) -> Row {
    Row { abort: Some(Abort { at, times: 1, at_once, ends }), ..row }
}

const fn abort_twice(row: Row, at: At, at_once: bool, ends: Ends) -> Row {
    Row { abort: Some(Abort { at, times: 2, at_once, ends }), ..row }
}

/// All of them.
pub const ROWS: &[Row] = &[
    row("http_2xx", "HTTP 2xx", post, OK),
    row(
        "http_2xx_empty",
        "HTTP 204, no body",
        post,
        Ends { status: (204, "No Content"), body: b"", ..OK },
    ),
    row("http_error", "HTTP error", post, NOT_FOUND),
    row("network_error", "network error", post, without_answer(NetworkError)),
    row("network_error_in_body", "network error in the body", post, without_answer(NetworkError)),
    row("timeout", "timeout", post_in_a_minute, without_answer(Timeout)),
    row("timeout_in_body", "timeout in the body", post_in_a_minute, without_answer(Timeout)),
    simulated(row("send_throws", "`send()` throws", post, without_answer(NetworkError))),
    row(
        "body_lost",
        "no memory for the body",
        post,
        Ends { outcome: OutOfMemory, body: b"", ..OK },
    ),
    row(
        "body_lost_of_an_error",
        "no memory for an error's body",
        post,
        Ends { outcome: OutOfMemory, body: b"", ..NOT_FOUND },
    ),
    row("cache_hit", "`ForceCache`: hit", force_cache, CACHED),
    row(
        "cache_hit_empty",
        "`ForceCache`: hit, no bytes",
        force_cache,
        Ends { body: b"", ..CACHED },
    ),
    row("cache_hit_only", "`OnlyIfCached`: hit", only_if_cached, CACHED),
    row("cache_miss", "`OnlyIfCached`: miss", only_if_cached, of_the_cache(CacheMiss, Bypass)),
    row(
        "foreign_record",
        "`OnlyIfCached`: a record that has no bytes",
        only_if_cached,
        of_the_cache(CacheMiss, Bypass),
    ),
    row(
        "foreign_record_replaced",
        "`ForceCache`: a record that has no bytes, then HTTP 2xx, stored",
        force_cache,
        STORED_AFTER_MISS,
    ),
    simulated(row(
        "cache_unavailable",
        "`OnlyIfCached`: no cache",
        only_if_cached,
        of_the_cache(CacheUnavailable, Bypass),
    )),
    simulated(row(
        "cache_throws",
        "`OnlyIfCached`: cache throws",
        only_if_cached,
        of_the_cache(CacheUnavailable, Bypass),
    )),
    row("miss_2xx", "miss, then HTTP 2xx, stored", force_cache, STORED_AFTER_MISS),
    simulated(row(
        "miss_2xx_not_stored",
        "miss, then HTTP 2xx, cache full",
        force_cache,
        Ends { cache_status: NotStored, ..STORED_AFTER_MISS },
    )),
    row("miss_http_error", "miss, then HTTP error", force_cache, NOT_FOUND),
    row(
        "miss_network_error",
        "miss, then network error",
        force_cache,
        without_answer(NetworkError),
    ),
    row("miss_timeout", "miss, then timeout", force_cache_in_a_minute, without_answer(Timeout)),
    simulated(row(
        "miss_send_throws",
        "miss, then `send()` throws",
        force_cache,
        without_answer(NetworkError),
    )),
    simulated(row(
        "lookup_unavailable",
        "`ForceCache`: no cache, HTTP 2xx",
        force_cache,
        NOT_STORED,
    )),
    simulated(row(
        "lookup_unavailable_send_throws",
        "`ForceCache`: no cache, `send()` throws",
        force_cache,
        without_answer(NetworkError),
    )),
    row("stored", "`Reload`: stored", reload, STORED),
    simulated(row("not_stored", "`Reload`: cache full", reload, NOT_STORED)),
    simulated(row("store_unavailable", "`Reload`: no cache", reload, NOT_STORED)),
    row(
        "partial_response",
        "`Reload`: 206, not stored",
        reload,
        Ends { status: (206, "Half"), ..NOT_STORED },
    ),
    row(
        "disk_full",
        "`Reload`: disk full by quota",
        reload,
        Ends { noise: OVER_THE_QUOTA, ..NOT_STORED },
    ),
    simulated(row("store_throws", "`Reload`: cache throws", reload, NOT_STORED)),
    record("record_stored", "`IDB_STORE`: stored", store, RECORDED),
    simulated(record(
        "record_refused",
        "`IDB_STORE`: cache full",
        store,
        of_the_cache(CacheFailed, NotStored),
    )),
    record(
        "record_disk_full",
        "`IDB_STORE`: disk full by quota",
        store_noise,
        of_the_cache(CacheFailed, NotStored),
    ),
    simulated(record(
        "record_unavailable",
        "`IDB_STORE`: no cache",
        store,
        of_the_cache(CacheUnavailable, NotStored),
    )),
    simulated(record(
        "record_throws",
        "`IDB_STORE`: cache throws",
        store,
        of_the_cache(CacheUnavailable, NotStored),
    )),
    record("deleted", "`IDB_DELETE`: deleted", delete, DELETED),
    simulated(record(
        "delete_refused",
        "`IDB_DELETE`: refused",
        delete,
        of_the_cache(CacheFailed, Bypass),
    )),
    simulated(record(
        "delete_unavailable",
        "`IDB_DELETE`: no cache",
        delete,
        of_the_cache(CacheUnavailable, Bypass),
    )),
    simulated(record(
        "delete_throws",
        "`IDB_DELETE`: cache throws",
        delete,
        of_the_cache(CacheUnavailable, Bypass),
    )),
    abort(
        row("abort_in_lookup_hit", "abort before the lookup answers: hit", force_cache, CACHED),
        At::Lookup,
        false,
        of_the_cache(Aborted, Bypass),
    ),
    abort(
        row(
            "abort_in_lookup_miss",
            "abort before the lookup answers: miss",
            force_cache,
            STORED_AFTER_MISS,
        ),
        At::Lookup,
        false,
        ABORTED,
    ),
    abort(
        row(
            "abort_in_lookup_only",
            "abort before the lookup answers: `OnlyIfCached`, miss",
            only_if_cached,
            of_the_cache(CacheMiss, Bypass),
        ),
        At::Lookup,
        false,
        of_the_cache(Aborted, Bypass),
    ),
    abort_twice(
        row(
            "abort_twice_in_lookup",
            "abort twice before the lookup answers: hit",
            force_cache,
            CACHED,
        ),
        At::Lookup,
        false,
        of_the_cache(Aborted, Bypass),
    ),
    abort(
        row(
            "abort_after_miss",
            "abort before the headers, after a miss",
            force_cache,
            STORED_AFTER_MISS,
        ),
        At::Headers,
        true,
        ABORTED,
    ),
    abort(
        row("abort_before_headers", "abort before the headers", post, OK),
        At::Headers,
        true,
        ABORTED,
    ),
    abort_twice(
        row("abort_twice_before_headers", "abort twice before the headers", post, OK),
        At::Headers,
        true,
        ABORTED,
    ),
    abort(row("abort_after_headers", "abort after the headers", post, OK), At::Body, true, ABORTED),
    abort(
        row("abort_in_progress", "abort in `on_progress`", post, OK),
        At::Progress,
        false,
        ABORTED,
    ),
    abort(row("abort_in_body", "abort in the body", post, OK), At::Done, true, ABORTED),
    abort(
        row("abort_at_ready_state_4", "abort at `readyState` 4", post, OK),
        At::ReadyState4,
        false,
        ABORTED,
    ),
    abort(
        row(
            "abort_at_ready_state_4_of_an_error",
            "abort at `readyState` 4 of a network error",
            post,
            without_answer(NetworkError),
        ),
        At::ReadyState4,
        false,
        ABORTED,
    ),
    abort(
        row("abort_while_storing", "abort while the store is running: stored", reload, STORED),
        At::Store,
        false,
        Ends { cache_status: Stored, ..ABORTED },
    ),
    abort(
        simulated(row(
            "abort_while_not_storing",
            "abort while the store is running: cache full",
            reload,
            NOT_STORED,
        )),
        At::Store,
        false,
        Ends { cache_status: NotStored, ..ABORTED },
    ),
    abort(
        record("abort_record", "abort while `IDB_STORE` is running", store, RECORDED),
        At::Store,
        false,
        of_the_cache(Aborted, Stored),
    ),
    abort(
        record("abort_delete", "abort while `IDB_DELETE` is running", delete, DELETED),
        At::Store,
        false,
        of_the_cache(Aborted, Bypass),
    ),
    abort(row("abort_after_the_end", "abort after the end", post, OK), At::End, true, OK),
    Row {
        kind: Kind::FromC,
        ..abort(
            row("closed_by_c", "closed in flight by C code", get, OK),
            At::Headers,
            true,
            ABORTED,
        )
    },
    synchronous("synchronous_2xx", "synchronous: HTTP 2xx", OK),
    synchronous(
        "synchronous_2xx_empty",
        "synchronous: HTTP 204, no body",
        Ends { status: (204, "No Content"), body: b"", ..OK },
    ),
    synchronous("synchronous_http_error", "synchronous: HTTP error", NOT_FOUND),
    synchronous(
        "synchronous_network_error",
        "synchronous: network error",
        without_answer(NetworkError),
    ),
    synchronous(
        "synchronous_network_error_in_body",
        "synchronous: network error in the body",
        without_answer(NetworkError),
    ),
    Row {
        request: post_in_time,
        ..synchronous("synchronous_timeout", "synchronous: timeout", without_answer(Timeout))
    },
    Row {
        request: post_in_time,
        ..synchronous(
            "synchronous_timeout_in_body",
            "synchronous: timeout in the body",
            without_answer(Timeout),
        )
    },
    simulated(synchronous(
        "synchronous_send_throws",
        "synchronous: `send()` throws",
        without_answer(NetworkError),
    )),
    synchronous(
        "synchronous_body_lost",
        "synchronous: no memory for the body",
        Ends { outcome: OutOfMemory, body: b"", ..OK },
    ),
    synchronous(
        "synchronous_body_lost_of_an_error",
        "synchronous: no memory for an error's body",
        Ends { outcome: OutOfMemory, body: b"", ..NOT_FOUND },
    ),
    streamed("stream_2xx", "stream: HTTP 2xx", BODY, OK),
    // Not every browser has a stream here; without, upstream keeps the reason phrase to itself. So
    // there is none.
    streamed(
        "stream_2xx_empty",
        "stream: HTTP 204, no body",
        b"",
        Ends { status: (204, ""), ..OK },
    ),
    streamed("stream_http_error", "stream: HTTP error", PAGE, NOT_FOUND),
    streamed("stream_network_error", "stream: network error", b"", without_answer(NetworkError)),
    streamed(
        "stream_network_error_in_body",
        "stream: network error in the body",
        BODY,
        without_answer(NetworkError),
    ),
    Row {
        request: stream_in_a_minute,
        ..streamed("stream_timeout", "stream: timeout", b"", without_answer(Timeout))
    },
    Row {
        request: stream_in_a_minute,
        ..streamed(
            "stream_timeout_in_body",
            "stream: timeout in the body",
            BODY,
            without_answer(Timeout),
        )
    },
    simulated(streamed(
        "stream_chunk_lost",
        "stream: no memory for a chunk",
        b"",
        without_answer(OutOfMemory),
    )),
    abort(
        streamed("stream_abort_before_headers", "stream: abort before the headers", BODY, OK),
        At::Headers,
        true,
        ABORTED,
    ),
    abort(
        streamed("stream_abort_after_headers", "stream: abort after the headers", BODY, OK),
        At::Body,
        true,
        ABORTED,
    ),
    abort(
        streamed("stream_abort_in_chunk", "stream: abort in `on_chunk`", BODY, OK),
        At::Chunk,
        false,
        ABORTED,
    ),
    abort(
        streamed("stream_abort_in_progress", "stream: abort in `on_progress`", BODY, OK),
        At::Progress,
        false,
        ABORTED,
    ),
    abort(
        streamed("stream_abort_in_body", "stream: abort in the body", BODY, OK),
        At::Done,
        true,
        ABORTED,
    ),
    abort(
        streamed("stream_abort_after_the_end", "stream: abort after the end", BODY, OK),
        At::End,
        true,
        Ends { body: b"", ..OK },
    ),
];

/// What is not in the rows, and why.
pub const OPEN: &[(&str, &str)] = &[
    (
        "`open()` or `setRequestHeader()` throws",
        "no handler runs: it is a `StartError`, see the scenarios `invalid::*`",
    ),
    (
        "`REPLACE` with `NO_DOWNLOAD`",
        "no `CacheMode` is that; what C code sees: `c_level::every_path_as_c_sees_it`",
    ),
    (
        "`SYNCHRONOUS` on the browser's main thread",
        "it is `StartError::WouldBlock`: the browser's scenario `the_main_thread_must_not_wait`",
    ),
];
