//! Plays answers: hands the machine the steps of each request, in place of workers and the cache's
//! thread.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use super::answers::{address, current_base, plain};
use super::faults::Faults;
use super::player::{State, forget, with};
use super::{Answer, Cache, RecordedRequest, Stage, recorded_request};
use crate::sys::backend::live::store::Task;
use crate::sys::backend::machine::event::{Event, Key};
use crate::sys::backend::machine::exchange::Order;
use crate::sys::backend::machine::fetch::{Fetch, InFlight};
use crate::sys::backend::machine::step::{self, Reaction, Step};
use crate::sys::backend::settings::Base;

/// A turn takes so long.
const TURN: Duration = Duration::from_millis(1);

/// After so many turns in which nothing went on, `run` returns: more than what is done again and
/// again waits for.
const REST: u32 = 10;

/// A request in flight.
pub(super) struct Play {
    name: String,
    answer: Answer,
    steps: VecDeque<Step>,
}

impl State {
    pub(super) fn release(&mut self) {
        self.plays.values_mut().for_each(Play::release);
        self.idle = 0;
    }

    /// Moves the clock on, as soon as all that is in flight now is held or over.
    pub(super) fn advance(&mut self, by: Duration) {
        self.leap += by;
        self.before_the_leap.extend(self.plays.keys());
        self.idle = 0;
    }

    /// Its name, and where it is held.
    pub(super) fn shown(&self, key: Key) -> String {
        let held_at = self.plays.get(&key).and_then(Play::held_at);
        self.name(key)
            + &held_at.map_or(String::new(), |moment| format!(" (held at Stage::{moment:?})"))
    }

    pub(super) fn name(&self, key: Key) -> String {
        self.plays.get(&key).map_or("a fetch", |play| &play.name).to_owned()
    }

    /// Has the play of a fetch begin, if it has not.
    fn play(&mut self, fetch: &Fetch, base: &Base, body: impl FnOnce() -> Vec<u8>) {
        self.plays.entry(fetch.key).or_insert_with(|| {
            let method = match plain(&fetch.attributes.method) {
                "" => "GET",
                method => method,
            };
            let url = fetch.url();
            let answer = self.answers.choose(method, &url, base).unwrap_or_else(|unexpected| {
                self.faults.found(&unexpected);
                Answer::network_error()
            });
            let name = format!("{method} {url}");
            self.sent.push(RecordedRequest {
                method: method.to_owned(),
                url,
                ..recorded_request::of(&fetch.attributes, body())
            });
            Play { name, answer, steps: VecDeque::new() }
        });
    }
}

impl Play {
    fn release(&mut self) {
        if let Some(moment) = self.steps.front().and_then(moment_before) {
            self.answer.holds.retain(|hold| *hold != moment);
        }
    }

    /// Whether nothing is left of it.
    pub(super) fn is_complete(&self) -> bool {
        self.steps.is_empty()
    }

    pub(super) fn hold_no_more(&mut self) {
        self.answer.holds.clear();
    }

    fn append(&mut self, key: Key, event: Event) {
        step::append(&mut self.steps, key, event);
    }

    fn is_held(&self) -> bool {
        self.held_at().is_some()
    }

    pub(super) fn held_at(&self) -> Option<Stage> {
        self.steps
            .front()
            .and_then(moment_before)
            .filter(|moment| self.answer.holds.contains(moment))
    }

    /// Ends it as a network error if it cannot be as the script says, which is told.
    fn refuse(&mut self, why: Option<&'static str>, faults: &mut Faults) {
        if let Some(why) = why {
            faults.found(&format!("{} {why}", self.name));
            self.answer = Answer::network_error();
        }
    }
}

fn moment_before(step: &Step) -> Option<Stage> {
    let Step::React(_, reaction) = step else { return None };
    match reaction {
        Reaction::Found(_) | Reaction::Missing => Some(Stage::Lookup),
        Reaction::HeadersReceived(_) => Some(Stage::Head),
        Reaction::Loading | Reaction::Chunk { .. } => Some(Stage::Chunk),
        Reaction::Done | Reaction::Broken => Some(Stage::Done),
        Reaction::Load { .. } | Reaction::Error(_) | Reaction::Timeout => Some(Stage::Load),
        Reaction::Stored { .. } | Reaction::Deleted(_) => Some(Stage::Store),
        Reaction::Progress(_) => None,
    }
}

