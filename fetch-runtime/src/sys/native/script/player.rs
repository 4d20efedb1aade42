//! What a script knows, while it is installed and until all is over that it has answered.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::{Duration, Instant};

use super::answers::Answers;
use super::faults::Faults;
use super::play::Play;
use super::{Cache, RecordedRequest, uncalled};
use crate::stats;
use crate::sys::backend::engine;
use crate::sys::backend::machine::event::Key;
use crate::sys::backend::machine::fetch::InFlight;

pub(super) struct State {
    /// Not after its guard was dropped.
    pub(super) is_installed: bool,
    pub(super) cache: Cache,
    pub(super) answers: Answers,
    /// How many handlers had not been called when it was installed.
    pub(super) uncalled: u64,
    pub(super) sent: Vec<RecordedRequest>,
    pub(super) plays: BTreeMap<Key, Play>,
    pub(super) faults: Faults,
    pub(super) now: Instant,
    /// How far the clock is to be moved on, when these fetches are held or over.
    pub(super) leap: Duration,
    pub(super) before_the_leap: BTreeSet<Key>,
    /// Turns in which nothing went on.
    pub(super) idle: u32,
}

thread_local! {
    static STATE: RefCell<Option<State>> = const { RefCell::new(None) };
    /// How far this thread's clock is ahead, after scripts that have moved it on: timers may be
    /// left that are due by it.
    static AHEAD: Cell<Duration> = const { Cell::new(Duration::ZERO) };
}

/// `None` without a script, and at the end of the thread.
pub(super) fn with<R>(access: impl FnOnce(&mut State) -> R) -> Option<R> {
    STATE.try_with(|state| state.borrow_mut().as_mut().map(access)).ok().flatten()
}

/// # Panics
/// As [`Script::install`](super::Script::install).
pub(super) fn install() {
    assert!(with(|state| state.is_installed) != Some(true), "this thread has a script");
    let is_idle = engine::with(|owner| owner.in_flight.is_empty());
    assert!(is_idle, "a script is installed before the first request, or when all are over");
    STATE.set(Some(State {
        is_installed: true,
        cache: Cache::Available,
        answers: Answers::default(),
        uncalled: uncalled::uncalled(&stats()),
        sent: Vec::new(),
        plays: BTreeMap::new(),
        faults: Faults::default(),
        now: Instant::now() + AHEAD.get(),
        leap: Duration::ZERO,
        before_the_leap: BTreeSet::new(),
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
    if engine::is_alive() {
        engine::with(|owner| forget(&owner.in_flight));
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
        let now = with(|state| state.now);
        AHEAD.set(now.map_or(Duration::ZERO, |now| now.saturating_duration_since(Instant::now())));
        STATE.set(None);
    }
}

/// Whether there is a script, or what is left of one.
pub(in super::super) fn is_on() -> bool {
    with(|_| ()).is_some()
}

/// The script's time; after it, this thread's own if that is ahead.
pub(in super::super) fn now() -> Option<Instant> {
    let ahead = AHEAD.get();
    with(|state| state.now).or_else(|| (!ahead.is_zero()).then(|| Instant::now() + ahead))
}

/// The time that counts for this fetch, or for what is asked for now. The clock may be about to be
/// moved on: that is over for what begins after the test has asked for it.
pub(in super::super) fn now_for(key: Option<Key>) -> Option<Instant> {
    with(|state| {
        let is_before = key.is_some_and(|key| state.before_the_leap.contains(&key));
        if is_before { state.now } else { state.now + state.leap }
    })
}
