//! Strings on their way to C.

use std::borrow::Cow;
use std::ffi::{CStr, CString};

use crate::validate::{Check, NUL};

/// A string that a [`Request`](crate::Request) hands to C: a URL, a key, a header's name or value.
///
/// It is made from anything that is a string. A literal inside [`fetch!`](crate::fetch) costs no
/// allocation, any other string costs the one that C's terminating NUL needs.
///
/// ```
/// use fetch_runtime::Text;
///
/// let id = 7;
/// let text = Text::from(format!("/users/{id}"));
/// assert_eq!(text.as_str(), "/users/7");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text(Repr);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Repr {
    Static(&'static CStr),
    Owned(CString),
    /// Kept so that the error can show it, and why it cannot be used: there is a NUL inside, for example.
    Unusable(String, &'static str),
}

impl Text {
    /// A literal, made from a `str`.
    pub(crate) const fn from_static(text: &'static CStr) -> Self {
        Self(Repr::Static(text))
    }

    /// A string that no check shall accept.
    pub(crate) fn refused(text: String, reason: &'static str) -> Self {
        Self(Repr::Unusable(text, reason))
    }

    /// What is wrong with it, if not before, then by this check.
    pub(crate) fn check(&self, check: fn(&str) -> Check) -> Check {
        match self.0 {
            Repr::Unusable(_, reason) => Err(reason),
            _ => check(self.as_str()),
        }
    }

    /// The string.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match &self.0 {
            // Made from `str`s, therefore UTF-8: the fallback is never taken.
            Repr::Static(text) => text.to_str().unwrap_or_default(),
            Repr::Owned(text) => text.to_str().unwrap_or_default(),
            Repr::Unusable(text, _) => text,
        }
    }

    /// For C; `None` if it cannot be used, which `check` reports before this is asked.
    pub(crate) fn into_c(self) -> Option<Cow<'static, CStr>> {
        match self.0 {
            Repr::Static(text) => Some(Cow::Borrowed(text)),
            Repr::Owned(text) => Some(Cow::Owned(text)),
            Repr::Unusable(..) => None,
        }
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self(match CString::new(text) {
            Ok(text) => Repr::Owned(text),
            Err(error) => Repr::Unusable(String::from_utf8_lossy(&error.into_vec()).into_owned(), NUL),
        })
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self(match CString::new(text) {
            Ok(text) => Repr::Owned(text),
            Err(_) => Repr::Unusable(text.to_owned(), NUL),
        })
    }
}

impl From<&String> for Text {
    fn from(text: &String) -> Self {
        text.as_str().into()
    }
}

impl From<Box<str>> for Text {
    fn from(text: Box<str>) -> Self {
        String::from(text).into()
    }
}

impl From<Cow<'_, str>> for Text {
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
    fn a_nul_inside_is_kept_for_the_error_and_never_reaches_c() {
        let text = Text::from("a\0b");
        assert_eq!(text.as_str(), "a\0b");
        assert_eq!(text.into_c(), None);
    }

    #[test]
    fn every_kind_of_string_reads_back() {
        let owned = String::from("ü/7");
        for text in [
            Text::from_static(c"ü/7"),
            Text::from("ü/7"),
            Text::from(&owned),
            Text::from(Cow::Borrowed("ü/7")),
            Text::from(owned.clone().into_boxed_str()),
            Text::from(owned.clone()),
        ] {
            assert_eq!(text.as_str(), "ü/7");
            assert_eq!(text.into_c().unwrap().to_bytes_with_nul(), "ü/7\0".as_bytes());
        }
    }
}
