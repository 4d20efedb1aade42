//! What a synchronous fetch does otherwise: its thread waits in `emscripten_fetch`, where all of its callbacks are made.
#![allow(unsafe_code)]

use std::cell::Cell;
use std::ffi::c_char;

use super::events::Key;
use super::fetch::{Attributes, Fetch};
use super::machine::{self, end, receive, with_xhr};
use super::owner;
use super::steps::Reaction;
use crate::sys::abi::{Callback, emscripten_fetch_attr_t, emscripten_fetch_t};

thread_local! {
    /// Inside [`emscripten_fetch_synchronous`]: whether the time is over.
    static TIMED_OUT: Cell<Option<bool>> = const { Cell::new(None) };
}

/// Starts a synchronous fetch with a timeout, which upstream ignores, and answers whether its time was over.
///
/// # Safety
/// As for [`emscripten_fetch`](super::emscripten_fetch).
pub(crate) unsafe fn emscripten_fetch_synchronous(
    attr: *mut emscripten_fetch_attr_t,
    url: *const c_char,
) -> (*mut emscripten_fetch_t, bool) {
    // It can be called inside itself by nobody: no callback is made before the end.
    TIMED_OUT.set(Some(false));
    // SAFETY: the caller's guarantee is the same.
    let fetch = unsafe { super::emscripten_fetch(attr, url) };
    (fetch, TIMED_OUT.take() == Some(true))
}

pub(super) fn ignores_timeout(attributes: &Attributes) -> bool {
    attributes.is_synchronous() && TIMED_OUT.get().is_none()
}

/// Goes on with one fetch until it is over. All others wait, as in a browser whose thread does.
pub(super) fn wait_for(key: Key) {
    while let Some(step) = owner::with(|owner| owner.wait_for(key)) {
        machine::perform(step);
    }
}

/// The callback that is due; or the reaction, if it is the same as ever.
pub(super) fn react(fetch: &mut Fetch, reaction: Reaction) -> Result<Option<Callback>, Reaction> {
    Ok(match reaction {
        // Nothing is told before the end.
        Reaction::HeadersReceived(head) => {
            with_xhr(fetch, |fetch, xhr| receive(fetch, xhr, head));
            None
        }
        Reaction::Loading | Reaction::Progress(_) | Reaction::Broken => None,
        // `send` throws, and nothing is written.
        Reaction::Error => end(fetch, false),
        Reaction::Timeout => {
            TIMED_OUT.set(TIMED_OUT.get().map(|_| true));
            end(fetch, false)
        }
        as_ever => return Err(as_ever),
    })
}
