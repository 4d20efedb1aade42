//! The script's driver: plays answers in place of the network and the cache, by a clock of its own.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::{Duration, Instant};

use super::answer::Answer;
use super::answers::{Answers, current_base, without_em_prefix};
use super::cache::Cache;
use super::play::Play;
use super::recorded_request::{self, RecordedRequest};
use crate::sys::native::driver::{Driver, Wait, unix_time};
use crate::sys::native::machine::Machine;
use crate::sys::native::machine::buffer::Buffer;
use crate::sys::native::machine::event::{Event, FetchId};
use crate::sys::native::machine::exchange::Exchange;
use crate::sys::native::machine::fetch::Fetch;
use crate::sys::native::machine::output::Thrown;
use crate::sys::native::machine::task::Task;
use crate::sys::native::target::{self, Base};

/// How long a turn takes.
const TURN: Duration = Duration::from_millis(1);

/// `run` returns after this many idle turns.
const REST: u32 = 10;

/// The state that a script and its driver share.
pub(super) struct State {
    pub(super) cache: Cache,
    pub(super) answers: Answers,
    pub(super) sent: Vec<RecordedRequest>,
    plays: BTreeMap<FetchId, Play>,
    /// Mistakes in the script, until the audit reports them.
    mistakes: Vec<String>,
    now: Instant,
    /// How far the clock is to be advanced, when these fetches are held or over.
    leap: Duration,
    before_the_leap: BTreeSet<FetchId>,
    /// Turns without progress.
    idle: u32,
}

impl State {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            cache: Cache::Available,
            answers: Answers::default(),
            sent: Vec::new(),
            plays: BTreeMap::new(),
            mistakes: Vec::new(),
            now,
            leap: Duration::ZERO,
            before_the_leap: BTreeSet::new(),
            idle: 0,
        }
    }

    pub(super) fn release(&mut self) {
        self.plays.values_mut().for_each(Play::release);
        self.idle = 0;
    }

    /// Advances the clock, as soon as everything that is in flight now is held or over.
    pub(super) fn advance(&mut self, by: Duration) {
        self.leap += by;
        self.before_the_leap.extend(self.plays.keys());
        self.idle = 0;
    }

    /// Nothing is held any more.
    pub(super) fn stop_holding(&mut self) {
        self.plays.values_mut().for_each(Play::stop_holding);
    }

    pub(super) fn take_mistakes(&mut self) -> Vec<String> {
        std::mem::take(&mut self.mistakes)
    }

    /// The name of a fetch, and the stage at which it is held.
    pub(super) fn describe(&self, id: FetchId) -> String {
        let Some(play) = self.plays.get(&id) else { return "a fetch".to_owned() };
        match play.held_at() {
            Some(stage) => format!("{} (held at Stage::{stage:?})", play.name),
            None => play.name.clone(),
        }
    }

    /// Begins the play of a fetch, unless it has begun.
    fn begin(&mut self, fetch: &Fetch, base: &Base, body: impl FnOnce() -> Vec<u8>) {
        self.plays.entry(fetch.id).or_insert_with(|| {
            let method = match without_em_prefix(&fetch.attributes.method) {
                "" => "GET",
                method => method,
            };
            let url = fetch.url();
            let answer = self.answers.choose(method, &url, base).unwrap_or_else(|unexpected| {
                self.mistakes.push(unexpected);
                Answer::network_error()
            });
            self.sent.push(RecordedRequest {
                method: method.to_owned(),
                url,
                ..recorded_request::of(&fetch.attributes, body())
            });
            Play::new(fetch.name(), answer, self.sent.len() - 1)
        });
    }

    fn turn(&mut self, machine: &mut Machine) {
        self.now += TURN;
        self.idle += 1;
        for (id, play) in &mut self.plays {
            let steps = play.next_steps(machine.is_in_flight(*id));
            if steps.is_empty() {
                self.before_the_leap.remove(id);
            } else {
                self.idle = 0;
            }
            steps.into_iter().for_each(|step| machine.push_step(step));
        }
        self.leap();
    }

    /// Advances the clock as the test has asked, when everything that was in progress then has
    /// stopped.
    fn leap(&mut self) {
        self.before_the_leap.retain(|id| self.plays.contains_key(id));
        if self.before_the_leap.is_empty() && !self.leap.is_zero() {
            self.now += std::mem::take(&mut self.leap);
            self.idle = 0;
        }
    }

    /// Forgets plays that are over.
    fn forget(&mut self, machine: &Machine) {
        self.plays.retain(|id, play| machine.is_in_flight(*id) || !play.is_complete());
    }

    /// Releases a held request on which its thread is blocked. The hold is a mistake in the script.
    fn on_deadlock(&mut self, id: FetchId) {
        if let Some(play) = self.plays.get_mut(&id) {
            play.stop_holding();
            self.mistakes.push(format!(
                "{} is held while its thread is blocked on it, so nothing could release it",
                play.name
            ));
        }
        self.idle = 0;
    }
}

