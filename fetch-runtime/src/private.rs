//! The functions that generated code calls. Not a public API: they may change at any time.

use crate::handler::{HandlerInput, HandlerOutput, Named};
use crate::request::template;
use crate::request::validate::{self, Invalid};
use crate::{Handler, Request, RequestString, Response};

pub use crate::bridge::from_c::{onerror_of_any, onprogress_of_any, onsuccess_of_any};
pub use crate::named::{OfType, TakesResponse, TakesResult, Untyped, named, something};
pub use crate::request::template::Capture;
pub use crate::sys::unwind::callback;
pub use crate::sys::{Callback, emscripten_fetch_t};
pub use crate::task::call_async;

/// Makes the first argument of a handler.
pub fn input<T: HandlerInput>(response: Response) -> T {
    T::from_response(response)
}

/// Reports the result of a handler.
pub fn output<H: Handler, T: HandlerOutput>(output: T) {
    output.report(&Named(H::NAME));
}

/// Sets the user name and password, for `auth:` with a tuple.
pub fn auth<U: Into<RequestString>, P: Into<RequestString>>(
    request: Request,
    (user, password): (U, P),
) -> Request {
    request.auth(user, password)
}

macro_rules! checked_literals {
    ($($name:ident $check:path, $display_name:literal;)*) => {$(
        /// Makes a string from a literal that ends with NUL. An invalid literal does not compile.
        #[must_use]
        #[track_caller]
        pub const fn $name(text: &'static str) -> RequestString {
            if let Err(invalid) = $check(without_nul(text)) {
                invalid_literal($display_name, without_nul(text), invalid);
            }
            match text.as_bytes().last() {
                Some(0) => RequestString::from_literal(text),
                _ => panic!("the literal does not end with NUL"),
            }
        }
    )*};
}

checked_literals! {
    url validate::url, "URL";
    key validate::key, "key";
    header_name validate::header_name, "header name";
    header_value validate::header_value, "header value";
    mime_type validate::mime_type, "MIME type";
    integrity validate::integrity::integrity, "integrity";
    text validate::no_nul, "text";
}

/// Checks the template of a URL, which has a NUL in place of each value. An invalid template does
/// not compile.
#[must_use]
#[track_caller]
pub const fn url_template(template: &'static str) -> &'static str {
    if let Err(invalid) = validate::template(template) {
        invalid_literal("URL", template, invalid);
    }
    template
}

/// Puts values into the template of a URL or key.
#[must_use]
pub fn fill(template: &'static str, values: &[&dyn Capture]) -> RequestString {
    template::fill(template, values)
}

const fn without_nul(text: &str) -> &str {
    match core::str::from_utf8(text.as_bytes().split_at(text.len().saturating_sub(1)).0) {
        Ok(text) => text,
        Err(_) => text,
    }
}

#[track_caller]
const fn invalid_literal(name: &str, text: &str, invalid: Invalid) -> ! {
    panic!("{}", validate::literal_error(name, text, invalid).as_str())
}
