//! Forbidden request-headers, of the Fetch standard: the browser alone sets them.

/// <https://fetch.spec.whatwg.org/#forbidden-request-header>
const NAMES: &[&str] = &[
    "accept-charset",
    "accept-encoding",
    "access-control-request-headers",
    "access-control-request-method",
    "access-control-request-private-network",
    "connection",
    "content-length",
    "cookie",
    "cookie2",
    "date",
    "dnt",
    "expect",
    "host",
    "keep-alive",
    "origin",
    "referer",
    "set-cookie",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
];

const PREFIXES: &[&str] = &["proxy-", "sec-"];

/// Whether only the browser sets this header, whatever its value is. Names match in any case.
pub(crate) const fn is_forbidden(name: &[u8]) -> bool {
    let mut i = 0;
    while i < PREFIXES.len() {
        if starts_with(name, PREFIXES[i]) {
            return true;
        }
        i += 1;
    }
    is_any_of(name, NAMES)
}

/// Whether `text` is one of `names`, in any case.
pub(crate) const fn is_any_of(text: &[u8], names: &[&str]) -> bool {
    let mut i = 0;
    while i < names.len() {
        if text.len() == names[i].len() && starts_with(text, names[i]) {
            return true;
        }
        i += 1;
    }
    false
}

/// Whether `text` begins with `prefix`, in any case.
pub(crate) const fn starts_with(text: &[u8], prefix: &str) -> bool {
    let prefix = prefix.as_bytes();
    let mut i = 0;
    while i < prefix.len() && i < text.len() && text[i].eq_ignore_ascii_case(&prefix[i]) {
        i += 1;
    }
    i == prefix.len()
}
