//! Bodies of several parts: `multipart/form-data` ([RFC 7578]), as the HTML standard writes them.
//!
//! [RFC 7578]: https://www.rfc-editor.org/rfc/rfc7578

use std::borrow::Cow;
use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::BuildHasher;

use super::validate::{self, Invalid};
use super::{Request, RequestBody, StartError};
use crate::Body;

/// A form with files: the parts of a [`multipart`](Request::multipart) body, in their order.
///
/// ```
/// use fetch_runtime::{Multipart, Part, Request, fetch};
///
/// let png = vec![0x89, b'P', b'N', b'G'];
/// let form = Multipart::new()
///     .part("title", "A picture")
///     .part("picture", Part::file("me.png", png.clone()).content_type("image/png"));
/// let request = Request::post("/upload").multipart(form);
/// # drop(request);
///
/// // the same
/// let picture = Part::file("me.png", png).content_type("image/png");
/// let request = fetch!(POST "/upload", multipart: { "title": "A picture", "picture": picture });
/// # drop(request);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Multipart {
    parts: Vec<(String, Part)>,
}

/// A part of a [`Multipart`] form: a text, bytes, or a file.
///
/// Strings and bytes convert into it. Bytes without a type of their own are
/// `application/octet-stream`.
#[derive(Clone)]
pub struct Part {
    body: RequestBody,
    filename: Option<String>,
    content_type: Option<Cow<'static, str>>,
}

impl Multipart {
    /// A form without parts.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a part. Several parts may have the same name, as the files of one field have.
    #[must_use]
    pub fn part(mut self, name: impl Into<String>, part: impl Into<Part>) -> Self {
        self.parts.push((name.into(), part.into()));
        self
    }

    /// The body, with this boundary between its parts.
    fn write(&self, boundary: &str) -> Vec<u8> {
        let length: usize = self.parts.iter().map(|(_, part)| part.body.as_slice().len()).sum();
        let mut body = Vec::with_capacity(length + 256 * (self.parts.len() + 1));
        for (name, part) in &self.parts {
            let head = ["--", boundary, "\r\n", &part.head(name), "\r\n"].concat();
            body.extend_from_slice(head.as_bytes());
            body.extend_from_slice(part.body.as_slice());
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(["--", boundary, "--\r\n"].concat().as_bytes());
        body
    }

    /// A boundary that no part contains. It is random, so no part can have been made to contain it.
    fn boundary(&self) -> String {
        let random = RandomState::new();
        let mut candidates =
            (0_u64..).map(|n| format!("fetch-runtime-{:016x}", random.hash_one(n)));
        let is_free = |boundary: &String| {
            self.parts.iter().all(|(name, part)| {
                !contains(part.body.as_slice(), boundary)
                    && !contains(part.head(name).as_bytes(), boundary)
            })
        };
        candidates.find(is_free).unwrap_or_default()
    }
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

impl Part {
    /// A text, or bytes without a file name.
    #[must_use]
    pub fn new(body: impl Into<Self>) -> Self {
        body.into()
    }

    /// A file: its name, without a folder, and its bytes.
    #[must_use]
    pub fn file(name: impl Into<String>, bytes: impl Into<RequestBody>) -> Self {
        Self { filename: Some(name.into()), ..Self::bytes(bytes.into()) }
    }

    /// Sets the file name.
    #[must_use]
    pub fn file_name(self, name: impl Into<String>) -> Self {
        Self { filename: Some(name.into()), ..self }
    }

    /// Sets the type, such as `image/png`. The start of the request checks it.
    #[must_use]
    pub fn content_type(self, content_type: impl Into<String>) -> Self {
        Self { content_type: Some(Cow::Owned(content_type.into())), ..self }
    }

    fn bytes(body: RequestBody) -> Self {
        let content_type = Some(Cow::Borrowed("application/octet-stream"));
        Self { body, filename: None, content_type }
    }

    /// The headers, each with its line break.
    fn head(&self, name: &str) -> String {
        let mut head = format!("Content-Disposition: form-data; name=\"{}\"", escaped_name(name));
        if let Some(filename) = &self.filename {
            head += &format!("; filename=\"{}\"", escaped(filename));
        }
        head += "\r\n";
        if let Some(content_type) = &self.content_type {
            head += &format!("Content-Type: {content_type}\r\n");
        }
        head
    }
}

/// A field's name, with line breaks as the HTML standard's [multipart encoding] has them.
///
/// [multipart encoding]:
/// https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#multipart-form-data
fn escaped_name(name: &str) -> String {
    let lines = name.replace("\r\n", "\n").replace('\r', "\n").replace('\n', "\r\n");
    escaped(&lines)
}

/// Escapes the characters that would end the name, as the same algorithm does.
fn escaped(name: &str) -> String {
    name.replace('\n', "%0A").replace('\r', "%0D").replace('"', "%22")
}

impl fmt::Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Part")
            .field("filename", &self.filename)
            .field("content_type", &self.content_type)
            .field("body", &self.body)
            .finish()
    }
}

