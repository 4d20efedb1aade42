//! Stands in for `script` where that feature is off: there is never a script.

use std::collections::{HashMap, VecDeque};
use std::time::Instant;

use super::live::store::Task;
use super::machine::event::Key;
use super::machine::exchange::Order;
use super::machine::fetch::{Fetch, InFlight};
use super::machine::step::{Reaction, Step};
use super::settings::Base;

pub(super) const fn is_on() -> bool {
    false
}

pub(super) const fn base() -> Option<Base> {
    None
}

pub(super) const fn now() -> Option<Instant> {
    None
}

pub(super) const fn now_for(_: Option<Key>) -> Option<Instant> {
    None
}

pub(super) fn order(task: Task, _: &Fetch) -> Result<(), Task> {
    Err(task)
}

pub(super) fn send(_: Order, _: &Fetch) -> bool {
    true
}

pub(super) fn turn(_: &HashMap<Key, InFlight>, _: &mut VecDeque<Step>) {}

pub(super) fn timed_out(_: Key) {}

pub(super) fn stuck(_: Key) {}

pub(super) const fn is_at_rest() -> bool {
    false
}

pub(super) fn comes(_: Key, _: &Reaction) {}

pub(super) fn orphaned(_: Key, _: &Reaction) {}

pub(super) fn made(_: *const Fetch) {}

pub(super) fn freed(_: *const Fetch) {}

pub(super) const fn closes_twice(_: *const Fetch) -> bool {
    false
}

pub(super) const fn recalls(_: Key) -> bool {
    false
}

pub(super) fn closes_another(_: Key) {}

pub(super) fn check() {}
