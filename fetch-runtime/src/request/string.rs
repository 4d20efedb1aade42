//! The strings of a request.

use std::borrow::Cow;
use std::ffi::c_char;
use std::fmt::{self, Display};
use std::mem;

use super::validate::{self, CheckResult, Checks, Invalid};

/// The value of a header: a string, or any value that implements `Display`, such as a number.
///
/// ```
/// use fetch_runtime::Request;
///
/// let (level, name) = (7, String::from("me"));
/// let request = Request::get("/")
///     .header("X-Level", level)
///     .header("X-Name", &name)
///     .header("X-Alive", true);
/// # drop(request);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a header's value",
    label = "it does not implement `Display`",
    note = "a header's value is a string, or implements `Display`: \
            pass a part of it, or `format!(\"{{:?}}\", value)`"
)]
pub trait IntoHeaderValue {
    /// Converts the value to text.
    ///
    /// # Panics
    /// As `to_string`: if the value's `Display` returns an error.
    fn into_header_value(self) -> RequestString;
}

impl<T: Display> IntoHeaderValue for T {
    fn into_header_value(self) -> RequestString {
        // For strings and integers, `to_string` does not link the code of `format!`.
        self.to_string().into()
    }
}

impl IntoHeaderValue for RequestString {
    fn into_header_value(self) -> RequestString {
        self
    }
}

/// A string of a [`Request`](crate::Request): a URL, a key, or a header's name or value.
///
/// It is made from any type of string. A literal inside [`fetch!`](crate::fetch) allocates nothing.
/// Any other string needs an allocation, for the NUL that terminates it in C.
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
    /// The string, with C's NUL at its end.
    terminated: Cow<'static, str>,
    checked: Checked,
}

#[derive(Clone, Copy)]
enum Checked {
    /// Known to be valid: a literal, which was checked at compile time, or the backend's own
    /// string.
    Valid,
    /// Checked at run time. A program with literals only never links the checks.
    AtRuntime(&'static Checks),
    /// Invalid for every use.
    Invalid(&'static str),
}

impl RequestString {
    /// Wraps a literal that ends with NUL and was checked for its use at compile time.
    pub(crate) const fn from_literal(terminated: &'static str) -> Self {
        Self { terminated: Cow::Borrowed(terminated), checked: Checked::Valid }
    }

    /// Wraps a string that the backend has made. It needs no check.
    pub(crate) fn accepted(text: String) -> Self {
        Self { terminated: Cow::Owned(terminate(text)), checked: Checked::Valid }
    }

    fn from_terminated(terminated: String) -> Self {
        Self {
            terminated: Cow::Owned(terminated),
            checked: Checked::AtRuntime(&validate::RUNTIME_CHECKS),
        }
    }

    /// Wraps a string with its own checks.
    pub(crate) fn checked_by(text: String, checks: &'static Checks) -> Self {
        Self { checked: Checked::AtRuntime(checks), ..text.into() }
    }

    /// Wraps a string that every check rejects.
    pub(crate) fn invalid(text: String, reason: &'static str) -> Self {
        Self { checked: Checked::Invalid(reason), ..text.into() }
    }

    /// Changes the text to one that passes the checks that this one passes.
    #[cfg(feature = "form")]
    pub(super) fn map(&mut self, change: impl FnOnce(&str) -> String) {
        self.terminated = Cow::Owned(terminate(change(self.as_str())));
    }

    /// The string.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.terminated.get(..self.terminated.len() - 1).unwrap_or_default()
    }

    /// Takes the string with C's NUL at its end.
    pub(crate) fn take_terminated(&mut self) -> Cow<'static, str> {
        mem::replace(&mut self.terminated, Cow::Borrowed("\0"))
    }

    /// The string for C. Every check rejects a NUL inside, which would end it.
    pub(crate) fn as_ptr(&self) -> *const c_char {
        self.terminated.as_ptr().cast()
    }

    /// Runs the check that `check` selects.
    pub(crate) fn check(
        &self,
        check: impl FnOnce(&Checks) -> fn(&str) -> CheckResult,
    ) -> CheckResult {
        match self.checked {
            Checked::Valid => Ok(()),
            Checked::AtRuntime(checks) => check(checks)(self.as_str()),
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

/// Appends C's NUL.
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
    fn a_nul_inside_stays_for_the_error_and_every_check_rejects_it() {
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
