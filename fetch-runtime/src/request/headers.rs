//! The headers of a request.

use std::ffi::c_char;
use std::fmt;
use std::mem;

use super::RequestString;
use crate::sys::StringArray;

/// The headers of a request, with the array of pointers that C reads. So a program without headers
/// does not link the code that makes the array.
pub(crate) struct RequestHeaders {
    list: Vec<(RequestString, RequestString)>,
    /// Name, value, name, value, …, null. Empty without headers.
    pointers: StringArray,
}

impl RequestHeaders {
    pub(super) const EMPTY: Self = Self { list: Vec::new(), pointers: StringArray::EMPTY };

    pub(super) fn push(&mut self, name: RequestString, value: RequestString) {
        // A string that moves keeps its bytes where they are.
        self.pointers.push([name.as_ptr(), value.as_ptr()]);
        self.list.push((name, value));
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.list.iter().map(|(name, _)| name.as_str())
    }

    /// The values of a header, joined. The case of its name does not matter.
    pub(crate) fn get(&self, name: &str) -> Option<String> {
        let same = self.iter().filter(|(other, _)| other.eq_ignore_ascii_case(name));
        let values: Vec<_> = same.map(|(_, value)| value).collect();
        (!values.is_empty()).then(|| values.join(", "))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.list.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Joins the values of each repeated header.
    pub(crate) fn join(&mut self) {
        let mut joined: Vec<(RequestString, RequestString)> = Vec::new();
        for (name, value) in mem::replace(self, Self::EMPTY).list {
            let is_same =
                |other: &RequestString| other.as_str().eq_ignore_ascii_case(name.as_str());
            match joined.iter_mut().find(|(other, _)| is_same(other)) {
                Some((_, first)) => *first = [first.as_str(), value.as_str()].join(", ").into(),
                None => joined.push((name, value)),
            }
        }
        joined.into_iter().for_each(|(name, value)| self.push(name, value));
    }

    /// The array for C, or null. It is valid until the next change of the headers.
    pub(crate) fn as_ptr(&self) -> *const *const c_char {
        self.pointers.as_ptr()
    }
}

impl Clone for RequestHeaders {
    /// The copy points at its own strings.
    fn clone(&self) -> Self {
        let mut copy = Self::EMPTY;
        self.list.iter().cloned().for_each(|(name, value)| copy.push(name, value));
        copy
    }
}

impl fmt::Debug for RequestHeaders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.list.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use std::ptr;

    use super::*;

    /// The array that C has to see.
    fn expected(headers: &RequestHeaders) -> Vec<*const c_char> {
        let pairs = headers.list.iter().flat_map(|(name, value)| [name.as_ptr(), value.as_ptr()]);
        pairs.chain([ptr::null()]).collect()
    }

    #[test]
    fn the_array_points_at_the_headers() {
        let mut headers = RequestHeaders::EMPTY;
        assert!(headers.as_ptr().is_null());
        for (name, value) in [("a", "1"), ("b", "2"), ("A", "3")] {
            headers.push(name.into(), value.into());
            assert_eq!(headers.pointers.as_slice(), expected(&headers));
        }
        let copy = headers.clone();
        assert_eq!(copy.pointers.as_slice(), expected(&copy));
        assert_eq!(copy.list, headers.list);
        let owned = |headers: &RequestHeaders| headers.list[2].1.as_ptr();
        assert_ne!(owned(&copy), owned(&headers));
        headers.join();
        assert_eq!(headers.pointers.as_slice(), expected(&headers));
        assert_eq!(format!("{headers:?}"), r#"[("a", "1, 3"), ("b", "2")]"#);
    }
}