macro_rules! from {
    ($($constructor:ident: $($type:ty)*;)*) => {$($(
        impl From<$type> for Part {
            fn from(value: $type) -> Self {
                Self::$constructor(value.into())
            }
        }
    )*)*};
}

impl Part {
    fn text(body: RequestBody) -> Self {
        Self { body, filename: None, content_type: None }
    }
}

from! {
    text: &str String &String Box<str> Cow<'_, str>;
    bytes: &[u8] Vec<u8> &Vec<u8> Box<[u8]> Cow<'_, [u8]> Body &Body RequestBody;
}

impl<const N: usize> From<&[u8; N]> for Part {
    fn from(bytes: &[u8; N]) -> Self {
        Self::bytes(bytes.into())
    }
}

impl Request {
    /// Sets the body to a form with files, `multipart/form-data`. Its `Content-Type` has the
    /// boundary of the parts, so the request sets none of its own.
    ///
    /// A text is sent as it is. Names and file names are escaped as browsers escape them. A part
    /// whose type does not have the form `type/subtype` is [`StartError::InvalidMimeType`] when the
    /// request starts.
    ///
    /// ```
    /// use fetch_runtime::{Multipart, Part, Request};
    ///
    /// let form = Multipart::new()
    ///     .part("name", "me")
    ///     .part("log", Part::file("log.txt", "all is well").content_type("text/plain"));
    /// let request = Request::post("/report").multipart(form);
    /// let content_type = request.view().header("Content-Type").unwrap();
    /// assert!(content_type.starts_with("multipart/form-data; boundary="));
    /// ```
    pub fn multipart(mut self, form: Multipart) -> Self {
        if !self.parts.require_download("multipart") {
            return self;
        }
        let types = form.parts.iter().filter_map(|(_, part)| part.content_type.as_deref());
        for mime_type in types {
            if let Err(Invalid { reason, .. }) = validate::mime_type(mime_type) {
                let mime_type = mime_type.to_owned();
                self.parts.record_error(StartError::InvalidMimeType { mime_type, reason });
            }
        }
        let boundary = form.boundary();
        let content_type = format!("multipart/form-data; boundary={boundary}");
        self.typed_body(form.write(&boundary), content_type.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_body_is_that_of_the_standard() {
        let form = Multipart::new()
            .part("text", "a\nb")
            .part("bytes", b"\0\xff")
            .part("a\rb\"\n", Part::file("c\r\n\"d;ü.png", "x").content_type("image/png"));
        let expected = "--B\r\n\
            Content-Disposition: form-data; name=\"text\"\r\n\r\n\
            a\nb\r\n\
            --B\r\n\
            Content-Disposition: form-data; name=\"bytes\"\r\n\
            Content-Type: application/octet-stream\r\n\r\n\
            \0?\r\n\
            --B\r\n\
            Content-Disposition: form-data; name=\"a%0D%0Ab%22%0D%0A\"; \
            filename=\"c%0D%0A%22d;ü.png\"\r\n\
            Content-Type: image/png\r\n\r\n\
            x\r\n\
            --B--\r\n";
        let body = form.write("B").into_iter().map(|byte| if byte == 0xff { b'?' } else { byte });
        assert_eq!(String::from_utf8(body.collect()).unwrap(), expected);
        assert_eq!(Multipart::new().write("B"), b"--B--\r\n");
    }

    #[test]
    fn no_part_contains_the_boundary() {
        assert!(contains(b"a boundary", "boundary") && !contains(b"bound", "boundary"));
        let form = Multipart::new().part("a", "b");
        assert_ne!(form.boundary(), form.boundary());
        // Every boundary of 70 characters or less, of these characters, needs no quotes.
        assert!(form.boundary().bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'));
    }

    #[test]
    fn a_type_cannot_add_a_header() {
        let form = Multipart::new().part("a", Part::new("b").content_type("text/plain\r\nX: y"));
        let request = Request::post("/").multipart(form);
        assert!(matches!(request.view().error(), Some(StartError::InvalidMimeType { .. })));
    }
}
