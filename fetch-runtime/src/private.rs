//! What generated code calls. Not for anybody else: it may change at any time.

use core::ffi::CStr;

use crate::handler::{HandlerInput, HandlerOutput};
use crate::validate::{self, Check};
use crate::{Handler, Request, Response, Text, template, trampoline};

pub use crate::sys::{Callback, emscripten_fetch_t};
pub use crate::template::Capture;
pub use crate::trampoline::{onerror_of_any, onprogress_of_any, onsuccess_of_any};

/// The first argument of a handler.
pub fn input<T: HandlerInput>(response: Response) -> T {
    T::from_response(response)
}

/// The result of a handler.
pub fn output<H: Handler, T: HandlerOutput>(output: T) {
    output.report(H::NAME);
}

/// The trampoline of a handler for its successes.
///
/// C may call it as the terminal callback of a live fetch, once, if the fetch's `userData` is null.
#[must_use]
pub const fn onsuccess<H: Handler<Context = ()>>() -> Callback {
    trampoline::callback(trampoline::onsuccess_of_any::<H>)
}

/// The trampoline of a handler for its errors, as [`onsuccess`].
#[must_use]
pub const fn onerror<H: Handler<Context = ()>>() -> Callback {
    trampoline::callback(trampoline::onerror_of_any::<H>)
}

/// What a handler's progress function is called by, as [`onsuccess`], and any number of times before it.
#[must_use]
pub const fn onprogress<H: Handler<Context = ()>>() -> Callback {
    trampoline::callback(trampoline::onprogress_of_any::<H>)
}

/// `auth:` with a tuple.
pub fn auth<U: Into<Text>, P: Into<Text>>(request: Request, (user, password): (U, P)) -> Request {
    request.auth(user, password)
}

macro_rules! checked_literals {
    ($($name:ident $what:literal $check:path;)*) => {$(
        /// A literal that ends with its NUL. An invalid one does not compile.
        #[must_use]
        #[track_caller]
        pub const fn $name(text: &'static str) -> Text {
            literal(text, $check(without_nul(text)), $what)
        }
    )*};
}

checked_literals! {
    url "invalid URL: " validate::url;
    key "invalid key: " validate::key;
    header_name "invalid header name: " validate::header_name;
    header_value "invalid header value: " validate::header_value;
    mime_type "invalid MIME type: " validate::mime_type;
    text "invalid text: " validate::no_nul;
}

/// The template of a URL, with a NUL where each value goes. An invalid one does not compile.
#[must_use]
#[track_caller]
pub const fn url_template(template: &'static str) -> &'static str {
    if let Err(reason) = validate::template(template) {
        refuse("invalid URL: ", reason);
    }
    template
}

/// A URL or key with values in it.
#[must_use]
pub fn fill(template: &'static str, values: &[&dyn Capture]) -> Text {
    template::fill(template, values)
}

const fn without_nul(text: &str) -> &str {
    match core::str::from_utf8(text.as_bytes().split_at(text.len().saturating_sub(1)).0) {
        Ok(text) => text,
        Err(_) => text,
    }
}

#[track_caller]
const fn literal(text: &'static str, check: Check, what: &'static str) -> Text {
    if let Err(reason) = check {
        refuse(what, reason);
    }
    match CStr::from_bytes_with_nul(text.as_bytes()) {
        Ok(text) => Text::from_static(text),
        Err(_) => refuse(what, "it contains NUL"),
    }
}

/// Panics with both in one message; constant evaluation prints a string, but does not format two.
#[track_caller]
const fn refuse(what: &str, reason: &str) -> ! {
    let mut message = [0; 256];
    let (mut length, mut i) = (0, 0);
    while i < what.len() {
        message[length] = what.as_bytes()[i];
        (length, i) = (length + 1, i + 1);
    }
    i = 0;
    while i < reason.len() && length < message.len() {
        message[length] = reason.as_bytes()[i];
        (length, i) = (length + 1, i + 1);
    }
    match core::str::from_utf8(message.split_at(length).0) {
        Ok(message) => panic!("{}", message),
        Err(_) => panic!("invalid literal"),
    }
}
