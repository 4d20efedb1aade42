//! Bodies that say in each place which version of a resource they are.

/// The body of this version, with this length.
#[must_use]
pub fn body_of_version(number: u32, length: usize) -> Vec<u8> {
    let mut body = number.to_le_bytes().repeat(length.div_ceil(4));
    body.truncate(length);
    body
}

/// The version that the whole body says, if it has this length.
#[must_use]
pub fn version_of_body(body: &[u8], length: usize) -> Option<u32> {
    let number = u32::from_le_bytes(*body.first_chunk()?);
    (body == body_of_version(number, length)).then_some(number)
}
