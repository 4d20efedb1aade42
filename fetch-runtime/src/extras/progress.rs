//! Reports how much of a body has arrived: [`Request::on_progress`].
#![allow(unsafe_code)]

#[cfg(emscripten_threads)]
use std::rc::Rc;

use crate::flight::InFlight;
use crate::request::{Extra, Slot, Slots};
#[cfg(emscripten_threads)]
use crate::request::{Recipe, Report};
use crate::sys::unwind::callback;
use crate::sys::{emscripten_fetch_attr_t, emscripten_fetch_t};
use crate::{Progress, Request, panic};

struct OnProgress<F>(F);

impl<F: FnMut(Progress)> Extra for OnProgress<F> {
    fn blocking_conflict(&self) -> Option<&'static str> {
        Some("`on_progress` cannot run while its thread is blocked: remove it")
    }

    fn set_callbacks(&self, attr: &mut emscripten_fetch_attr_t) {
        attr.onprogress = Some(callback(onprogress));
    }

    #[cfg(emscripten_threads)]
    fn recipes(&self, add: &mut dyn FnMut(Recipe)) {
        add((Slot::Progress, Box::new(reporting)));
    }

    fn progress(&mut self, progress: Progress) {
        panic::catch(|| (self.0)(progress));
    }
}

/// Stands for the function of the program on the thread that has the fetch. It is not generic: it
/// has itself a recipe.
#[cfg(emscripten_threads)]
fn reporting(report: &Report) -> Box<dyn Extra> {
    let report = Rc::clone(report);
    let on_progress: Box<dyn FnMut(Progress)> = Box::new(move |progress| report(progress));
    Box::new(OnProgress(on_progress))
}

impl Request {
    /// Calls `on_progress` as the body arrives: at most every 50 ms (of a stream, after each
    /// chunk), and when it is complete. It is dropped before the handler is called. A stored body
    /// arrives at once, without progress.
    pub fn on_progress(mut self, on_progress: impl FnMut(Progress) + 'static) -> Self {
        self.parts.require_download("on_progress");
        Slots::set(&mut self.extras, Slot::Progress, Box::new(OnProgress(on_progress)));
        self
    }

    /// Gives the request the handler's function, if it has none of its own.
    pub(crate) fn default_progress(&mut self, on_progress: fn(Progress)) {
        if !Slots::has(&mut self.extras, Slot::Progress) {
            Slots::set(&mut self.extras, Slot::Progress, Box::new(OnProgress(on_progress)));
        }
    }
}

/// # Safety
/// C calls it during a fetch that bridge/start.rs started.
pub(crate) unsafe extern "C-unwind" fn onprogress(fetch: *mut emscripten_fetch_t) {
    // SAFETY: the caller guarantees a live fetch; C does not touch it during its callback.
    let fetch = unsafe { &*fetch };
    // SAFETY: bridge/start.rs put it there; it is taken back in the terminal callback.
    let flight = unsafe { InFlight::borrow(fetch.userData) };
    flight.progress(Progress::new(fetch.dataOffset, fetch.totalBytes));
}
