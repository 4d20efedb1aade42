//! What generated code calls. Not for anybody else: it may change at any time.

use crate::handler::{HandlerInput, HandlerOutput};
use crate::refusal;
use crate::validate::{self, Rule};
use crate::{Handler, Request, RequestString, Response, template, trampoline};

pub use crate::named::{OfType, TakesResponse, TakesResult, Untyped, named, something};
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

/// What a handler's progress function is called by, as [`onsuccess`], and any number of times
/// before it.
#[must_use]
pub const fn onprogress<H: Handler<Context = ()>>() -> Callback {
    trampoline::callback(trampoline::onprogress_of_any::<H>)
}

/// `auth:` with a tuple.
pub fn auth<U: Into<RequestString>, P: Into<RequestString>>(
    request: Request,
    (user, password): (U, P),
) -> Request {
    request.auth(user, password)
}

macro_rules! checked_literals {
    ($($name:ident $rule:ident $check:path;)*) => {$(
        /// A literal that ends with its NUL. An invalid one does not compile.
        #[must_use]
        #[track_caller]
        pub const fn $name(text: &'static str) -> RequestString {
            if let Err(reason) = $check(without_nul(text)) {
                refuse(Rule::$rule, without_nul(text), reason);
            }
            match text.as_bytes().last() {
                Some(0) => RequestString::from_literal(text),
                _ => panic!("the literal has no NUL at its end"),
            }
        }
    )*};
}

checked_literals! {
    url Url validate::url;
    key Key validate::key;
    header_name HeaderName validate::header_name;
    header_value HeaderValue validate::header_value;
    mime_type MimeType validate::mime_type;
    text Text validate::no_nul;
}

/// The template of a URL, with a NUL where each value goes. An invalid one does not compile.
#[must_use]
#[track_caller]
pub const fn url_template(template: &'static str) -> &'static str {
    if let Err(reason) = validate::template(template) {
        refuse(Rule::Url, template, reason);
    }
    template
}

/// A URL or key with values in it.
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
const fn refuse(rule: Rule, text: &str, reason: &str) -> ! {
    panic!("{}", refusal::refusal(rule, text, reason).as_str())
}
