//! The traits of a handler: the handler itself, its input and its output.

use std::fmt::Display;
use std::marker::PhantomData;

use crate::{Error, Progress, Response, panic};

/// A handler, which is called when a request is over. For each function, `#[fetch_handler]`
/// declares a type of the same name that implements this trait.
///
/// The trait can be implemented by hand as well.
///
/// ```
/// use fetch_runtime::{Handler, Request, Response};
///
/// enum Log {}
///
/// impl Handler for Log {
///     type Context = &'static str;
///     const NAME: &'static str = "Log";
///
///     fn handle(response: Response, context: &'static str) {
///         println!("{context}: {response:?}");
///     }
/// }
///
/// let start = || Request::get("/motd").send_with::<Log>("the message of the day");
/// # let _ = start;
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a fetch handler",
    label = "not a fetch handler",
    note = "annotate the function with `#[fetch_handler]`"
)]
pub trait Handler: 'static {
    /// The value that the start of the request passes to the handler; `()` for none.
    type Context: 'static;

    /// The handler's name in error reports.
    const NAME: &'static str;

    /// A function that is called as the body arrives. A request with its own
    /// [`on_progress`](crate::Request::on_progress) calls that instead.
    const ON_PROGRESS: Option<fn(Progress)> = None;

    /// Called exactly once for each request that has started, after its C struct was closed.
    fn handle(response: Response, context: Self::Context);
}

/// The context of a handler that takes none: `()`.
#[diagnostic::on_unimplemented(
    message = "this handler takes a context, `{Self}`, but the request passes none",
    label = "the handler takes a context",
    note = "pass the context: `context: value => handler`, or `Request::send_with`"
)]
pub trait NoContext: sealed::Sealed {
    #[doc(hidden)]
    fn none() -> Self;
}

impl NoContext for () {
    fn none() {}
}

/// The type of a handler's first parameter: [`Response`] or `Result<Response, Error>`.
#[diagnostic::on_unimplemented(
    message = "a fetch handler cannot take `{Self}`",
    label = "expected `Response` or `Result<Response, Error>`",
    note = "the first parameter of a `#[fetch_handler]` is the response, the second its context"
)]
pub trait HandlerInput: sealed::Sealed {
    #[doc(hidden)]
    fn from_response(response: Response) -> Self;
}

impl HandlerInput for Response {
    fn from_response(response: Response) -> Self {
        response
    }
}

impl HandlerInput for Result<Response, Error> {
    fn from_response(response: Response) -> Self {
        response.into_result()
    }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for () {}
    impl Sealed for crate::Response {}
    impl Sealed for Result<crate::Response, crate::Error> {}
}

/// The return type of a handler: `()`, `!`, or `Result<(), E>` where `E` implements `Display`.
///
/// An `Err` is reported as a panic is. It is printed. Then, on the desktop, [`run`](crate::run())
/// panics with it; on the web, the page gets an `error` event, as after an exception in a JS event
/// handler.
#[diagnostic::on_unimplemented(
    message = "a fetch handler cannot return `{Self}`",
    label = "expected `()` or `Result<(), E>` with `E: Display`",
    note = "a handler's return value is not used: use the value inside the handler"
)]
pub trait HandlerOutput {
    #[doc(hidden)]
    fn report(self, handler: Option<&'static str>);
}

impl HandlerOutput for () {
    fn report(self, _: Option<&'static str>) {}
}

impl<E: Display> HandlerOutput for Result<(), E> {
    fn report(self, handler: Option<&'static str>) {
        match (self, handler) {
            (Ok(()), _) => {}
            (Err(error), Some(handler)) => {
                panic::report(&format!("fetch handler `{handler}` failed: {error}"));
            }
            (Err(error), None) => panic::report(&format!("a spawned task failed: {error}")),
        }
    }
}

/// A handler that never returns.
#[diagnostic::do_not_recommend]
impl HandlerOutput for never::Never {
    fn report(self, _: Option<&'static str>) {
        self
    }
}

/// The type `!`. Stable Rust can name it only as the return type of a function.
mod never {
    pub trait Returns {
        type Output;
    }

    impl<T> Returns for fn() -> T {
        type Output = T;
    }

    pub(super) type Never = <fn() -> ! as Returns>::Output;
}

/// A closure as a handler. The closure itself is the context.
pub(crate) struct Closure<F, R>(PhantomData<fn(F) -> R>);

impl<F, R> Handler for Closure<F, R>
where
    F: FnOnce(Response) -> R + 'static,
    R: HandlerOutput + 'static,
{
    type Context = F;
    const NAME: &'static str = "closure";

    fn handle(response: Response, closure: F) {
        closure(response).report(Some(Self::NAME));
    }
}
