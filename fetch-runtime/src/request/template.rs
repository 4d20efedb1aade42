//! URLs and keys with values in them: what `fetch!` makes of `"/users/{id}"`.
//!
//! A template is a string with a NUL where each value goes. What a value may change is the text of
//! the one segment, parameter or fragment that it stands in: never the host, and not how many of
//! them there are.

use std::fmt::{self, Display, Write};

use super::RequestString;
use super::validate::{self, Checks, Invalid};

/// A value in a template: whatever can be displayed.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be captured in a URL or key",
    label = "what is captured here does not implement `Display`",
    note = "a captured value is written as `Display` does it, then percent-encoded: \
            capture a text or a number of it, with `let name = …;` before"
)]
pub trait Capture: Display {}

#[diagnostic::do_not_recommend]
impl<T: Display + ?Sized> Capture for T {}

/// Percent-encodes a value that becomes a part of a URL: a path segment, or the name or value of a
/// query parameter.
///
/// It is what [`fetch!`](crate::fetch) does with `{id}` in a literal URL or key: all but ASCII
/// letters, digits and `-._~!*()` becomes `%XX`, byte by byte of UTF-8. That is the [component
/// percent-encode set] of the URL standard, and the apostrophe. A `%` is encoded as well: nothing
/// is ever decoded.
///
/// A path segment that is empty, `.` or `..` cannot be encoded, but means another path. `fetch!`
/// refuses such values; who builds a URL by hand has to see to it.
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
/// As `to_string` does, if the `Display` of the value fails.
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

/// The text with the values in the template's places; or one that is invalid when the request is
/// started.
pub(crate) fn fill(template: &str, values: &[&dyn Capture]) -> RequestString {
    let mut values = values.iter();
    let mut url = Filled {
        text: String::with_capacity(template.len() + 16 * values.len()),
        component: Component::Scheme,
        segment: 0,
        captures: false,
        is_whole_url: false,
        invalid: None,
    };
    for character in template.chars() {
        match character {
            '\0' => {
                if let Some(value) = values.next() {
                    url.capture(value);
                }
            }
            literal => url.literal(literal),
        }
    }
    url.end_segment();
    match url.invalid {
        None if url.is_whole_url => RequestString::checked_by(url.text, &KEY_ONLY),
        None => url.text.into(),
        Some(reason) => RequestString::invalid(url.text, reason),
    }
}

/// Of a text that begins with a whole URL, encoded: a good key, and no URL that anybody has meant.
static KEY_ONLY: Checks =
    Checks { url: |_| Err(Invalid::new(WHOLE_URL)), ..validate::RUNTIME_CHECKS };

const WHOLE_URL: &str = "a value that begins a template is one segment, and this one is a whole URL or path, \
    whose : and / were encoded: give the URL as an expression, `GET url` or `GET format!(\"{base}/file\")`";

const EMPTY: &str = "a captured value is empty, and without that segment it would be another URL";
const DOTS: &str = "a captured value makes a segment `.` or `..`, which URL parsers resolve, also if it is encoded";
const FAILED: &str = "the `Display` of a captured value failed";

struct Filled {
    text: String,
    component: Component,
    /// Where the segment began that is being written.
    segment: usize,
    /// Whether there is a value in that segment.
    captures: bool,
    /// Whether the value at its beginning is a URL by itself.
    is_whole_url: bool,
    invalid: Option<&'static str>,
}

#[derive(Clone, Copy, PartialEq)]
enum Component {
    /// Where a `:` would end a scheme: the first segment.
    Scheme,
    Path,
    Query,
    Fragment,
}

impl Filled {
    fn literal(&mut self, character: char) {
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
            (self.component, self.segment, self.captures) = (next, self.text.len(), false);
        }
    }

    fn capture(&mut self, value: &dyn Capture) {
        let is_unreserved = match self.component {
            Component::Scheme | Component::Path => is_unreserved_in_segment,
            Component::Query => is_unreserved_in_query,
            Component::Fragment => is_unreserved_in_fragment,
        };
        self.captures = true;
        let is_first = self.text.is_empty();
        if write!(Encoder { text: &mut self.text, is_unreserved }, "{value}").is_err() {
            self.refuse(FAILED);
        }
        self.is_whole_url |= is_first && is_encoded_url(&self.text);
    }

    fn end_segment(&mut self) {
        if !self.captures || matches!(self.component, Component::Query | Component::Fragment) {
            return;
        }
        let mut rest = &self.text[self.segment..];
        let mut dots = 0;
        while let Some(after) = [".", "%2e", "%2E"].iter().find_map(|dot| rest.strip_prefix(dot)) {
            (rest, dots) = (after, dots + 1);
        }
        match (rest.is_empty(), dots) {
            (true, 0) => self.refuse(EMPTY),
            (true, 1 | 2) => self.refuse(DOTS),
            _ => {}
        }
    }

    fn refuse(&mut self, reason: &'static str) {
        self.invalid.get_or_insert(reason);
    }
}

/// Whether it was an absolute URL, or a relative one that begins with a slash.
fn is_encoded_url(text: &str) -> bool {
    let scheme = text.find("%3A").map_or("", |end| &text[..end]);
    text.starts_with("%2F")
        || (!scheme.contains('%') && text[scheme.len()..].starts_with("%3A%2F%2F"))
        || ["data", "blob", "file"].iter().any(|known| scheme.eq_ignore_ascii_case(known))
}

/// Percent-encodes what is written through it, but for the bytes to keep.
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

/// All but the [component percent-encode
/// set](https://url.spec.whatwg.org/#component-percent-encode-set).
fn is_unreserved_in_segment(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!'()*-._~".contains(&byte)
}

/// An apostrophe is encoded by URL parsers as well, in the [special-query percent-encode set].
///
/// [special-query percent-encode set]: https://url.spec.whatwg.org/#special-query-percent-encode-set
fn is_unreserved_in_query(byte: u8) -> bool {
    byte != b'\'' && is_unreserved_in_segment(byte)
}

/// All but the [fragment percent-encode
/// set](https://url.spec.whatwg.org/#fragment-percent-encode-set), the `%`, so that what is decoded
/// is what was captured, and the backslash, which is invalid in all URLs.
fn is_unreserved_in_fragment(byte: u8) -> bool {
    byte.is_ascii_graphic() && !b"\"<>`%\\".contains(&byte)
}

#[cfg(all(test, not(target_os = "emscripten")))]
mod tests;
