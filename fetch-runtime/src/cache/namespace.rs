//! The namespace: it keeps the records of a program apart from those of others.

use super::NamespaceError;
use crate::RequestString;
use crate::extras::cache;
use crate::request::RequestParts;
use crate::sys::{backend, namespace};

/// Sets the namespace of this thread's keys. Two programs of one origin with different namespaces
/// never find each other's records. `None`, the default, is no namespace: the program then shares
/// its records with all programs of the origin that have none, and with C programs.
///
/// Set it at the start of the program. It applies to requests that begin afterwards, and to
/// operations that are made afterwards: to the keys of downloads, to those of `IDB_STORE`, and to a
/// [`cache_key`]. The program goes on
/// to use the keys without it. Fetches that C code starts have none.
///
/// # Errors
/// If the name has other characters than ASCII letters, digits, `-`, `_` and `.`, or not 1 to 64 of
/// them. The previous namespace stays.
///
/// ```
/// # let folder = tempfile::tempdir()?;
/// # fetch_runtime::native::set_cache_dir(folder.path());
/// use fetch_runtime::{block_on, cache, fetch};
///
/// cache::set_namespace(Some("my-game"))?;
/// block_on(fetch!(IDB_STORE "save/1", body: b"mine"))??;
/// assert_eq!(block_on(cache::keys(""))??[0].key, "save/1");
///
/// cache::set_namespace(None)?;
/// assert_eq!(block_on(cache::keys(""))??[0].key, "my-game|save/1");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// [`cache_key`]: crate::Request::cache_key
pub fn set_namespace(name: Option<&str>) -> Result<(), NamespaceError> {
    let prefix = match name {
        None => String::new(),
        Some(name) if namespace::is_name(name) => format!("{name}{}", namespace::SEPARATOR),
        Some(name) => return Err(NamespaceError(name.to_owned())),
    };
    if namespace::set_prefix(&prefix) {
        backend::on_namespace(&prefix);
        cache::set_namespace(name.map(|_| apply as fn(&mut RequestParts)));
    }
    Ok(())
}

/// Puts the key of a request into the namespace, unless it is in one.
fn apply(request: &mut RequestParts) {
    if request.namespaced_key.is_some() {
        return;
    }
    let without_fragment =
        |url: &str| url.split_once('#').map_or(url, |(before, _)| before).to_owned();
    let key = match &request.cache_key {
        Some(key) => key.as_str().to_owned(),
        None if request.operation.needs_network() => without_fragment(request.sent_url().as_str()),
        None => request.url.as_str().to_owned(),
    };
    request.namespaced_key = Some(RequestString::accepted(namespace::prefix() + &key));
}
