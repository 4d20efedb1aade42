//! A compile error that explains that a fetch stays on its thread.
#![allow(unsafe_code)]

use std::marker::PhantomData;

use crate::{AbortController, AbortSignal, Fetch};

/// No type implements this trait.
#[diagnostic::on_unimplemented(
    message = "`{T}` belongs to the thread that it was made on",
    label = "`{T}` is neither `Send` nor `Sync`",
    note = "keep the fetch and its `AbortController` on their thread, and ask that thread through \
            a channel to abort"
)]
trait SharedWithThreads<T> {}

/// The type of the bound. Its lifetime keeps the compiler from rejecting the bound itself, which is
/// never met.
struct Unmet<'a>(PhantomData<&'a ()>);

macro_rules! confined {
    ($($type:ty),*) => {$(
        // SAFETY: the type is not `Send`. No type implements `SharedWithThreads`, and no code
        // outside this file can implement it.
        unsafe impl Send for $type where for<'a> Unmet<'a>: SharedWithThreads<$type> {}
        // SAFETY: the type is not `Sync`, for the same reason.
        unsafe impl Sync for $type where for<'a> Unmet<'a>: SharedWithThreads<$type> {}
    )*};
}

confined!(Fetch, AbortController, AbortSignal);
