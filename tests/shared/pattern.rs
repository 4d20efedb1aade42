//! The bytes of the test server's bodies: each follows from its offset.

use crate::noise::noise;

/// The pattern repeats after this many bytes.
pub(crate) const PERIOD: usize = 251;

/// The first `length` bytes of the pattern.
#[must_use]
pub fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|i| (i % PERIOD) as u8).collect()
}

/// Whether these are the pattern's bytes, from `offset` on.
#[must_use]
pub fn is_pattern(bytes: &[u8], offset: u64) -> bool {
    bytes.iter().zip(offset..).all(|(&byte, i)| u64::from(byte) == i % PERIOD as u64)
}

/// So many bytes of this version of a resource. No browser can store them in less room.
#[must_use]
pub fn version(version: usize, length: usize) -> Vec<u8> {
    let mut bytes = noise(length);
    bytes.iter_mut().for_each(|byte| *byte = byte.wrapping_add(version as u8));
    bytes
}
