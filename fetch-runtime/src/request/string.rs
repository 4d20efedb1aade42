//! Strings on their way to C.

use std::borrow::Cow;
use std::ffi::c_char;
use std::fmt::{self, Display};

use super::validate::{self, CheckResult, Checks, Invalid};

/// A value that a header can have: a string, or anything that `Display` writes as one, such as a
/// number.
///
/// ```
/// use fetch_runtime::Request;
///
/// let (level, name) = (7, String::from("me"));
/// let request = Request::get("/").header("X-Level", level).header("X-Name", &name).header("X-Alive", true);
/// # drop(request);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a header's value",
    label = "it does not implement `Display`",
    note = "a header's value is a string, or a value that `Display` writes as one: \
            pass a part of it, or `format!(\"{{:?}}\", value)`"
)]
pub trait IntoHeaderValue {
    /// The text.
    ///
    /// # Panics
    /// As `to_string` does, if the `Display` of the value fails.
    fn into_header_value(self) -> RequestString;
}

impl<T: Display> IntoHeaderValue for T {
    fn into_header_value(self) -> RequestString {
        // Of strings and integers it is a copy, without the machinery of `format!`.
        self.to_string().into()
    }
}

impl IntoHeaderValue for RequestString {
    fn into_header_value(self) -> RequestString {
        self
    }
}

/// A string that a [`Request`](crate::Request) hands to C: a URL, a key, a header's name or value.
///
/// It is made from anything that is a string. A literal inside [`fetch!`](crate::fetch) costs no
/// allocation, any other string costs the one that C's terminating NUL needs.
///
/// ```
/// use fetch_runtime::RequestString;
///
/// let id = 7;
/// let text = RequestString::from(format!("/users/{id}"));
/// assert_eq!(text.as_str(), "/users/7");
/// ```
#[derive(Clone)]
pub struct RequestString {
    /// With C's NUL at its end.
    terminated: Cow<'static, str>,
    checked: Checked,
}

#[derive(Clone, Copy)]
enum Checked {
    /// A literal, which was checked when it was compiled.
    Literal,
    /// Checked at run time. A program that has only literals never links the checks.
    Open(&'static Checks),
    /// Invalid, whatever it is for.
    Invalid(&'static str),
}

impl RequestString {
    /// A literal with a NUL at its end, which has been checked for where it goes.
    pub(crate) const fn from_literal(terminated: &'static str) -> Self {
        Self { terminated: Cow::Borrowed(terminated), checked: Checked::Literal }
    }

    /// A string that the backend has made, which needs no check.
    pub(crate) fn accepted(text: String) -> Self {
        Self { terminated: Cow::Owned(terminate(text)), checked: Checked::Literal }
    }

    fn from_terminated(terminated: String) -> Self {
        Self {
            terminated: Cow::Owned(terminated),
            checked: Checked::Open(&validate::RUNTIME_CHECKS),
        }
    }

    /// A string that has checks of its own.
    pub(crate) fn checked_by(text: String, checks: &'static Checks) -> Self {
        Self { checked: Checked::Open(checks), ..text.into() }
    }

    /// A string that every check refuses.
    pub(crate) fn invalid(text: String, reason: &'static str) -> Self {
        Self { checked: Checked::Invalid(reason), ..text.into() }
    }

    /// The string.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.terminated.get(..self.terminated.len() - 1).unwrap_or_default()
    }

    /// The string with C's NUL at its end.
    pub(crate) fn into_terminated(self) -> Cow<'static, str> {
        self.terminated
    }

    /// For C. A NUL inside would end it, and is refused by every check.
    pub(crate) fn as_ptr(&self) -> *const c_char {
        self.terminated.as_ptr().cast()
    }

    /// Whether it may go where this check is made.
    pub(crate) fn check(
        &self,
        check: impl FnOnce(&Checks) -> fn(&str) -> CheckResult,
    ) -> CheckResult {
        match self.checked {
            Checked::Literal => Ok(()),
            Checked::Open(checks) => check(checks)(self.as_str()),
            Checked::Invalid(reason) => Err(Invalid::new(reason)),
        }
    }
}

impl fmt::Debug for RequestString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl PartialEq for RequestString {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for RequestString {}

impl From<String> for RequestString {
    fn from(text: String) -> Self {
        Self::from_terminated(terminate(text))
    }
}

/// Adds C's NUL.
fn terminate(mut text: String) -> String {
    text.reserve_exact(1);
    text.push('\0');
    text
}

impl From<&str> for RequestString {
    fn from(text: &str) -> Self {
        Self::from_terminated([text, "\0"].concat())
    }
}

impl From<&String> for RequestString {
    fn from(text: &String) -> Self {
        text.as_str().into()
    }
}

impl From<Box<str>> for RequestString {
    fn from(text: Box<str>) -> Self {
        String::from(text).into()
    }
}

impl From<Cow<'_, str>> for RequestString {
    fn from(text: Cow<'_, str>) -> Self {
        match text {
            Cow::Borrowed(text) => text.into(),
            Cow::Owned(text) => text.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nul_inside_is_kept_for_the_error_and_refused_by_every_check() {
        let text = RequestString::from("text/a\0b");
        assert_eq!(text.as_str(), "text/a\0b");
        let Checks { url, key, header_name, header_value, mime_type, no_nul } =
            validate::RUNTIME_CHECKS;
        for check in [url, key, header_name, header_value, mime_type, no_nul] {
            assert!(text.check(|_| check).is_err());
        }
    }

    #[test]
    fn every_kind_of_string_reads_back() {
        let owned = String::from("ü/7");
        for text in [
            RequestString::from_literal("ü/7\0"),
            RequestString::from("ü/7"),
            RequestString::from(&owned),
            RequestString::from(Cow::Borrowed("ü/7")),
            RequestString::from(owned.clone().into_boxed_str()),
            RequestString::from(owned.clone()),
        ] {
            assert_eq!(text.as_str(), "ü/7");
            assert_eq!(*text.terminated, *"ü/7\0");
        }
    }
}
