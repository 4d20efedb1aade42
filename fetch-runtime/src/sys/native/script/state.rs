//! What a script knows, while it is installed and until all is over that it has answered.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::time::Instant;

use super::super::events::Key;
use super::super::fetch::InFlight;
use super::super::owner;
use super::answers::Answers;
use super::faults::Faults;
use super::play::Play;
use super::{Cache, Sent};

pub(super) struct State {
    /// Not after its guard was dropped.
    pub(super) is_installed: bool,
    pub(super) cache: Cache,
    pub(super) answers: Answers,
    pub(super) sent: Vec<Sent>,
    pub(super) plays: BTreeMap<Key, Play>,
    pub(super) faults: Faults,
    pub(super) now: Instant,
    /// Turns in which nothing went on.
    pub(super) idle: u32,
}

thread_local! {
    static STATE: RefCell<Option<State>> = const { RefCell::new(None) };
}

/// `None` without a script, and at the end of the thread.
pub(super) fn with<R>(access: impl FnOnce(&mut State) -> R) -> Option<R> {
    STATE.try_with(|state| state.borrow_mut().as_mut().map(access)).ok().flatten()
}

/// # Panics
/// As [`Script::install`](super::Script::install).
pub(super) fn install() {
    assert!(with(|state| state.is_installed) != Some(true), "this thread has a script");
    let is_idle = owner::with(|owner| owner.in_flight.is_empty());
    assert!(is_idle, "a script is installed before the first request, or when all are over");
    STATE.set(Some(State {
        is_installed: true,
        cache: Cache::Available,
        answers: Answers::default(),
        sent: Vec::new(),
        plays: BTreeMap::new(),
        faults: Faults::default(),
        now: Instant::now(),
        idle: 0,
    }));
}

/// Answers with the faults that nobody has been told of.
pub(super) fn uninstall() -> Vec<String> {
    let faults = with(|state| {
        state.is_installed = false;
        state.plays.values_mut().for_each(Play::hold_no_more);
        state.faults.take()
    });
    if owner::is_alive() {
        owner::with(|owner| forget(&owner.in_flight));
    }
    faults.unwrap_or_default()
}

/// Forgets what is over; without its guard, and with nothing left to be played, the script itself.
pub(super) fn forget(in_flight: &HashMap<Key, InFlight>) {
    let is_over = with(|state| {
        state.plays.retain(|key, play| in_flight.contains_key(key) || !play.is_complete());
        !state.is_installed && state.plays.is_empty()
    });
    if is_over == Some(true) {
        STATE.set(None);
    }
}

/// Whether there is a script, or what is left of one.
pub(in super::super) fn is_on() -> bool {
    with(|_| ()).is_some()
}

/// The script's time.
pub(in super::super) fn now() -> Option<Instant> {
    with(|state| state.now)
}
