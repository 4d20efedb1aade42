//! Runs callbacks: until nothing is in flight, or those that are due.

use std::cell::Cell;

use super::engine::{self, Owner};
use super::machine;
use super::script;

thread_local! {
    /// Whether a callback or a loop is running on this thread.
    static BUSY: Cell<bool> = const { Cell::new(false) };
}

/// While it lives, `run` and `poll` return at once.
struct Turn;

impl Turn {
    fn begin_loop() -> Option<Self> {
        if engine::is_alive() { Self::begin() } else { None }
    }

    fn begin() -> Option<Self> {
        // One that is made must be kept: its drop ends the turn.
        if BUSY.replace(true) { None } else { Some(Self) }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        BUSY.set(false);
    }
}

/// Handles events, waiting for them, until nothing is in flight or queued on this thread. Returns
/// at once inside a callback, and where the backend [is not there](engine::is_alive).
///
/// `after_each` is called after each step, that is after each callback. When it unwinds, the rest
/// goes on with the next call of `run` or `poll`.
pub(crate) fn run(mut after_each: impl FnMut()) {
    let Some(_turn) = Turn::begin_loop() else { return };
    while engine::with(Owner::wait) {
        do_steps(&mut after_each);
    }
}

/// Handles the events that have come, and no others. Otherwise it is as [`run`].
pub(crate) fn poll(mut after_each: impl FnMut()) {
    let Some(_turn) = Turn::begin_loop() else { return };
    engine::with(Owner::take_events);
    do_steps(&mut after_each);
}

/// Those that are there now: a step that a callback adds is for the next turn, or there might be no
/// end.
fn do_steps(after_each: &mut impl FnMut()) {
    let mut left = engine::with(|owner| owner.steps.len());
    while left > 0 {
        let Some(step) = engine::with(|owner| owner.steps.pop_front()) else { return };
        left -= 1;
        let is_first_half = step.is_first_half();
        machine::perform(step);
        if is_first_half && engine::with(|owner| !owner.steps.is_empty()) {
            // The program does not come in between, neither by a panic nor by the end of a turn.
            left = left.max(1);
            continue;
        }
        script::check();
        after_each();
    }
}

/// Makes a callback, which cannot run the loop.
pub(super) fn undisturbed(callback: impl FnOnce()) {
    let _turn = Turn::begin();
    callback();
}
