//! The rows of records: `IDB_STORE` and `IDB_DELETE`, which work on the cache alone.

use fetch_runtime::CacheStatus::{Bypass, NotStored};
use fetch_runtime::Outcome::{CacheFailed, CacheUnavailable};

use super::{delete, store};
use crate::matrix::ends::{DELETED, RECORDED};
use crate::matrix::request::store_noise;
use crate::matrix::setup::Cache::{Full, OverQuota, Throws, Unavailable};
use crate::matrix::{At, Ends};

const REFUSED: Ends = Ends::by_the_cache(CacheFailed, NotStored);
const NO_CACHE: Ends = Ends::by_the_cache(CacheUnavailable, NotStored);
const NOT_DELETED: Ends = Ends::by_the_cache(CacheFailed, Bypass);
const NO_CACHE_TO_DELETE_FROM: Ends = Ends::by_the_cache(CacheUnavailable, Bypass);

rows! { $ for_each_record_row:
    record_stored: store("`IDB_STORE`: stored", RECORDED),
    record_refused: store("`IDB_STORE`: cache full", REFUSED).cache(Full),
    record_disk_full: store("`IDB_STORE`: disk full by quota", REFUSED)
        .request(store_noise).cache(OverQuota),
    record_unavailable: store("`IDB_STORE`: no cache", NO_CACHE)
        .cache(Unavailable).dropped(At::Start),
    record_throws: store("`IDB_STORE`: cache throws", NO_CACHE).cache(Throws).dropped(At::Start),
    deleted: delete("`IDB_DELETE`: deleted", DELETED),
    delete_refused: delete("`IDB_DELETE`: refused", NOT_DELETED).cache(Full),
    delete_unavailable: delete("`IDB_DELETE`: no cache", NO_CACHE_TO_DELETE_FROM)
        .cache(Unavailable).dropped(At::Start),
    delete_throws: delete("`IDB_DELETE`: cache throws", NO_CACHE_TO_DELETE_FROM)
        .cache(Throws).dropped(At::Start),
}
