//! Into C and back: starts fetches, and has the functions that C calls.

mod attr;
mod blocking;
mod completion;
pub(crate) mod from_c;
mod start;
mod trampoline;