/// Has the cache do `task`, whose end comes as a step.
///
/// # Errors
/// If it does not take the task.
pub(in super::super) fn order(task: Task, fetch: &Fetch) -> Result<(), Task> {
    let mut task = Some(task);
    let base = current_base();
    let taken = with(|state| {
        let cache = state.cache;
        let is_record = fetch.attributes.method.starts_with("EM_");
        state.play(fetch, &base, || match &task {
            Some(Task::Store(body)) => body.as_slice().to_vec(),
            _ => Vec::new(),
        });
        let Some(play) = state.plays.get_mut(&fetch.key).filter(|_| cache == Cache::Available)
        else {
            return;
        };
        if is_record {
            play.refuse(play.answer.no_record(), &mut state.faults);
        }
        let event = match task.take() {
            Some(Task::Load(_)) => play.answer.lookup(),
            Some(Task::Store(body)) => {
                let stored =
                    if is_record { play.answer.is_success() } else { play.answer.is_stored() };
                Event::Stored { body, stored }
            }
            Some(Task::Delete) => Event::Deleted(play.answer.is_success()),
            None => return,
        };
        play.append(fetch.key, event);
    });
    debug_assert!(taken.is_some(), "asked only where a script is on");
    task.map_or(Ok(()), Err)
}

/// Begins a transfer; `false` if `send` throws.
pub(in super::super) fn send(order: Order, fetch: &Fetch) -> bool {
    let url = address(order.target, &fetch.url());
    let has_body = order.wire.method != "HEAD";
    let base = current_base();
    with(|state| {
        state.play(fetch, &base, || order.wire.body.unwrap_or_default().into());
        let Some(play) = state.plays.get_mut(&fetch.key) else { return true };
        play.refuse(play.answer.no_transfer(order.timeout.is_some()), &mut state.faults);
        let Some(events) = play.answer.transfer(url, has_body, order.want) else { return false };
        for event in events {
            play.append(fetch.key, event);
        }
        true
    })
    .unwrap_or(true)
}

/// Appends what each request does in this turn.
pub(in super::super) fn turn(in_flight: &HashMap<Key, InFlight>, steps: &mut VecDeque<Step>) {
    forget(in_flight);
    with(|state| {
        state.now += TURN;
        state.idle += 1;
        for (key, play) in &mut state.plays {
            let before = steps.len();
            while !(play.is_held() && in_flight.contains_key(key)) {
                let Some(step) = play.steps.pop_front() else { break };
                let goes_on = step.is_first_half();
                steps.push_back(step);
                state.idle = 0;
                if !goes_on {
                    break;
                }
            }
            if steps.len() == before {
                state.before_the_leap.remove(key);
            }
        }
        leap(state);
    });
}

/// Moves the clock on as the test has asked, when nothing goes on any more that went on then.
fn leap(state: &mut State) {
    state.before_the_leap.retain(|key| state.plays.contains_key(key));
    if state.before_the_leap.is_empty() && !state.leap.is_zero() {
        state.now += std::mem::take(&mut state.leap);
        state.idle = 0;
    }
}

/// The time of a transfer is over: nothing more comes of it.
pub(in super::super) fn timed_out(key: Key) {
    with(|state| {
        if let Some(play) = state.plays.get_mut(&key) {
            play.steps.clear();
        }
        state.idle = 0;
    });
}

/// What the thread waits for is held: it goes on, and the fault is told.
pub(in super::super) fn stuck(key: Key) {
    with(|state| {
        if let Some(play) = state.plays.get_mut(&key) {
            play.hold_no_more();
            let what = format!(
                "{} is held, and its thread waits for it: nobody could release it",
                play.name
            );
            state.faults.found(&what);
        }
        state.idle = 0;
    });
}

/// Whether all that is in flight is held, and has been for a while.
pub(in super::super) fn is_at_rest() -> bool {
    with(|state| state.idle > REST) == Some(true)
}
