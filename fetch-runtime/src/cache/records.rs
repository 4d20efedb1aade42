//! The records: listing and deleting them.

use super::{Entry, Operation};
use crate::sys::housekeeping::Work;
use crate::sys::{backend, namespace};

/// Lists the records whose keys begin with this text, in the order of their keys; with an empty
/// text, all records.
///
/// The key of a download is its absolute URL, or its [`cache_key`](crate::Request::cache_key). With
/// a [namespace](super::set_namespace), only its records are listed; without one, those of all
/// programs of the origin.
///
/// A download of [`CacheMode::NoCache`](crate::CacheMode::NoCache) or
/// [`Default`](crate::CacheMode::Default) has an age: what is stored with its body is no record of
/// the list.
///
/// On the web, IndexedDB does not tell sizes. The sizes of downloads that were stored under a
/// [budget](super::set_budget) are written down beside them. To measure any other record, the
/// browser reads it, one after the other, into the memory of JavaScript and not into the heap of
/// the program. On the desktop, no record is read.
///
/// ```
/// # let folder = tempfile::tempdir()?;
/// # fetch_runtime::native::set_cache_dir(folder.path());
/// use fetch_runtime::{block_on, cache, fetch};
///
/// block_on(async {
///     fetch!(IDB_STORE "save/1", body: b"slot 1").await?;
///     for entry in cache::keys("save/").await? {
///         println!("{}: {} bytes", entry.key, entry.size);
///     }
/// #   assert_eq!(cache::keys("save/").await?[0].size, 6);
///     Ok::<(), Box<dyn std::error::Error>>(())
/// })??;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn keys(prefix: &str) -> Operation<Vec<Entry>> {
    let namespace = namespace::prefix();
    let text = format!("{namespace}{prefix}");
    Operation::new(
        move |done| backend::work_on_records(Work::List, &text, done),
        move |answer| {
            let records = answer.records.into_iter();
            let mut entries: Vec<_> =
                records.map(|record| Entry::new(record, &namespace)).collect();
            // IndexedDB compares UTF-16.
            entries.sort_unstable_by(|one, other| one.key.cmp(&other.key));
            entries
        },
    )
}

/// Deletes the record of this key. The result says whether there was one. It is used exactly as
/// written: a relative URL is not resolved.
///
/// [`Request::idb_delete`](crate::Request::idb_delete) does the same as a request.
///
/// ```
/// # let folder = tempfile::tempdir()?;
/// # fetch_runtime::native::set_cache_dir(folder.path());
/// use fetch_runtime::{block_on, cache};
///
/// assert!(!block_on(cache::delete("save/7"))??);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn delete(key: &str) -> Operation<bool> {
    let key = namespace::prefix() + key;
    Operation::new(
        move |done| backend::work_on_records(Work::Delete, &key, done),
        |answer| answer.number > 0,
    )
}

/// Deletes the records whose keys begin with this text, all or none. The result is their number.
///
/// ```
/// # let folder = tempfile::tempdir()?;
/// # fetch_runtime::native::set_cache_dir(folder.path());
/// use fetch_runtime::{block_on, cache, fetch};
///
/// block_on(fetch!(IDB_STORE "level/1", body: b"data"))??;
/// assert_eq!(block_on(cache::delete_prefix("level/"))??, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn delete_prefix(prefix: &str) -> Operation<u64> {
    let text = namespace::prefix() + prefix;
    Operation::new(
        move |done| backend::work_on_records(Work::DeletePrefix, &text, done),
        |answer| answer.number,
    )
}

/// Deletes all records, or none: downloads and records of `IDB_STORE`. The result is their number.
///
/// With a [namespace](super::set_namespace), only its records are deleted. Without one, those of
/// **all programs of the origin** are deleted.
///
/// ```
/// # let folder = tempfile::tempdir()?;
/// # fetch_runtime::native::set_cache_dir(folder.path());
/// use fetch_runtime::{block_on, cache};
///
/// cache::set_namespace(Some("my-game"))?;
/// assert_eq!(block_on(cache::clear())??, 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn clear() -> Operation<u64> {
    delete_prefix("")
}
