//! Sends a request with what `fetch!(… => path)` names, which the macro cannot know.
//!
//! A function with `#[fetch_handler]` is two things of one name: a function, and its marker, a type
//! that implements [`Handler`]. A function without the attribute, an associated function and a
//! variable are values alone. The generated code looks the name up twice, once in each namespace,
//! and takes [`Untyped`] where there is no type. What it has found chooses one of the methods
//! `kind` below, by the number of references that each of them is implemented for: the compiler
//! tries the one with most of them first.

use std::any::type_name;
use std::marker::PhantomData;

use crate::handler::{HandlerInput, HandlerOutput, NoContext};
use crate::{Error, Fetch, Handler, Request, Response, StartError};

/// Stands for the type of a name that is no type's.
pub struct Untyped;

/// Stands for the value of a name while its type is looked up: so something of that name is found
/// in any case.
pub fn something() {}

/// What a path names: a type `T`, or [`Untyped`], and a value.
pub struct Named<T: ?Sized, F>(PhantomData<T>, F);

/// The two things that a path has been found to name.
pub const fn named<T: ?Sized, F>(ty: PhantomData<T>, value: F) -> Named<T, F> {
    Named(ty, value)
}

/// A type that implements [`Handler`].
pub struct ByType<H>(PhantomData<H>);

/// A function or closure that takes an `I` and nothing else.
pub struct ByValue<I>(PhantomData<I>);

/// Any other value.
pub struct Other;

/// The first choice: a handler's type.
pub trait OfType<H> {
    /// The choice.
    fn kind(&self) -> ByType<H>;
}

impl<H: Handler, F> OfType<H> for &&&Named<H, F> {
    /// The choice.
    fn kind(&self) -> ByType<H> {
        ByType(PhantomData)
    }
}

/// The second. It comes before the third, so that the parameter of a closure without types is a
/// [`Response`].
pub trait TakesResponse {
    /// The choice.
    fn kind(&self) -> ByValue<Response>;
}

impl<T: ?Sized, F, R> TakesResponse for &&Named<T, F>
where
    F: FnOnce(Response) -> R,
{
    /// The choice.
    fn kind(&self) -> ByValue<Response> {
        ByValue(PhantomData)
    }
}

/// The third.
pub trait TakesResult {
    /// The choice.
    fn kind(&self) -> ByValue<Result<Response, Error>>;
}

impl<T: ?Sized, F, R> TakesResult for &Named<T, F>
where
    F: FnOnce(Result<Response, Error>) -> R,
{
    /// The choice.
    fn kind(&self) -> ByValue<Result<Response, Error>> {
        ByValue(PhantomData)
    }
}

impl<T: ?Sized, F> Named<T, F> {
    /// The last: it may be a function that takes a context as well.
    pub const fn kind(&self) -> Other {
        Other
    }
}

impl<H: Handler> ByType<H> {
    /// # Errors
    /// As [`Request::send`].
    pub fn send<F>(self, request: Request, _: Named<H, F>) -> Result<Fetch, StartError>
    where
        H: Handler<Context: NoContext>,
    {
        request.send::<H>()
    }

    /// # Errors
    /// As [`Request::send_with`].
    pub fn send_with<F>(
        self,
        request: Request,
        _: Named<H, F>,
        context: H::Context,
    ) -> Result<Fetch, StartError> {
        request.send_with::<H>(context)
    }
}

impl<I: HandlerInput + 'static> ByValue<I> {
    /// # Errors
    /// As [`Request::send_fn`].
    pub fn send<T, F, R>(self, request: Request, named: Named<T, F>) -> Result<Fetch, StartError>
    where
        T: ?Sized,
        F: FnOnce(I) -> R + 'static,
        R: HandlerOutput,
    {
        let Named(_, handler) = named;
        request
            .send_fn(move |response| handler(I::from_response(response)).report(type_name::<F>()))
    }

    /// Does not compile.
    ///
    /// # Errors
    /// None.
    pub fn send_with<T, F, C>(self, _: Request, _: Named<T, F>, _: C) -> Result<Fetch, StartError>
    where
        T: ?Sized,
        F: TakesContext,
    {
        unreachable!("no type implements `TakesContext`")
    }
}

impl Other {
    /// Does not compile.
    ///
    /// # Errors
    /// None.
    pub fn send<T, F>(self, _: Request, _: Named<T, F>) -> Result<Fetch, StartError>
    where
        T: ?Sized,
        F: IsHandler,
    {
        unreachable!("no type implements `IsHandler`")
    }

    /// # Errors
    /// As [`Request::send_fn`].
    pub fn send_with<T, F, I, C, R>(
        self,
        request: Request,
        named: Named<T, F>,
        context: C,
    ) -> Result<Fetch, StartError>
    where
        T: ?Sized,
        F: FnOnce(I, C) -> R + 'static,
        I: HandlerInput,
        C: 'static,
        R: HandlerOutput,
    {
        let Named(_, handler) = named;
        request.send_fn(move |response| {
            handler(I::from_response(response), context).report(type_name::<F>())
        })
    }
}

/// No type implements it: it has the compiler say what a handler is.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a fetch handler",
    label = "not a fetch handler",
    note = "a handler is a function with `#[fetch_handler]`, or any function or closure that takes \
            a `Response` or a `Result<Response, Error>`",
    note = "if its second parameter is a context, write `context: value => handler`"
)]
pub trait IsHandler {}

/// No type implements it: it has the compiler say that there is no room for a context.
#[diagnostic::on_unimplemented(
    message = "the handler `{Self}` takes no context",
    label = "it takes the response alone",
    note = "leave out `context`, or give the handler a second parameter"
)]
pub trait TakesContext {}
