//! Compares bodies with their digest: [`Request::integrity`].

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sha2::{Digest, Sha256, Sha384, Sha512};

use crate::request::Verifier;
use crate::request::option_rules;
use crate::request::validate::Invalid;
use crate::request::validate::integrity::{Algorithm, Hash, integrity, next_hash, sextet};
use crate::sys::Accepts;
use crate::{Request, RequestString, StartError};

const OF_NOTHING: &str =
    "the response to HEAD has no body to compare: remove `integrity`, or use GET";

impl Request {
    /// Accepts the body only if its digest is one of these: [Subresource Integrity]. Any other body
    /// is dropped, wherever it comes from, and the outcome is
    /// [`IntegrityMismatch`](crate::Outcome::IntegrityMismatch).
    ///
    /// A value is `sha256-`, `sha384-` or `sha512-`, followed by the base64 of the digest. Several
    /// values are separated by spaces: those of the strongest algorithm count, and one of them has
    /// to match. Options after `?` are ignored.
    ///
    /// A body that does not match is never stored in the cache. A stored body that does not match
    /// is deleted, and counts as missing: with
    /// [`CacheMode::ForceCache`](crate::CacheMode::ForceCache), the file is downloaded again.
    ///
    /// The guide [*Integrity*](crate::guide::integrity) says how error pages and streams are
    /// treated. It needs the feature `integrity`.
    ///
    /// ```
    /// use fetch_runtime::{Outcome, fetch};
    ///
    /// fetch!(GET "data:,hello",
    ///     integrity: "sha256-LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=",
    ///     => |response| assert_eq!(response.text(), "hello")
    /// )?;
    /// fetch!(GET "data:,bye",
    ///     integrity: "sha256-LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=",
    ///     => |response| {
    ///         assert_eq!(response.outcome(), Outcome::IntegrityMismatch);
    ///         assert!(response.body().is_empty());
    ///     }
    /// )?;
    /// fetch_runtime::run();
    /// # Ok::<(), fetch_runtime::StartError>(())
    /// ```
    ///
    /// [Subresource Integrity]: https://www.w3.org/TR/SRI/
    pub fn integrity(mut self, metadata: impl Into<RequestString>) -> Self {
        let parts = &mut self.parts;
        if !parts.require_download("integrity") {
            return self;
        }
        let metadata = metadata.into();
        let checked = metadata.check(|_| integrity);
        let checked = match checked {
            Ok(()) if parts.is_method(option_rules::WITHOUT_RESPONSE_BODY) => {
                Err(Invalid::new(OF_NOTHING))
            }
            checked => checked,
        };
        if let Err(Invalid { reason, .. }) = checked {
            let integrity = metadata.as_str().to_owned();
            parts.record_error(StartError::InvalidIntegrity { integrity, reason });
        }
        self.verifier = Some(Box::new(Integrity::new(Metadata(metadata))));
        self
    }
}

/// The integrity of a request, and the state of its comparison.
struct Integrity {
    metadata: Metadata,
    /// Has read the chunks of a stream.
    hasher: RefCell<Option<Hasher>>,
    has_refused: Arc<AtomicBool>,
}

impl Integrity {
    fn new(metadata: Metadata) -> Self {
        Self { metadata, hasher: RefCell::default(), has_refused: Arc::default() }
    }
}

impl Verifier for Integrity {
    fn copy(&self) -> Box<dyn Verifier> {
        Box::new(Self::new(self.metadata.clone()))
    }

    fn read(&self, chunk: &[u8]) {
        let mut hasher = self.hasher.borrow_mut();
        hasher.get_or_insert_with(|| self.metadata.hasher()).update(chunk);
    }

    fn refuses(&self, body: &[u8]) -> bool {
        let mut hasher = self.hasher.take().unwrap_or_else(|| self.metadata.hasher());
        hasher.update(body);
        !self.metadata.has(hasher)
    }

    fn accepts(&self) -> Accepts {
        let (metadata, has_refused) = (self.metadata.clone(), Arc::clone(&self.has_refused));
        Arc::new(move |body| {
            let mut hasher = metadata.hasher();
            hasher.update(body);
            let accepts = metadata.has(hasher);
            has_refused.fetch_or(!accepts, Ordering::Relaxed);
            accepts
        })
    }

    fn has_refused(&self) -> bool {
        self.has_refused.load(Ordering::Relaxed)
    }
}

/// Integrity metadata that is valid.
#[derive(Clone)]
struct Metadata(RequestString);

impl Metadata {
    /// The values of known algorithms.
    fn hashes(&self) -> impl Iterator<Item = Hash> {
        let mut from = 0;
        std::iter::from_fn(move || {
            let hash = next_hash(self.0.as_str().as_bytes(), from)?;
            from = hash.end;
            Some(hash)
        })
    }

    /// A hasher of the strongest algorithm, which alone counts.
    fn hasher(&self) -> Hasher {
        match self.hashes().map(|hash| hash.algorithm).max() {
            Some(Algorithm::Sha256) => Hasher::Sha256(Sha256::new()),
            Some(Algorithm::Sha384) => Hasher::Sha384(Sha384::new()),
            Some(Algorithm::Sha512) | None => Hasher::Sha512(Sha512::new()),
        }
    }

