//! The body of a request.

use std::borrow::Cow;
use std::fmt;

use crate::Body;

/// The body of a request. It owns its bytes for as long as C may read them.
///
/// It is made from bytes or text. Owned values, and the [`Body`] of a response, are not copied.
/// Borrowed values are copied, except by [`from_static`](Self::from_static), which
/// [`fetch!`](crate::fetch) uses for its literals.
///
/// ```
/// use fetch_runtime::Request;
///
/// let request = Request::post("/score")
///     .header("Content-Type", "application/json")
///     .body(r#"{"score":7}"#);
/// # drop(request);
/// let request = Request::idb_store("save/1").body(vec![1, 2, 3]);
/// # drop(request);
///
/// let save = String::from("7");
/// let request = Request::idb_store("save/2").body(&save);
/// # drop(request);
/// ```
#[derive(Clone)]
pub struct RequestBody(Bytes);

enum Bytes {
    Static(&'static [u8]),
    Owned(Vec<u8>),
    Response(Body),
    #[cfg(feature = "bytes")]
    Shared(bytes::Bytes),
}

impl RequestBody {
    /// Makes a body from bytes that are part of the program. They are not copied.
    ///
    /// ```
    /// use fetch_runtime::{Request, RequestBody};
    ///
    /// static FORM: &[u8] = b"a form of some megabytes";
    /// let request = Request::post("/forms").body(RequestBody::from_static(FORM));
    /// # drop(request);
    /// ```
    #[must_use]
    pub const fn from_static(bytes: &'static [u8]) -> Self {
        Self(Bytes::Static(bytes))
    }

    /// The bytes.
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        match &self.0 {
            Bytes::Static(bytes) => bytes,
            Bytes::Owned(bytes) => bytes,
            Bytes::Response(body) => body,
            #[cfg(feature = "bytes")]
            Bytes::Shared(bytes) => bytes,
        }
    }
}

impl Clone for Bytes {
    fn clone(&self) -> Self {
        match self {
            Self::Static(bytes) => Self::Static(bytes),
            Self::Owned(bytes) => Self::Owned(bytes.clone()),
            Self::Response(body) => Self::Owned(body.to_vec()),
            #[cfg(feature = "bytes")]
            Self::Shared(bytes) => Self::Shared(bytes.clone()),
        }
    }
}

impl fmt::Debug for RequestBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RequestBody({} bytes)", self.as_slice().len())
    }
}

macro_rules! from {
    ($($type:ty, $value:ident => $bytes:expr;)*) => {$(
        impl From<$type> for RequestBody {
            fn from($value: $type) -> Self {
                Self(Bytes::Owned($bytes))
            }
        }
    )*};
}

from! {
    Vec<u8>, bytes => bytes;
    Box<[u8]>, bytes => bytes.into_vec();
    String, text => text.into_bytes();
    Box<str>, text => text.into_string().into_bytes();
    &[u8], bytes => bytes.to_vec();
    &Vec<u8>, bytes => bytes.clone();
    &str, text => text.as_bytes().to_vec();
    &String, text => text.as_bytes().to_vec();
    &Body, body => body.to_vec();
    Cow<'_, [u8]>, bytes => bytes.into_owned();
    Cow<'_, str>, text => text.into_owned().into_bytes();
}

impl<const N: usize> From<&[u8; N]> for RequestBody {
    fn from(bytes: &[u8; N]) -> Self {
        bytes.as_slice().into()
    }
}

impl From<Body> for RequestBody {
    fn from(body: Body) -> Self {
        Self(Bytes::Response(body))
    }
}

/// The bytes are not copied.
#[cfg(feature = "bytes")]
impl From<bytes::Bytes> for RequestBody {
    fn from(bytes: bytes::Bytes) -> Self {
        Self(Bytes::Shared(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_borrowed_values_are_copied() {
        let (text, bytes) = (String::from("7"), vec![b'7']);
        let body = |body: RequestBody| (body.as_slice().to_vec(), body.as_slice().as_ptr());
        for (copied, from) in [
            (body((&text).into()), text.as_ptr()),
            (body(text.as_str().into()), text.as_ptr()),
            (body((&bytes).into()), bytes.as_ptr()),
            (body(bytes.as_slice().into()), bytes.as_ptr()),
            (body(Cow::Borrowed(text.as_str()).into()), text.as_ptr()),
            (body(Cow::Borrowed(bytes.as_slice()).into()), bytes.as_ptr()),
            (body(bytes.first_chunk::<1>().into_iter().next().unwrap().into()), bytes.as_ptr()),
        ] {
            assert_eq!(copied.0, b"7");
            assert_ne!(copied.1, from);
        }
        let (text_at, bytes_at) = (text.as_ptr(), bytes.as_ptr());
        assert_eq!(body(text.into()).1, text_at);
        assert_eq!(body(bytes.into()).1, bytes_at);
        let literal = "7";
        assert_eq!(body(RequestBody::from_static(literal.as_bytes())).1, literal.as_ptr());
    }
}
