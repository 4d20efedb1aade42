//! The bridge to C, in both directions: starts, trampolines, completion.

mod attr;
mod blocking;
mod completion;
pub(crate) mod from_c;
pub(crate) mod start;
#[cfg(target_os = "emscripten")]
mod suspended;
mod trampoline;
