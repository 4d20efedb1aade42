//! The headers of a response.

use std::fmt;

use crate::sys::Allocation;

/// The headers of a response, as [`XMLHttpRequest.getAllResponseHeaders`][all] returns them: names
/// are in lower case, and the values of one name are joined by `", "`.
///
/// For a cross-origin response, a browser exposes only the headers that the server lists in
/// [`Access-Control-Expose-Headers`][expose], and the CORS-safelisted ones.
///
/// ```no_run
/// # fn with(response: fetch_runtime::Response) {
/// if let Some(headers) = response.headers() {
///     println!("{:?}", headers.get("Content-Type"));
///     for (name, value) in headers {
///         println!("{name}: {value}");
///     }
/// }
/// # }
/// ```
///
/// [all]: https://xhr.spec.whatwg.org/#the-getallresponseheaders()-method
/// [expose]: https://fetch.spec.whatwg.org/#http-access-control-expose-headers
pub struct Headers(Allocation);

impl Headers {
    /// Takes lines of the form `name: value`, separated by CRLF. Lines without a colon are skipped.
    pub(crate) fn from_raw(raw: Allocation) -> Self {
        Self(raw)
    }

    /// For the fuzzer.
    #[cfg(fuzzing)]
    #[doc(hidden)]
    #[must_use]
    pub fn of(raw: Vec<u8>) -> Self {
        Self::from_raw(Allocation::copy_of(&raw))
    }

    /// The value of a header. The case of its name does not matter.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// Iterates over the names and values.
    pub fn iter(&self) -> Iter<'_> {
        // Both backends write UTF-8. It is checked on each use, because few programs read headers.
        Iter(std::str::from_utf8(self.0.as_slice()).unwrap_or_default().split('\n'))
    }
}

impl Clone for Headers {
    fn clone(&self) -> Self {
        Self(Allocation::copy_of(self.0.as_slice()))
    }
}

impl PartialEq for Headers {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_slice() == other.0.as_slice()
    }
}

impl Eq for Headers {}

impl<'a> IntoIterator for &'a Headers {
    type Item = (&'a str, &'a str);
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self).finish()
    }
}

/// The iterator over [`Headers`].
#[derive(Clone, Debug)]
pub struct Iter<'a>(std::str::Split<'a, char>);

impl<'a> Iterator for Iter<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        self.0.by_ref().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            let name = name.trim_ascii();
            (!name.is_empty()).then(|| (name, value.trim_ascii()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(raw: &[u8]) -> Headers {
        Headers::from_raw(Allocation::copy_of(raw))
    }

    #[test]
    fn a_block_of_lines() {
        let headers =
            headers(b"content-type: text/plain\r\nx-a: 1, 2\r\nx-url: http://a:1/\r\nempty:\r\n");
        assert_eq!(headers.get("Content-Type"), Some("text/plain"));
        assert_eq!(headers.get("x-url"), Some("http://a:1/"));
        assert_eq!(headers.get("empty"), Some(""));
        assert_eq!(headers.get("absent"), None);
        assert_eq!(headers.iter().count(), 4);
    }

    #[test]
    fn malformed_lines_are_skipped() {
        let headers = headers(b"no colon\r\n: no name\r\n\r\nlast: one");
        assert_eq!(headers.iter().collect::<Vec<_>>(), [("last", "one")]);
        assert_eq!(Headers::from_raw(Allocation::EMPTY).iter().next(), None);
        assert!(headers.clone() == headers);
    }
}
