//! Has the compiler say in words that a fetch stays on its thread.
#![allow(unsafe_code)]

use std::marker::PhantomData;

use crate::{AbortController, AbortSignal, Fetch};

/// Nothing implements it.
#[diagnostic::on_unimplemented(
    message = "`{T}` belongs to the thread that it was made on",
    label = "this is for another thread (`Send` or `Sync`), and `{T}` stays on its own",
    note = "keep the fetch and its `AbortController` on their thread, and tell that thread through a channel what to abort"
)]
trait MayLeave<T> {}

/// The lifetime keeps the compiler from looking at the bound before somebody needs it.
struct Here<'a>(PhantomData<&'a ()>);

macro_rules! stays {
    ($($type:ty),*) => {$(
        // SAFETY: it is not `Send`: nothing implements `MayLeave`, and nothing outside this file
        // can.
        unsafe impl Send for $type where for<'a> Here<'a>: MayLeave<$type> {}
        // SAFETY: nor is it `Sync`.
        unsafe impl Sync for $type where for<'a> Here<'a>: MayLeave<$type> {}
    )*};
}

stays!(Fetch, AbortController, AbortSignal);
