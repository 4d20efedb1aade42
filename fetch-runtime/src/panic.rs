//! Keeps panics from crossing C.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs user code that C has called. A panic ends here: the panic hook has printed it. On the web
/// the page goes on and hears of an uncaught error, as after an exception in a JS event handler;
/// natively `run` and `poll` resume the panic when C has returned.
pub(crate) fn catch(user_code: impl FnOnce()) {
    // Unwind safety: what user code broke by panicking is its own; ours is complete before it runs.
    if let Err(payload) = catch_unwind(AssertUnwindSafe(user_code)) {
        pending::keep(payload);
    }
}

/// Reports an error that a handler returned, as a panic is reported.
pub(crate) fn report(message: &str) {
    eprintln!("{message}");
    pending::keep(Box::new(message.to_owned()));
}

/// A payload's drop may panic as well, with another payload: that one is not dropped.
fn discard(payload: Box<dyn Any + Send>) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(move || drop(payload))) {
        std::mem::forget(payload);
    }
}

#[cfg(not(target_os = "emscripten"))]
pub(crate) use pending::resume;

#[cfg(not(target_os = "emscripten"))]
mod pending {
    use std::any::Any;
    use std::cell::Cell;
    use std::panic::resume_unwind;

    thread_local! {
        static FIRST: Cell<Option<Box<dyn Any + Send>>> = const { Cell::new(None) };
    }

    /// The first one counts, as with nested panics. None does at the end of the thread, when
    /// `FIRST` is gone.
    pub(super) fn keep(payload: Box<dyn Any + Send>) {
        let mut payload = Some(payload);
        let _ = FIRST.try_with(|first| {
            let kept = first.take().or_else(|| payload.take());
            first.set(kept);
        });
        if let Some(payload) = payload {
            super::discard(payload);
        }
    }

    /// Goes on with the panic that was kept, if there is one.
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

    pub(super) fn keep(payload: Box<dyn Any + Send>) {
        let text = if let Some(text) = payload.downcast_ref::<&'static str>() {
            text
        } else if let Some(text) = payload.downcast_ref::<String>() {
            text
        } else {
            "a value that is no text"
        };
        backend::report_error(text);
        super::discard(payload);
    }
}
