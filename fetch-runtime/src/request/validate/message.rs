//! The compiler's message about an invalid literal. Constant evaluation cannot format, so this
//! module writes the text byte by byte.

use super::field::no_nul;
use super::invalid::Invalid;

/// Writes the message, for example `invalid URL: reason (TAB, U+0009 at byte 7)`. `name` is the use
/// of the text, such as `URL`.
pub(crate) const fn literal_error(name: &str, text: &str, invalid: Invalid) -> ConstString {
    let mut message = ConstString { bytes: [0; 384], length: 0 };
    message.push("invalid ");
    message.push(name);
    message.push(": ");
    message.push(invalid.reason);
    if let Some(at) = invalid.at {
        message.push(" (");
        message.push_character(text, at);
        // In a template, the byte position differs from that in the literal: each captured name
        // is one NUL here.
        if no_nul(text).is_ok() {
            message.push(" at byte ");
            message.push_decimal(at);
        }
        message.push(")");
    }
    message
}

/// A string with a fixed capacity.
pub(crate) struct ConstString {
    bytes: [u8; 384],
    length: usize,
}

impl ConstString {
    pub(crate) const fn as_str(&self) -> &str {
        match core::str::from_utf8(self.bytes.split_at(self.length).0) {
            Ok(message) => message,
            Err(_) => "invalid literal",
        }
    }

    /// Appends text. It drops the bytes that do not fit.
    const fn push(&mut self, text: &str) {
        let mut i = 0;
        while i < text.len() && self.length < self.bytes.len() {
            self.bytes[self.length] = text.as_bytes()[i];
            self.length += 1;
            i += 1;
        }
    }

    /// Appends the character at a byte position, by its name if it is invisible, and its code
    /// point.
    const fn push_character(&mut self, text: &str, at: usize) {
        let rest = text.as_bytes().split_at(at).1;
        let mut length = 1;
        while length < rest.len() && rest[length] & 0xc0 == 0x80 {
            length += 1;
        }
        let (character, _) = rest.split_at(length);
        let name = match character {
            [0] => "NUL",
            b"\t" => "TAB",
            b"\n" => "LF",
            b"\r" => "CR",
            b" " => "a space",
            [..0x20 | 0x7f] => "a control character",
            _ => "",
        };
        self.push(name);
        if let (true, Ok(character)) = (name.is_empty(), core::str::from_utf8(character)) {
            self.push("`");
            self.push(character);
            self.push("`");
        }
        self.push(", U+");
        // Each byte after the first one has six bits.
        let mut code = match character {
            [first, _] => *first as u32 % 0x20,
            [first, _, _] => *first as u32 % 0x10,
            [first, _, _, _] => *first as u32 % 0x08,
            _ => character[0] as u32,
        };
        let mut i = 1;
        while i < character.len() {
            code = code * 0x40 + character[i] as u32 % 0x40;
            i += 1;
        }
        // At least four digits, the highest first.
        let mut digits = if code > 0xf_ffff {
            6
        } else if code > 0xffff {
            5
        } else {
            4
        };
        code <<= 32 - 4 * digits;
        while digits > 0 {
            self.push_digit(code >> 28);
            code <<= 4;
            digits -= 1;
        }
    }

    const fn push_decimal(&mut self, number: usize) {
        let mut power = 1;
        while number / power > 9 {
            power *= 10;
        }
        while power > 0 {
            self.push_digit((number / power % 10) as u32);
            power /= 10;
        }
    }

    const fn push_digit(&mut self, digit: u32) {
        self.push(
            match core::str::from_utf8(b"0123456789ABCDEF".split_at(digit as usize).1.split_at(1).0)
            {
                Ok(digit) => digit,
                Err(_) => "",
            },
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_character_is_named() {
        for (name, text, at, message) in [
            ("key", "", None, "invalid key: why"),
            ("header value", "7\r\n", Some(1), "invalid header value: why (CR, U+000D at byte 1)"),
            ("header name", "X Y", Some(1), "invalid header name: why (a space, U+0020 at byte 1)"),
            (
                "header name",
                "0123456789Größe",
                Some(12),
                "invalid header name: why (`ö`, U+00F6 at byte 12)",
            ),
            ("header value", "€", Some(0), "invalid header value: why (`€`, U+20AC at byte 0)"),
            (
                "header value",
                "\u{10ffff}",
                Some(0),
                "invalid header value: why (`\u{10ffff}`, U+10FFFF at byte 0)",
            ),
            ("key", "\u{ffff}", Some(0), "invalid key: why (`\u{ffff}`, U+FFFF at byte 0)"),
            ("key", "\u{10000}", Some(0), "invalid key: why (`\u{10000}`, U+10000 at byte 0)"),
            ("key", "\u{fffff}", Some(0), "invalid key: why (`\u{fffff}`, U+FFFFF at byte 0)"),
            ("key", "\u{100000}", Some(0), "invalid key: why (`\u{100000}`, U+100000 at byte 0)"),
            ("key", "012345678\t", Some(9), "invalid key: why (TAB, U+0009 at byte 9)"),
            ("key", "0123456789\n", Some(10), "invalid key: why (LF, U+000A at byte 10)"),
            ("header value", "😀", Some(0), "invalid header value: why (`😀`, U+1F600 at byte 0)"),
            (
                "MIME type",
                "\u{1b}",
                Some(0),
                "invalid MIME type: why (a control character, U+001B at byte 0)",
            ),
            ("URL", "/\0\\", Some(2), "invalid URL: why (`\\`, U+005C)"),
            ("URL", "a\0", Some(1), "invalid URL: why (NUL, U+0000)"),
        ] {
            let invalid = Invalid { reason: "why", at };
            assert_eq!(literal_error(name, text, invalid).as_str(), message);
        }
    }

    #[test]
    fn a_long_message_is_cut() {
        let reason = "x".repeat(400).leak();
        assert_eq!(literal_error("URL", "", Invalid::new(reason)).as_str().len(), 384);
    }
}
