//! Sends a request with the item that `fetch!(… => path)` names. The macro cannot know its kind.
//!
//! A function with `#[fetch_handler]` is two items of one name: a function, and its marker, a type
//! that implements [`Handler`]. A function without the attribute, an associated function and a
//! variable are values only. The generated code looks the name up in both namespaces; [`Untyped`]
//! stands in for a missing type. Both results together select one of the methods `kind` below.
//! Each is implemented for a different number of references, and the compiler tries the largest
//! number first.

use std::any::type_name;
use std::marker::PhantomData;

use crate::handler::{HandlerInput, HandlerOutput, NoContext};
use crate::{Error, Fetch, Handler, Request, Response, StartError};

/// The stand-in for a type, if the path names none.
pub struct Untyped;

/// The stand-in for a value while the type of that name is looked up. The name then resolves even
/// if it has no type.
pub fn something() {}

/// The items that a path names: a type `T`, or [`Untyped`], and a value.
pub struct Named<T: ?Sized, F>(PhantomData<T>, F);

/// Combines the two items that a path names.
pub const fn named<T: ?Sized, F>(ty: PhantomData<T>, value: F) -> Named<T, F> {
    Named(ty, value)
}

/// A type that implements [`Handler`].
pub struct ByType<H>(PhantomData<H>);

/// A function or closure whose only parameter is an `I`.
pub struct ByValue<I>(PhantomData<I>);

/// Any other value.
pub struct Other;

/// Tried first: the type of a handler.
pub trait OfType<H> {
    /// The kind of the path.
    fn kind(&self) -> ByType<H>;
}

impl<H: Handler, F> OfType<H> for &&&Named<H, F> {
    fn kind(&self) -> ByType<H> {
        ByType(PhantomData)
    }
}

/// Tried second. It precedes [`TakesResult`], so that the parameter of a closure without types is
/// a [`Response`].
pub trait TakesResponse {
    /// The kind of the path.
    fn kind(&self) -> ByValue<Response>;
}

impl<T: ?Sized, F, R> TakesResponse for &&Named<T, F>
where
    F: FnOnce(Response) -> R,
{
    fn kind(&self) -> ByValue<Response> {
        ByValue(PhantomData)
    }
}

/// Tried third.
pub trait TakesResult {
    /// The kind of the path.
    fn kind(&self) -> ByValue<Result<Response, Error>>;
}

impl<T: ?Sized, F, R> TakesResult for &Named<T, F>
where
    F: FnOnce(Result<Response, Error>) -> R,
{
    fn kind(&self) -> ByValue<Result<Response, Error>> {
        ByValue(PhantomData)
    }
}

impl<T: ?Sized, F> Named<T, F> {
    /// Tried last: perhaps a function that also takes a context.
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
        request.send_fn(move |response| {
            handler(I::from_response(response)).report(Some(type_name::<F>()))
        })
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
            handler(I::from_response(response), context).report(Some(type_name::<F>()))
        })
    }
}

/// No type implements this trait. Its bound makes the compiler explain what a handler is.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a fetch handler",
    label = "not a fetch handler",
    note = "a handler is a function with `#[fetch_handler]`, or any function or closure that takes \
            a `Response` or a `Result<Response, Error>`",
    note = "if its second parameter is a context, write `context: value => handler`"
)]
pub trait IsHandler {}

/// No type implements this trait. Its bound makes the compiler say that the handler takes no
/// context.
#[diagnostic::on_unimplemented(
    message = "the handler `{Self}` takes no context",
    label = "it takes the response alone",
    note = "remove `context`, or give the handler a second parameter"
)]
pub trait TakesContext {}
