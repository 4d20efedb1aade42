//! What a synchronous fetch does otherwise: its thread waits in `emscripten_fetch`, where all of
//! its callbacks are made.
#![allow(unsafe_code)]

use std::cell::Cell;
use std::ffi::c_char;

use super::event::Key;
use super::fetch::{Attributes, Fetch};
use super::step::Reaction;
use crate::sys::Exception;
use crate::sys::abi::{Callback, emscripten_fetch_attr_t, emscripten_fetch_t};
use crate::sys::backend::engine;
use crate::sys::backend::machine::{self, end, receive, with_xhr};

/// What becomes of a synchronous fetch's timeout.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Timeout {
    /// As upstream does.
    Ignored,
    /// Inside [`start_synchronous`].
    Holds,
    Over,
}

thread_local! {
    static TIMEOUT: Cell<Timeout> = const { Cell::new(Timeout::Ignored) };
}

/// Starts a synchronous fetch with a timeout, which upstream ignores, and answers whether its time
/// was over.
///
/// # Errors
/// None: no JavaScript throws here.
///
/// # Safety
/// As for [`emscripten_fetch`](crate::sys::backend::emscripten_fetch).
pub(crate) unsafe fn start_synchronous(
    attr: *mut emscripten_fetch_attr_t,
    url: *const c_char,
) -> Result<(*mut emscripten_fetch_t, bool), Exception> {
    // Nobody calls this inside itself: the only callbacks made meanwhile are its own, which run no
    // user code.
    TIMEOUT.set(Timeout::Holds);
    // SAFETY: the caller's guarantee is the same.
    let fetch = unsafe { crate::sys::backend::emscripten_fetch(attr, url) };
    Ok((fetch, TIMEOUT.replace(Timeout::Ignored) == Timeout::Over))
}

pub(crate) fn ignores_timeout(attributes: &Attributes) -> bool {
    attributes.is_synchronous() && TIMEOUT.get() == Timeout::Ignored
}

/// Goes on with one fetch until it is over. All others wait, as in a browser whose thread does.
pub(crate) fn wait_for(key: Key) {
    while let Some(step) = engine::with(|owner| owner.wait_for(key)) {
        machine::perform(step);
    }
}

/// The callback that is due; or the reaction, if it is the same as ever.
pub(crate) fn react(fetch: &mut Fetch, reaction: Reaction) -> Result<Option<Callback>, Reaction> {
    Ok(match reaction {
        // Nothing is told before the end.
        Reaction::HeadersReceived(head) => {
            with_xhr(fetch, |fetch, xhr| receive(fetch, xhr, head));
            None
        }
        Reaction::Loading | Reaction::Progress(_) => None,
        // Nothing is told here either, but its clock stops.
        Reaction::Broken => {
            with_xhr(fetch, |_, xhr| xhr.transfer = None);
            None
        }
        // `send` throws, and nothing is written.
        Reaction::Error(_) => end(fetch, false),
        Reaction::Timeout => {
            TIMEOUT.set(Timeout::Over);
            end(fetch, false)
        }
        as_ever => return Err(as_ever),
    })
}
