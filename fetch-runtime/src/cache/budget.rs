//! The budget: which downloads the cache keeps.

use crate::sys::backend;

/// Limits the downloads in the cache to so many bytes; `None`, the default, is no limit.
///
/// When a download is stored and all of them together have more bytes, the least recently used
/// ones are deleted, in the same transaction. A download is used when it is stored, and when a
/// request finds it. The one that was just stored stays, even if it alone is larger. One that is
/// being read is read to its end.
///
/// When the disk is full, a store first deletes so many bytes of the least recently used downloads
/// as it needs, and tries once more. If it needs more than they have, it deletes none.
///
/// Records of [`IDB_STORE`](crate::Request::idb_store), such as saved games, neither count nor go.
/// A download counts from when it is stored under a budget. One that was stored before does not
/// count until it is downloaded again.
///
/// The budget is that of the [namespace](super::set_namespace). Each thread has its own, and sets
/// it at its start, before the first request. On the web, the threads with the same namespace share
/// the budget that was set last.
///
/// With a budget, each store also reads and writes a small record for each download, and hits are
/// noted once a second at the most. Without one, neither happens.
///
/// ```
/// fetch_runtime::cache::set_budget(Some(200 << 20)); // 200 MiB
/// ```
pub fn set_budget(bytes: Option<u64>) {
    backend::set_budget(bytes);
}
