//! The rows of aborts.

use fetch_runtime::CacheStatus::{Bypass, NotStored, Stored};
use fetch_runtime::Outcome::{Aborted, CacheMiss, NetworkError};

use super::{delete, download, store};
use crate::matrix::ends::{
    ABORTED, CACHED, DELETED, NOT_STORED, OK, RECORDED, STORED, STORED_AFTER_MISS,
};
use crate::matrix::request::{force_cache, only_if_cached, post, reload};
use crate::matrix::setup::Cache::{Full, Holds};
use crate::matrix::setup::Server::{Refuses, Replies};
use crate::matrix::setup::{BODY, Reply};
use crate::matrix::{At, Ends};

const IN_THE_LOOKUP: Ends = Ends::by_the_cache(Aborted, Bypass);

rows! { $ for_each_abort_row:
    abort_in_lookup_hit: download("abort before the lookup answers: hit", force_cache, CACHED)
        .cache(Holds(BODY)).abort(At::Lookup, IN_THE_LOOKUP),
    abort_in_lookup_miss:
        download("abort before the lookup answers: miss", force_cache, STORED_AFTER_MISS)
            .server(Replies(Reply::WITHOUT_REASON)).abort(At::Lookup, ABORTED),
    abort_in_lookup_only:
        download(
            "abort before the lookup answers: `OnlyIfCached`, miss",
            only_if_cached,
            Ends::by_the_cache(CacheMiss, Bypass),
        )
        .abort(At::Lookup, IN_THE_LOOKUP),
    abort_twice_in_lookup:
        download("abort twice before the lookup answers: hit", force_cache, CACHED)
            .cache(Holds(BODY)).abort_twice(At::Lookup, IN_THE_LOOKUP),
    abort_after_miss:
        download("abort before the headers, after a miss", force_cache, STORED_AFTER_MISS)
            .server(Replies(Reply::WITHOUT_REASON)).abort(At::Headers, ABORTED),
    abort_before_headers: download("abort before the headers", post, OK)
        .abort(At::Headers, ABORTED),
    abort_twice_before_headers: download("abort twice before the headers", post, OK)
        .abort_twice(At::Headers, ABORTED),
    abort_after_headers: download("abort after the headers", post, OK).abort(At::Body, ABORTED),
    abort_in_progress: download("abort in `on_progress`", post, OK).abort(At::Progress, ABORTED),
    abort_in_body: download("abort in the body", post, OK).abort(At::Done, ABORTED),
    abort_at_ready_state_4: download("abort at `readyState` 4", post, OK)
        .abort(At::ReadyState4, ABORTED),
    abort_at_ready_state_4_of_an_error:
        download(
            "abort at `readyState` 4 of a network error",
            post,
            Ends::without_response(NetworkError),
        )
        .server(Refuses).abort(At::ReadyState4, ABORTED),
    abort_while_storing: download("abort while the store is running: stored", reload, STORED)
        .abort(At::Store, Ends { cache_status: Stored, ..ABORTED }),
    abort_while_not_storing:
        download("abort while the store is running: cache full", reload, NOT_STORED)
            .cache(Full).abort(At::Store, Ends { cache_status: NotStored, ..ABORTED }),
    abort_record: store("abort while `IDB_STORE` is running", RECORDED)
        .abort(At::Store, Ends::by_the_cache(Aborted, Stored)),
    abort_delete: delete("abort while `IDB_DELETE` is running", DELETED)
        .abort(At::Store, Ends::by_the_cache(Aborted, Bypass)),
    abort_after_the_end: download("abort after the end", post, OK).abort(At::End, OK),
}
