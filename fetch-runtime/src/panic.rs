//! Keeps panics from crossing C.

use std::any::Any;
use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// Runs user code that C has called, and catches its panic, which the panic hook has printed. On
/// the web, the program goes on and the page gets an `error` event, as after an exception in a JS
/// event handler. On the desktop, `run` and `poll` resume the panic after C has returned.
pub(crate) fn catch(user_code: impl FnOnce()) {
    // Unwind safety: a panic can break the user code's own state only. The crate's state is
    // consistent before user code runs.
    if let Err(payload) = catch_unwind(AssertUnwindSafe(user_code)) {
        pending::store(payload);
    }
}

/// Runs user code, and prints the name of its source if it panics. The panic goes on.
pub(crate) fn name<R>(source: &dyn Display, user_code: impl FnOnce() -> R) -> R {
    // Unwind safety: as for `catch`.
    catch_unwind(AssertUnwindSafe(user_code)).unwrap_or_else(|payload| {
        eprintln!("{source} panicked");
        resume_unwind(payload)
    })
}

/// Reports an error that a handler returned, in the way of a panic.
pub(crate) fn report(message: &str) {
    eprintln!("{message}");
    pending::store(Box::new(message.to_owned()));
}

/// Drops a payload. Its drop may panic with another payload, which is then leaked.
fn discard(payload: Box<dyn Any + Send>) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(move || drop(payload))) {
        std::mem::forget(payload);
    }
}

pub(crate) use pending::resume;

#[cfg(not(target_os = "emscripten"))]
mod pending {
    use std::any::Any;
    use std::cell::Cell;
    use std::panic::resume_unwind;

    thread_local! {
        static FIRST: Cell<Option<Box<dyn Any + Send>>> = const { Cell::new(None) };
    }

    /// Stores the payload, unless there is an earlier one. At the end of the thread, `FIRST` is
    /// gone and no payload is stored.
    pub(super) fn store(payload: Box<dyn Any + Send>) {
        let mut payload = Some(payload);
        let _ = FIRST.try_with(|first| {
            let earliest = first.take().or_else(|| payload.take());
            first.set(earliest);
        });
        if let Some(payload) = payload {
            super::discard(payload);
        }
    }

    /// Resumes the stored panic, if there is one.
    pub(crate) fn resume() {
        if let Some(payload) = FIRST.try_with(Cell::take).ok().flatten() {
            resume_unwind(payload);
        }
    }
}

#[cfg(target_os = "emscripten")]
mod pending {
    use std::any::Any;

    use crate::sys::backend;

    /// No panic is stored.
    pub(crate) fn resume() {}

    /// Reports the panic to the page at once.
    pub(super) fn store(payload: Box<dyn Any + Send>) {
        let text = if let Some(text) = payload.downcast_ref::<&'static str>() {
            text
        } else if let Some(text) = payload.downcast_ref::<String>() {
            text
        } else {
            "a panic without a message"
        };
        backend::report_error(text);
        super::discard(payload);
    }
}
