//! The templates of `fetch!`: URLs and keys with captured values, such as `"/users/{id}"`.
//!
//! A template is a string with a NUL in place of each value. A value can change only the text of
//! the segment, parameter or fragment that contains it. It cannot change the host, or the number of
//! segments and parameters.

use std::fmt::{self, Display, Write};

use super::RequestString;
use super::validate::{self, Checks, Invalid};

/// A value in a template: any type that implements `Display`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be captured in a URL or key",
    label = "the captured value does not implement `Display`",
    note = "a captured value is written by `Display`, then percent-encoded: \
            capture a string or a number instead, with `let name = …;` before"
)]
pub trait Capture: Display {}

#[diagnostic::do_not_recommend]
impl<T: Display + ?Sized> Capture for T {}

/// Percent-encodes a value that becomes part of a URL: a path segment, or the name or value of a
/// query parameter.
///
/// [`fetch!`](crate::fetch) does the same with `{id}` in a literal URL or key. Each byte of the
/// UTF-8 text becomes `%XX`, except ASCII letters, digits and `-._~!*()`. That is the [component
/// percent-encode set] of the URL standard, and the apostrophe. A `%` is encoded as well: no text
/// is ever decoded.
///
/// An empty path segment, `.` and `..` stay as they are, and change the path. `fetch!` rejects such
/// values. Code that calls this function has to check for them itself.
///
/// ```
/// use fetch_runtime::{Request, encode_component};
///
/// let (name, query) = ("AC/DC", "tnt & more");
/// let url = format!("/artists/{}?q={}", encode_component(name), encode_component(query));
/// assert_eq!(url, "/artists/AC%2FDC?q=tnt%20%26%20more");
/// # drop(
/// Request::get(url)
/// # );
/// ```
///
/// # Panics
/// As `to_string`: if the value's `Display` returns an error.
///
/// [component percent-encode set]: https://url.spec.whatwg.org/#component-percent-encode-set
#[must_use]
pub fn encode_component(value: impl Display) -> String {
    let mut text = String::new();
    let written =
        write!(Encoder { text: &mut text, is_unreserved: is_unreserved_in_query }, "{value}");
    assert!(written.is_ok(), "the `Display` of the value failed");
    text
}

/// Puts the values into the template. If a value is not allowed, the result is a string that the
/// start of the request rejects.
pub(crate) fn fill(template: &str, values: &[&dyn Capture]) -> RequestString {
    let mut values = values.iter();
    let mut url = Filler {
        text: String::with_capacity(template.len() + 16 * values.len()),
        component: Component::Scheme,
        segment_start: 0,
        has_value: false,
        is_whole_url: false,
        invalid: None,
    };
    for character in template.chars() {
        match character {
            '\0' => {
                if let Some(value) = values.next() {
                    url.push_value(value);
                }
            }
            literal => url.push_literal(literal),
        }
    }
    url.end_segment();
    match url.invalid {
        None if url.is_whole_url => RequestString::checked_by(url.text, &KEY_ONLY),
        None => url.text.into(),
        Some(reason) => RequestString::invalid(url.text, reason),
    }
}

/// The checks of a text that begins with a whole URL, encoded. It can be a key. As a URL, it is a
/// mistake.
static KEY_ONLY: Checks =
    Checks { url: |_| Err(Invalid::new(WHOLE_URL)), ..validate::RUNTIME_CHECKS };

const WHOLE_URL: &str = "it begins with a captured URL or path, whose : and / were encoded: \
    pass the URL as an expression, `GET url` or `GET format!(\"{base}/file\")`";

const EMPTY: &str = "a captured value is empty, which would remove its segment";
const DOTS: &str = "a captured value makes a segment `.` or `..`, \
    which URL parsers resolve even if it is encoded";
const FAILED: &str = "the `Display` of a captured value failed";

/// Writes a URL or key, one part of its template at a time.
struct Filler {
    text: String,
    component: Component,
    /// The start of the current segment, in bytes.
    segment_start: usize,
    /// Whether the current segment contains a value.
    has_value: bool,
    /// Whether the text begins with a value that is a URL by itself.
    is_whole_url: bool,
    invalid: Option<&'static str>,
}