/// Plays the answers of a script.
pub(super) struct ScriptDriver(pub(super) Rc<RefCell<State>>);

impl Driver for ScriptDriver {
    fn send(&mut self, fetch: &Fetch, exchange: Exchange) -> Result<(), Thrown> {
        let base = current_base();
        let url = target::absolute(&exchange.url, Some(&base));
        let url = url.unwrap_or_else(|| exchange.url.clone());
        let has_body = exchange.method != "HEAD";
        let upload = exchange.body.as_ref().filter(|_| exchange.reports_upload);
        let upload = upload.map(|body| body.len() as u64);
        let state = &mut *self.0.borrow_mut();
        state.begin(fetch, &base, || exchange.body.unwrap_or_default());
        let Some(play) = state.plays.get_mut(&fetch.id) else { return Ok(()) };
        state.sent[play.recorded].headers.clone_from(&fetch.attributes.headers);
        let mistake = play.answer.no_transfer(exchange.timeout.is_some());
        state.mistakes.extend(mistake.map(|mistake| play.refuse(mistake)));
        let events = play.answer.transfer(url, upload, has_body, exchange.body_mode);
        for event in events.ok_or(Thrown::Send)? {
            play.append(fetch.id, event);
        }
        Ok(())
    }

    fn cache(&mut self, fetch: &Fetch, task: Task) -> Result<(), Task> {
        let base = current_base();
        let is_record = fetch.attributes.method.starts_with("EM_");
        let state = &mut *self.0.borrow_mut();
        state.begin(fetch, &base, || match &task {
            Task::Store(body) | Task::StoreEntry(body, _) => body.as_slice().to_vec(),
            _ => Vec::new(),
        });
        let Some(play) = state.plays.get_mut(&fetch.id) else { return Err(task) };
        if state.cache != Cache::Available {
            return Err(task);
        }
        if is_record {
            let mistake = play.answer.no_record();
            state.mistakes.extend(mistake.map(|mistake| play.refuse(mistake)));
        }
        let is_accepted = |body: &Buffer| {
            let accepts = fetch.attributes.accepts.as_ref();
            body.is_lost() || accepts.is_none_or(|accepts| accepts(body.as_slice()))
        };
        let event = match task {
            Task::Load(_) => match play.answer.lookup() {
                Event::Found(body) if !is_accepted(&body) => Event::Missing,
                event => event,
            },
            Task::LoadEntry => match play.answer.lookup_entry(unix_time(state.now)) {
                Event::FoundEntry(entry) if !is_accepted(&entry.body) => Event::Missing,
                event => event,
            },
            Task::Store(body) | Task::StoreEntry(body, _) => {
                let stored = is_accepted(&body)
                    && if is_record { play.answer.is_success() } else { play.answer.is_stored() };
                Event::Stored { body, stored }
            }
            Task::Delete => Event::Deleted(play.answer.is_success()),
        };
        play.append(fetch.id, event);
        Ok(())
    }

    fn cancel(&mut self, id: FetchId) {
        let state = &mut *self.0.borrow_mut();
        if let Some(play) = state.plays.get_mut(&id) {
            play.cancel();
        }
        state.idle = 0;
    }

    fn now(&self) -> Instant {
        self.0.borrow().now
    }

    /// If the test has asked to advance the clock, a fetch that begins after that starts at the
    /// advanced time.
    fn start_time(&self, id: Option<FetchId>) -> Instant {
        let state = self.0.borrow();
        let is_before = id.is_some_and(|id| state.before_the_leap.contains(&id));
        if is_before { state.now } else { state.now + state.leap }
    }

    fn poll(&mut self, wait: Wait, machine: &mut Machine) -> bool {
        let state = &mut *self.0.borrow_mut();
        let is_at_rest = state.idle > REST;
        match wait {
            Wait::Event(_) if is_at_rest => return false,
            Wait::Blocked(id, _) if is_at_rest => state.on_deadlock(id),
            _ => {}
        }
        state.forget(machine);
        state.turn(machine);
        if let Some(audit) = machine.audit() {
            state.take_mistakes().iter().for_each(|mistake| audit.report(mistake));
        }
        true
    }

    fn advances_by_turns(&self) -> bool {
        self.0.borrow().idle <= REST
    }

    fn is_over(&mut self, machine: &Machine) -> bool {
        let state = &mut *self.0.borrow_mut();
        state.forget(machine);
        state.plays.is_empty()
    }
}
