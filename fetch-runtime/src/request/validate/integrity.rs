//! The check of integrity metadata ([Subresource Integrity]), and the hashes in it.
//!
//! [Subresource Integrity]: https://www.w3.org/TR/SRI/

use super::bytes::{position, starts_with};
use super::invalid::{CheckResult, Invalid};

const UNKNOWN: &str = "no value begins with the name of a known algorithm: \
     write sha256-, sha384- or sha512- before the base64 of the digest";
const NOT_BASE64: &str =
    "a digest is written in base64: letters, digits, `+` and `/`, with `=` at its end alone";

/// A hash algorithm. The stronger one is the greater one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Algorithm {
    Sha256,
    Sha384,
    Sha512,
}

impl Algorithm {
    /// The algorithm whose name and hyphen a value begins with.
    const fn of(value: &[u8]) -> Option<Self> {
        if starts_with(value, "sha256-") {
            Some(Self::Sha256)
        } else if starts_with(value, "sha384-") {
            Some(Self::Sha384)
        } else if starts_with(value, "sha512-") {
            Some(Self::Sha512)
        } else {
            None
        }
    }

    /// The length of a digest in base64, without its padding.
    const fn digits(self) -> usize {
        match self {
            Self::Sha256 => 43,
            Self::Sha384 => 64,
            Self::Sha512 => 86,
        }
    }

    const fn wrong_length(self) -> &'static str {
        match self {
            Self::Sha256 => {
                "the base64 of a SHA-256 digest has 44 characters, with the `=` at its end: \
                 encode the 32 bytes, and not their hexadecimal form"
            }
            Self::Sha384 => {
                "the base64 of a SHA-384 digest has 64 characters: \
                 encode the 48 bytes, and not their hexadecimal form"
            }
            Self::Sha512 => {
                "the base64 of a SHA-512 digest has 88 characters, with the `==` at its end: \
                 encode the 64 bytes, and not their hexadecimal form"
            }
        }
    }
}

/// A value of a known algorithm: the place of its base64 in the metadata.
#[derive(Clone, Copy)]
pub(crate) struct Hash {
    pub(crate) algorithm: Algorithm,
    pub(crate) begin: usize,
    pub(crate) end: usize,
}

/// The next value of a known algorithm. Other values are skipped, and so are options.
pub(crate) const fn next_hash(metadata: &[u8], from: usize) -> Option<Hash> {
    let mut i = from;
    while i < metadata.len() {
        let begin = i;
        while i < metadata.len() && !metadata[i].is_ascii_whitespace() {
            i += 1;
        }
        let value = metadata.split_at(i).0.split_at(begin).1;
        if let Some(algorithm) = Algorithm::of(value) {
            let end = begin + position(value, b'?');
            return Some(Hash { algorithm, begin: begin + "sha256-".len(), end });
        }
        i += 1;
    }
    None
}

/// Checks integrity metadata: it has at least one value of a known algorithm, and these are the
/// base64 of digests of the right length.
pub(crate) const fn integrity(text: &str) -> CheckResult {
    let metadata = text.as_bytes();
    let mut checked = Err(Invalid::new(UNKNOWN));
    let mut from = 0;
    while let Some(Hash { algorithm, begin, end }) = next_hash(metadata, from) {
        let mut i = begin;
        while i < end && sextet(metadata[i]).is_some() {
            i += 1;
        }
        let digits = i - begin;
        while i < end && metadata[i] == b'=' {
            i += 1;
        }
        if i < end {
            return Err(Invalid::at(i, NOT_BASE64));
        }
        if digits != algorithm.digits() || (end - begin) != digits.next_multiple_of(4) {
            return Err(Invalid::new(algorithm.wrong_length()));
        }
        from = end;
        checked = Ok(());
    }
    checked
}

/// The six bits of a character of base64, in the standard's alphabet or in that of URLs.
pub(crate) const fn sextet(character: u8) -> Option<u8> {
    Some(match character {
        b'A'..=b'Z' => character - b'A',
        b'a'..=b'z' => character - b'a' + 26,
        b'0'..=b'9' => character - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHA256: &str = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
    const SHA384: &str = "sha384-OLBgp1GsljhM2TJ+sbHjaiH9txEUvgdDTAzHv2P24donTt6/529l+9Ua0vFImLlb";
    const SHA512: &str = "sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY\
                          7kxvUdBeoGlODJ6+SfaPg==";

    #[test]
    fn metadata() {
        let url_safe = SHA256.replace('+', "-").replace('/', "_");
        let mixed = format!(" {SHA256}\t{SHA512}?a=b?sha256- \n md5-x {SHA384} ");
        let upper = SHA384.replace("sha", "SHA");
        for text in [SHA256, SHA384, SHA512, &url_safe, &mixed, &upper] {
            assert_eq!(integrity(text), Ok(()), "{text:?}");
        }
    }

    #[test]
    fn invalid_metadata() {
        use Algorithm::{Sha256, Sha384, Sha512};
        let hexadecimal = format!("sha256-{}", "0".repeat(64));
        let without_padding = SHA256.replace('=', "");
        let too_much_padding = format!("{SHA384}=");
        let second = format!("{SHA256} sha512-short");
        for (text, reason) in [
            ("", UNKNOWN),
            (" \t", UNKNOWN),
            ("md5-1B2M2Y8AsgTpgAmY7PhCfg==", UNKNOWN),
            ("sha256", UNKNOWN),
            (&SHA256[7..], UNKNOWN),
            ("sha256-", Sha256.wrong_length()),
            ("sha256-?a", Sha256.wrong_length()),
            (&hexadecimal, Sha256.wrong_length()),
            (&without_padding, Sha256.wrong_length()),
            (&SHA256[..SHA256.len() - 2], Sha256.wrong_length()),
            (&too_much_padding, Sha384.wrong_length()),
            (&second, Sha512.wrong_length()),
        ] {
            assert_eq!(integrity(text), Err(Invalid::new(reason)), "{text:?}");
        }
        for (text, at) in [("sha256-a.b", 8), ("sha384-=a", 8), ("sha512-\0", 7), ("sha256-ü", 7)]
        {
            assert_eq!(integrity(text), Err(Invalid::at(at, NOT_BASE64)), "{text:?}");
        }
    }
}
