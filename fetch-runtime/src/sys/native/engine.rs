//! What the backend knows of one thread's fetches.

use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::ffi::{c_int, c_void};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use super::live::http;
use super::live::process;
use super::live::runtime::{Io, Transfer};
use super::live::store::{Store, Task};
use super::machine::event::{Cause, Event, Events, Key, Reporter};
use super::machine::exchange::Order;
use super::machine::fetch::{Fetch, InFlight};
use super::machine::handles::Handles;
use super::machine::step::{self, Call, Reaction, Step};
use super::machine::timers::{Alarm, Timers};
use super::script;
use super::settings;
use crate::sys::abi::DONE;

/// What JS keeps of a request.
#[derive(Default)]
pub(super) struct Xhr {
    pub(super) key: Key,
    pub(super) ready_state: u16,
    pub(super) status: u16,
    pub(super) status_text: String,
    pub(super) headers: String,
    /// 0 if unknown.
    pub(super) content_length: u64,
    /// Of a stream: how many bytes have come, and how many in the last chunk.
    pub(super) loaded: u64,
    pub(super) last_chunk: u64,
    /// Of a stream: whether an error has been reported.
    pub(super) is_broken: bool,
    /// `None` when it is over.
    pub(super) transfer: Option<Transfer>,
}

/// `XMLHttpRequest.send` has thrown.
pub(super) struct Thrown;

enum Cache {
    Unopened,
    Unavailable,
    Open(Store),
}

pub(super) struct Owner {
    pub(super) in_flight: HashMap<Key, InFlight>,
    pub(super) xhrs: Handles<Xhr>,
    pub(super) steps: VecDeque<Step>,
    timers: Timers,
    last_timer: c_int,
    sender: Events,
    receiver: Receiver<(Key, Event)>,
    last_key: Key,
    cache: Cache,
    io: Option<Arc<Io>>,
    /// The terminal callback that is due says that the cache has stored something.
    pub(super) has_stored: bool,
}

/// This thread's, until its end.
struct OfThread(Option<Owner>);

impl Drop for OfThread {
    fn drop(&mut self) {
        if process::is_forked() {
            // All of it is the parent's: its threads are not here, and may have held locks.
            std::mem::forget(self.0.take());
        }
    }
}

thread_local! {
    static OWNER: RefCell<OfThread> = RefCell::new(OfThread(Some(Owner::new())));
}

/// Gives access to this thread's state. No callback may run meanwhile, and [`is_alive`] must be
/// true.
pub(super) fn with<R>(access: impl FnOnce(&mut Owner) -> R) -> R {
    OWNER.with_borrow_mut(|owner| access(owner.0.as_mut().expect("taken only by drop")))
}

/// The time, or what a script says it is.
fn now() -> Instant {
    script::now().unwrap_or_else(Instant::now)
}

/// When what begins now begins, for this fetch if it is for one.
fn now_for(key: Option<Key>) -> Instant {
    script::now_for(key).unwrap_or_else(now)
}

/// False at the end of the thread, when its fetches in flight have been freed, and in a process
/// that was forked from theirs.
pub(crate) fn is_alive() -> bool {
    availability().is_ok()
}

/// Whether requests can be started, and why not.
pub(crate) fn availability() -> Result<(), &'static str> {
    if process::is_forked() {
        return Err(
            "this process was forked from one that had started requests, whose threads it does not have: \
                    start a program by `exec`, or fork before the first request",
        );
    }
    OWNER
        .try_with(|_| ())
        .map_err(|_| "the thread is ending, and the native backend with it: start requests before")
}

/// The cache is opened anew when it is needed again.
pub(super) fn forget_cache() {
    if is_alive() {
        // Dropped outside: it may have to finish something.
        drop(with(|owner| std::mem::replace(&mut owner.cache, Cache::Unopened)));
    }
}

impl Owner {
    fn new() -> Self {
        let (sender, receiver) = mpsc::channel();
        Self {
            in_flight: HashMap::new(),
            xhrs: Handles::new(),
            steps: VecDeque::new(),
            timers: Timers::default(),
            last_timer: 0,
            sender,
            receiver,
            last_key: 0,
            cache: Cache::Unopened,
            io: None,
            has_stored: false,
        }
    }

    pub(super) fn new_key(&mut self) -> Key {
        self.last_key += 1;
        self.last_key
    }

    #[cfg(fuzzing)]
    pub(super) fn latest_key(&self) -> Key {
        self.last_key
    }

    /// Starts a transfer, whose events will come. Without threads, that is a network error.
    ///
    /// # Errors
    /// If a script says that `send` throws.
    pub(super) fn send(&mut self, order: Order, fetch: &Fetch) -> Result<Option<Transfer>, Thrown> {
        let timeout = order
            .timeout
            .map(|timeout| self.timers.timeout(now_for(Some(fetch.key)) + timeout, fetch.key));
        if script::is_on() {
            let is_sent = script::send(order, fetch);
            return if is_sent { Ok(Some(Transfer::of_script(timeout))) } else { Err(Thrown) };
        }
        let lost = Event::Failed(Cause::new(
            "the thread of the transfer has panicked, or could not be started",
        ));
        let reporter = Reporter::new(fetch.key, self.sender.clone(), lost);
        if self.io.is_none() {
            process::claim();
            self.io = Io::shared().ok();
        }
        Ok(self
            .io
            .as_ref()
            .map(|io| io.spawn(timeout, |shared| http::transfer(order, shared, reporter))))
    }