    /// Whether one of the values is the digest of the bytes that this hasher has read.
    fn has(&self, hasher: Hasher) -> bool {
        let algorithm = hasher.algorithm();
        let (digest, length) = hasher.finish();
        let digest = &digest[..length];
        self.hashes().any(|hash| {
            let base64 = &self.0.as_str().as_bytes()[hash.begin..hash.end];
            hash.algorithm == algorithm && is_base64_of(base64, digest)
        })
    }
}

/// Whether the characters before the padding encode exactly these bytes.
fn is_base64_of(base64: &[u8], bytes: &[u8]) -> bool {
    let byte = |at: usize| u16::from(bytes.get(at).copied().unwrap_or(0));
    let expected = (0..bytes.len() * 8).step_by(6).map(|bit| {
        let both = byte(bit / 8) << 8 | byte(bit / 8 + 1);
        (both >> (10 - bit % 8)) as u8 & 0x3f
    });
    base64.iter().map_while(|character| sextet(*character)).eq(expected)
}

enum Hasher {
    Sha256(Sha256),
    Sha384(Sha384),
    Sha512(Sha512),
}

impl Hasher {
    fn algorithm(&self) -> Algorithm {
        match self {
            Self::Sha256(_) => Algorithm::Sha256,
            Self::Sha384(_) => Algorithm::Sha384,
            Self::Sha512(_) => Algorithm::Sha512,
        }
    }

    fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Sha256(hasher) => hasher.update(bytes),
            Self::Sha384(hasher) => hasher.update(bytes),
            Self::Sha512(hasher) => hasher.update(bytes),
        }
    }

    /// The digest, and its length.
    fn finish(self) -> ([u8; 64], usize) {
        let mut digest = [0; 64];
        let length = match self {
            Self::Sha256(hasher) => copy(&hasher.finalize(), &mut digest),
            Self::Sha384(hasher) => copy(&hasher.finalize(), &mut digest),
            Self::Sha512(hasher) => copy(&hasher.finalize(), &mut digest),
        };
        (digest, length)
    }
}

fn copy(from: &[u8], to: &mut [u8; 64]) -> usize {
    to[..from.len()].copy_from_slice(from);
    from.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The digests of `abc`, from FIPS 180, in base64.
    const SHA256: &str = "sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=";
    const SHA384: &str = "sha384-ywB1P0WjXou1oD1pmsZQBycsMqsO3tFjGotgWkP/W+2AhgcroefMI1i67KE0yCWn";
    const SHA512: &str = "sha512-3a81oZNherrMQXNJriBBMRLm+k6JqX6iCp7u5ktV05ohkpkqJ0/BqDa6PCOj/uu9R\
                          U1EI2Q86A4qmslPpUyknw==";

    fn accepts(metadata: &str, body: &[u8]) -> bool {
        let integrity = Integrity::new(Metadata(metadata.into()));
        let accepts = !integrity.refuses(body);
        // In chunks, and as a record.
        body.chunks(2).for_each(|chunk| integrity.read(chunk));
        assert_eq!(integrity.refuses(&[]), !accepts, "{metadata}");
        assert_eq!((integrity.accepts())(body), accepts, "{metadata}");
        assert_eq!(integrity.has_refused(), !accepts, "{metadata}");
        assert_eq!(integrity.copy().refuses(body), !accepts, "{metadata}");
        accepts
    }

    #[test]
    fn a_body_has_to_match() {
        let url_safe = SHA512.replace('+', "-").replace('/', "_");
        let with_options = format!("{SHA384}?ct=text/plain");
        for metadata in [SHA256, SHA384, SHA512, &url_safe, &with_options] {
            assert!(accepts(metadata, b"abc"), "{metadata}");
            for body in [&b""[..], b"ab", b"bcd", b"abc\0"] {
                assert!(!accepts(metadata, body), "{metadata} {body:?}");
            }
        }
    }

    #[test]
    fn the_strongest_algorithm_counts() {
        let wrong = |valid: &str| valid[..10].to_owned() + "AAAA" + &valid[14..];
        let (wrong256, wrong384, wrong512) = (wrong(SHA256), wrong(SHA384), wrong(SHA512));
        for (metadata, expected) in [
            (format!("{SHA256} {wrong512}"), false),
            (format!("{wrong512} {SHA384}"), false),
            (format!("{wrong256} {wrong384} {SHA512}"), true),
            (format!("{wrong256} {SHA384}"), true),
            // One of several values of that algorithm has to match.
            (format!("{wrong384} {SHA384}"), true),
            (format!("{SHA384} {wrong384} {SHA256}"), true),
            (format!("{wrong384} {wrong384}"), false),
            (format!("md5-x {SHA256} sha1-x"), true),
        ] {
            assert_eq!(accepts(&metadata, b"abc"), expected, "{metadata}");
        }
    }

    /// Bits beyond the digest are not ignored: an encoder writes zeros there.
    #[test]
    fn base64_has_one_form() {
        assert!(!accepts(&SHA256.replace("a0=", "a1="), b"abc"));
        assert!(is_base64_of(b"", b"") && is_base64_of(b"YQ", b"a") && !is_base64_of(b"Y", b"a"));
        assert!(!is_base64_of(b"YQA", b"a") && is_base64_of(b"YWI=", b"ab"));
    }
}
