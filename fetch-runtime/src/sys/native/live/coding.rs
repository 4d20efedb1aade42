//! Content codings of a body (RFC 9110 §8.4.1).

use hyper::body::Incoming;
use hyper::header::{CONTENT_ENCODING, HeaderMap};
use tokio::io::AsyncBufReadExt;

use super::decoders::{self, Input};
use super::received::Received;
use crate::sys::native::machine::event::Cause;

/// The most codings that a body can have, so that a response cannot demand any number of decoders.
const AT_MOST: usize = 5;

/// The codings of a response, each as the server has written it, in the order in which they were
/// applied.
pub(super) struct Codings(Vec<String>);

impl Codings {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let fields = headers.get_all(CONTENT_ENCODING).iter();
        let codings = fields.flat_map(|field| field.as_bytes().split(|&byte| byte == b','));
        let codings =
            codings.map(|coding| String::from_utf8_lossy(coding.trim_ascii()).into_owned());
        Self(
            codings
                .filter(|coding| !coding.is_empty() && !coding.eq_ignore_ascii_case("identity"))
                .collect(),
        )
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The decoded body. Reading it fails if the body cannot be read, or is not coded like this.
    ///
    /// # Errors
    /// If a coding is unknown, or the body breaks off.
    pub(super) async fn decode(&self, body: Incoming) -> Result<Input, Cause> {
        let mut body: Input = Box::new(Received::from(body));
        // An empty body is not coded.
        if self.is_empty() || body.fill_buf().await?.is_empty() {
            return Ok(body);
        }
        if self.0.len() > AT_MOST {
            return Err(Cause::new(format!("the body has more than {AT_MOST} content codings")));
        }
        for coding in self.0.iter().rev() {
            body = decoders::decode(coding, body).await?;
        }
        Ok(body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::header::HeaderValue;

    #[test]
    fn a_list_in_any_number_of_fields() {
        let mut headers = HeaderMap::new();
        assert!(Codings::of(&headers).is_empty());
        for field in [&b"gzip , ,IDENTITY"[..], b"", b"\xe4,X-Gzip"] {
            headers.append(CONTENT_ENCODING, HeaderValue::from_bytes(field).unwrap());
        }
        assert_eq!(Codings::of(&headers).0, ["gzip", "\u{fffd}", "X-Gzip"]);
    }
}
