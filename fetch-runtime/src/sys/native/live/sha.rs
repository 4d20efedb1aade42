//! The algorithms SHA-2 of Digest.

use ring::digest::{Algorithm, SHA256, SHA512_256, digest};

/// The digest of bytes.
pub(super) type Hash = fn(&[u8]) -> Vec<u8>;

/// By their names in a challenge.
pub(super) const ALGORITHMS: &[(&str, Hash)] =
    &[("SHA-256", |bytes| hash(&SHA256, bytes)), ("SHA-512-256", |bytes| hash(&SHA512_256, bytes))];

fn hash(algorithm: &'static Algorithm, bytes: &[u8]) -> Vec<u8> {
    digest(algorithm, bytes).as_ref().to_vec()
}
