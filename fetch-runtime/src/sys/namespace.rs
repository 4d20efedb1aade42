//! The namespace of a thread: the text that its keys in the cache begin with.

use std::cell::RefCell;

thread_local! {
    /// Empty, or a name and `|`.
    static PREFIX: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Sets the text that keys begin with. Returns false at the end of the thread.
pub(crate) fn set_prefix(prefix: &str) -> bool {
    PREFIX.try_with(|current| prefix.clone_into(&mut current.borrow_mut())).is_ok()
}

/// Whether a key begins with a namespace.
#[cfg(all(feature = "native-cache", not(target_os = "emscripten")))]
pub(crate) fn has_prefix(key: &str) -> bool {
    key.split_once(SEPARATOR).is_some_and(|(name, _)| is_name(name))
}

/// Separates the name from the key. No namespace has it, and no URL does before its path.
pub(crate) const SEPARATOR: char = '|';

/// The most characters of a name.
const LONGEST: usize = 64;

/// Whether a namespace can have this name.
pub(crate) fn is_name(name: &str) -> bool {
    let is_valid = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    (1..=LONGEST).contains(&name.len()) && name.bytes().all(is_valid)
}

/// The text that keys begin with.
pub(crate) fn prefix() -> String {
    PREFIX.try_with(|prefix| prefix.borrow().clone()).unwrap_or_default()
}
