//! The checks of strings before they reach C and JS. They are `const fn`s: they run at compile time
//! for literals, at run time for other strings.

mod bytes;
mod field;
pub(crate) mod integrity;
mod invalid;
mod message;
mod template;
#[cfg(test)]
mod tests;
mod url;

pub(crate) use field::{header_name, header_value, key, method, mime_type, no_nul};
pub(crate) use invalid::{CheckResult, Invalid};
pub(crate) use message::literal_error;
pub(crate) use template::template;
pub(crate) use url::url;

/// The checks of strings that are known only at run time.
pub(crate) struct Checks {
    pub(crate) url: fn(&str) -> CheckResult,
    pub(crate) key: fn(&str) -> CheckResult,
    pub(crate) header_name: fn(&str) -> CheckResult,
    pub(crate) header_value: fn(&str) -> CheckResult,
    pub(crate) mime_type: fn(&str) -> CheckResult,
    pub(crate) no_nul: fn(&str) -> CheckResult,
}

pub(crate) const RUNTIME_CHECKS: Checks =
    Checks { url, key, header_name, header_value, mime_type, no_nul };
