//! The body of a request, owned.

use std::borrow::Cow;
use std::fmt;

use crate::Body;

/// The body of a request, owned for as long as C may look at it.
///
/// Made from bytes or text: owned ones, static ones, or the [`Body`] of a response, all without a copy.
///
/// ```
/// use fetch_runtime::Request;
///
/// let request = Request::post("/score").header("Content-Type", "application/json").body(r#"{"score":7}"#);
/// # drop(request);
/// let request = Request::idb_store("save/1").body(vec![1, 2, 3]);
/// # drop(request);
/// ```
pub struct RequestBody(Bytes);

enum Bytes {
    Static(&'static [u8]),
    Owned(Vec<u8>),
    Response(Body),
}

impl RequestBody {
    /// The bytes.
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        match &self.0 {
            Bytes::Static(bytes) => bytes,
            Bytes::Owned(bytes) => bytes,
            Bytes::Response(body) => body,
        }
    }
}

impl fmt::Debug for RequestBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RequestBody({} bytes)", self.as_slice().len())
    }
}

impl From<Vec<u8>> for RequestBody {
    fn from(bytes: Vec<u8>) -> Self {
        Self(Bytes::Owned(bytes))
    }
}

impl From<Box<[u8]>> for RequestBody {
    fn from(bytes: Box<[u8]>) -> Self {
        Vec::from(bytes).into()
    }
}

impl From<String> for RequestBody {
    fn from(text: String) -> Self {
        text.into_bytes().into()
    }
}

impl From<&'static [u8]> for RequestBody {
    fn from(bytes: &'static [u8]) -> Self {
        Self(Bytes::Static(bytes))
    }
}

impl<const N: usize> From<&'static [u8; N]> for RequestBody {
    fn from(bytes: &'static [u8; N]) -> Self {
        bytes.as_slice().into()
    }
}

impl From<&'static str> for RequestBody {
    fn from(text: &'static str) -> Self {
        text.as_bytes().into()
    }
}

impl From<Cow<'static, [u8]>> for RequestBody {
    fn from(bytes: Cow<'static, [u8]>) -> Self {
        match bytes {
            Cow::Borrowed(bytes) => bytes.into(),
            Cow::Owned(bytes) => bytes.into(),
        }
    }
}

impl From<Body> for RequestBody {
    fn from(body: Body) -> Self {
        Self(Bytes::Response(body))
    }
}
