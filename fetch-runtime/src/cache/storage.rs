//! The storage that the cache is a part of.

use super::{Operation, Usage};
use crate::sys::backend;
use crate::sys::housekeeping::Question;

/// Estimates how much of its storage the origin uses, and how much it may use
/// ([`navigator.storage.estimate`][estimate]).
///
/// ```
/// # let folder = tempfile::tempdir()?;
/// # fetch_runtime::native::set_cache_dir(folder.path());
/// use fetch_runtime::{block_on, cache};
///
/// let usage = block_on(cache::usage())??;
/// println!("{} of {:?} bytes", usage.used, usage.quota);
/// # assert!(usage.quota.is_none_or(|quota| quota >= usage.used));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// [estimate]: https://storage.spec.whatwg.org/#dom-storagemanager-estimate
pub fn usage() -> Operation<Usage> {
    ask(Question::Usage, |answer| Usage::new(&answer))
}

/// Asks the browser not to delete the origin's storage when the disk is full
/// ([`navigator.storage.persist`][persist]). The result says whether it agrees. A browser may ask
/// the user; until then there is no result. Only a page can ask, and not a worker. On the desktop,
/// the cache is always persistent.
///
/// ```
/// # let folder = tempfile::tempdir()?;
/// # fetch_runtime::native::set_cache_dir(folder.path());
/// use fetch_runtime::{block_on, cache};
///
/// if !block_on(cache::persist())?? {
///     println!("the browser may delete saved games");
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// [persist]: https://storage.spec.whatwg.org/#dom-storagemanager-persist
pub fn persist() -> Operation<bool> {
    ask(Question::Persist, |answer| answer.number > 0)
}

/// Returns whether the browser keeps the origin's storage: see [`persist`].
///
/// ```
/// # let folder = tempfile::tempdir()?;
/// # fetch_runtime::native::set_cache_dir(folder.path());
/// use fetch_runtime::{block_on, cache};
///
/// assert!(block_on(cache::persisted())??); // on the desktop
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn persisted() -> Operation<bool> {
    ask(Question::Persisted, |answer| answer.number > 0)
}

fn ask<T: 'static>(
    question: Question,
    read: fn(crate::sys::housekeeping::Answer) -> T,
) -> Operation<T> {
    Operation::new(move |done| backend::ask_storage(question, done), read)
}