    /// The cache, opened if it is not. Once it cannot be opened it stays unavailable, as upstream's
    /// does.
    pub(super) fn cache(&mut self) -> Option<&Store> {
        if let Cache::Unopened = self.cache {
            process::claim();
            let store = settings::cache_dir().and_then(|folder| Store::open(&folder).ok());
            self.cache = store.map_or(Cache::Unavailable, Cache::Open);
        }
        match &self.cache {
            Cache::Open(store) => Some(store),
            _ => None,
        }
    }

    /// Orders a task of the cache, whose end will come as an event.
    ///
    /// # Errors
    /// If there is no cache: with the task.
    pub(super) fn order(&mut self, task: Task, fetch: &Fetch) -> Result<(), Task> {
        if script::is_on() {
            return script::order(task, fetch);
        }
        let events = self.sender.clone();
        let Some(store) = self.cache() else { return Err(task) };
        store.order(task, fetch.cache_key(), fetch.key, events);
        Ok(())
    }

    /// `fetchFree`: frees an id and ends its request, be it that of another fetch; then forgets the
    /// fetch.
    pub(super) fn forget(&mut self, id: u32, key: Key) -> Option<InFlight> {
        let other = self.xhrs.free(id).filter(|xhr| xhr.key != key && xhr.ready_state < DONE);
        if let Some(other) = other {
            if let Some(unheard_of) = self.in_flight.remove(&other.key) {
                unheard_of.release();
                script::closes_another(other.key);
            }
        }
        self.in_flight.remove(&key)
    }

    /// Has `function` called after this time.
    pub(super) fn later(
        &mut self,
        delay: Duration,
        function: unsafe extern "C" fn(*mut c_void),
        argument: *mut c_void,
    ) -> c_int {
        self.last_timer = self.last_timer.checked_add(1).unwrap_or(1);
        let call = Call { id: self.last_timer, function, argument };
        if delay.is_zero() {
            self.steps.push_back(Step::Call(call));
        } else {
            self.timers.call(now_for(None) + delay, call);
        }
        self.last_timer
    }

    /// Also one that is due: a step before it may have ended what it is for.
    pub(super) fn clear(&mut self, timer: c_int) {
        self.timers.clear(timer);
        self.steps.retain(|step| !matches!(step, Step::Call(call) if call.id == timer));
    }

    /// Waits for an event, but not beyond the next timer.
    fn receive(&mut self) {
        // Never disconnected, as `sender` lives.
        let event = match self.timers.next() {
            Some(due) => self.receiver.recv_timeout(due.saturating_duration_since(now())).ok(),
            None => self.receiver.recv().ok(),
        };
        if let Some((key, event)) = event {
            step::append(&mut self.steps, key, event);
        }
    }

    /// Makes steps of the events that have come, and of the timers that are due.
    pub(super) fn take_events(&mut self) {
        for (key, event) in self.receiver.try_iter() {
            step::append(&mut self.steps, key, event);
        }
        script::turn(&self.in_flight, &mut self.steps);
        let now = now();
        while let Some(alarm) = self.timers.take(now) {
            match alarm {
                Alarm::Call(call) => self.steps.push_back(Step::Call(call)),
                Alarm::Timeout(key) => self.time_out(key),
            }
        }
    }

    /// A transfer that is over in time is so, however late this thread hears of it.
    fn time_out(&mut self, key: Key) {
        let is_end = |reaction: &Reaction| matches!(reaction, Reaction::Done | Reaction::Broken);
        let is_its_end = |step: &Step| matches!(step, Step::React(of, reaction) if *of == key && is_end(reaction));
        if !self.steps.iter().any(is_its_end) {
            script::timed_out(key);
            step::append(&mut self.steps, key, Event::TimedOut);
        }
    }

    /// The next step of one fetch, waiting for it. The others' stay where they are. `None` if it is
    /// over.
    pub(super) fn wait_for(&mut self, key: Key) -> Option<Step> {
        while self.in_flight.contains_key(&key) {
            let is_its = |step: &Step| matches!(step, Step::React(of, _) if *of == key);
            if let Some(next) = self.steps.iter().position(is_its) {
                return self.steps.remove(next);
            }
            if !script::is_on() {
                self.receive();
            } else if script::is_at_rest() {
                script::stuck(key);
            }
            self.take_events();
        }
        None
    }

    /// Waits until there are steps to do. `false` if there will be none, or not before a script
    /// lets go on.
    pub(super) fn wait(&mut self) -> bool {
        self.take_events();
        while self.steps.is_empty() {
            if self.in_flight.is_empty() && self.timers.next().is_none() {
                return false;
            }
            if script::is_on() {
                if script::is_at_rest() {
                    return false;
                }
                self.take_events();
                continue;
            }
            self.receive();
            self.take_events();
        }
        true
    }
}

/// At the end of the thread. What it leaves in flight is often a mistake.
#[cfg(debug_assertions)]
impl Drop for Owner {
    fn drop(&mut self) {
        super::uncalled::warn(&self.in_flight);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::backend::machine::buffer::Buffer;

    #[test]
    fn what_has_come_in_time_is_not_late_because_its_thread_is() {
        let mut owner = Owner::new();
        owner.sender.send((1, Event::Loaded { body: Buffer::new(), loaded: 0 })).unwrap();
        let _over = [1, 2].map(|key| owner.timers.timeout(Instant::now(), key));
        owner.take_events();
        let [
            Step::React(1, Reaction::Done),
            Step::React(1, Reaction::Load { .. }),
            Step::React(2, Reaction::Broken),
            Step::React(2, Reaction::Timeout),
        ] = Vec::from(std::mem::take(&mut owner.steps))[..]
        else {
            panic!("other steps")
        };
    }
}