#[derive(Clone, Copy, PartialEq)]
enum Component {
    /// The first segment, in which a `:` would end a scheme.
    Scheme,
    Path,
    Query,
    Fragment,
}

impl Filler {
    fn push_literal(&mut self, character: char) {
        let next = match (self.component, character) {
            (Component::Scheme, '/' | ':') | (Component::Path, '/') => Some(Component::Path),
            (Component::Scheme | Component::Path, '?') => Some(Component::Query),
            (Component::Scheme | Component::Path | Component::Query, '#') => {
                Some(Component::Fragment)
            }
            _ => None,
        };
        if next.is_some() {
            self.end_segment();
        }
        self.text.push(character);
        if let Some(next) = next {
            (self.component, self.segment_start, self.has_value) = (next, self.text.len(), false);
        }
    }

    fn push_value(&mut self, value: &dyn Capture) {
        let is_unreserved = match self.component {
            Component::Scheme | Component::Path => is_unreserved_in_segment,
            Component::Query => is_unreserved_in_query,
            Component::Fragment => is_unreserved_in_fragment,
        };
        self.has_value = true;
        let is_first = self.text.is_empty();
        if write!(Encoder { text: &mut self.text, is_unreserved }, "{value}").is_err() {
            self.record_error(FAILED);
        }
        self.is_whole_url |= is_first && is_encoded_url(&self.text);
    }

    fn end_segment(&mut self) {
        if !self.has_value || matches!(self.component, Component::Query | Component::Fragment) {
            return;
        }
        let mut rest = &self.text[self.segment_start..];
        let mut dots = 0;
        while let Some(after) = [".", "%2e", "%2E"].iter().find_map(|dot| rest.strip_prefix(dot)) {
            (rest, dots) = (after, dots + 1);
        }
        match (rest.is_empty(), dots) {
            (true, 0) => self.record_error(EMPTY),
            (true, 1 | 2) => self.record_error(DOTS),
            _ => {}
        }
    }

    fn record_error(&mut self, reason: &'static str) {
        self.invalid.get_or_insert(reason);
    }
}

/// Whether the encoded text is an absolute URL, or a relative one that begins with a slash.
fn is_encoded_url(text: &str) -> bool {
    let scheme = text.find("%3A").map_or("", |end| &text[..end]);
    text.starts_with("%2F")
        || (!scheme.contains('%') && text[scheme.len()..].starts_with("%3A%2F%2F"))
        || ["data", "blob", "file"].iter().any(|known| scheme.eq_ignore_ascii_case(known))
}

/// A writer that percent-encodes all bytes except the unreserved ones.
struct Encoder<'a> {
    text: &'a mut String,
    is_unreserved: fn(u8) -> bool,
}

impl Write for Encoder<'_> {
    fn write_str(&mut self, value: &str) -> fmt::Result {
        const DIGITS: [char; 16] =
            ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'];
        for byte in value.bytes() {
            if byte.is_ascii() && (self.is_unreserved)(byte) {
                self.text.push(char::from(byte));
            } else {
                self.text.extend([
                    '%',
                    DIGITS[usize::from(byte >> 4)],
                    DIGITS[usize::from(byte & 15)],
                ]);
            }
        }
        Ok(())
    }
}

/// Whether the byte is outside the [component percent-encode
/// set](https://url.spec.whatwg.org/#component-percent-encode-set).
fn is_unreserved_in_segment(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!'()*-._~".contains(&byte)
}

/// As [`is_unreserved_in_segment`], without the apostrophe, which URL parsers encode: it is in the
/// [special-query percent-encode
/// set](https://url.spec.whatwg.org/#special-query-percent-encode-set).
fn is_unreserved_in_query(byte: u8) -> bool {
    byte != b'\'' && is_unreserved_in_segment(byte)
}

/// Whether the byte is outside the [fragment percent-encode
/// set](https://url.spec.whatwg.org/#fragment-percent-encode-set). Two bytes are added to that set:
/// the `%`, so that decoding gives the captured value, and the backslash, which is invalid in URLs.
fn is_unreserved_in_fragment(byte: u8) -> bool {
    byte.is_ascii_graphic() && !b"\"<>`%\\".contains(&byte)
}

#[cfg(all(test, not(target_os = "emscripten")))]
mod tests;
