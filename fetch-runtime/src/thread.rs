//! Compile errors that explain that a fetch stays on its thread.
#![allow(unsafe_code)]

use std::marker::PhantomData;

use crate::{
    AbortController, AbortHandle, AbortSignal, Fetch, Request, ResponseFuture, ResponseStream,
    Sleep, StreamFuture,
};

/// No type implements this trait.
#[diagnostic::on_unimplemented(
    message = "`{T}` belongs to the thread that it was made on",
    label = "`{T}` is neither `Send` nor `Sync`",
    note = "keep fetches, tasks and their `AbortController` on their thread, and ask that thread \
            through a channel to abort"
)]
trait AbortedOnOtherThreads<T> {}

/// No type implements this trait.
#[diagnostic::on_unimplemented(
    message = "`{T}` belongs to the thread that it was made on",
    label = "`{T}` is neither `Send` nor `Sync`",
    note = "a fetch is made and awaited on one thread: run its future there, by \
            `fetch_runtime::spawn_local` or by a local executor, such as tokio's `LocalSet`"
)]
trait AwaitedOnOtherThreads<T> {}

/// The type of the bound. Its lifetime keeps the compiler from rejecting the bound itself, which is
/// never met.
pub(crate) struct Unmet<'a>(PhantomData<&'a ()>);

macro_rules! confined {
    ($explanation:ident: $($type:ty),*) => {$(
        // SAFETY: the type is not `Send`. No type implements the trait of the bound, and no code
        // outside this file can implement it.
        unsafe impl Send for $type where for<'a> Unmet<'a>: $explanation<$type> {}
        // SAFETY: the type is not `Sync`, for the same reason.
        unsafe impl Sync for $type where for<'a> Unmet<'a>: $explanation<$type> {}
    )*};
}

confined!(AbortedOnOtherThreads: Fetch, AbortController, AbortSignal, AbortHandle);
confined!(
    AwaitedOnOtherThreads: Request,
    ResponseFuture,
    ResponseStream,
    Sleep,
    StreamFuture
);
