//! The engine: this thread's machine and driver.

use std::cell::RefCell;
use std::ffi::{c_int, c_void};
use std::ptr;
use std::time::Duration;

use super::driver::{Driver, Wait, unix_time};
use super::live::{Live, process};
use super::machine::Machine;
use super::machine::event::FetchId;
use super::machine::exchange::Exchange;
use super::machine::output::Refused;
use super::machine::task::Task;
use super::mailbox::Sender;
use super::replier::Replier;
use crate::sys::housekeeping::Work;

pub(super) struct Engine {
    pub(super) machine: Machine,
    /// Whether a callback or a loop is running.
    pub(super) is_running: bool,
    /// How many reasons, other than requests and timers, keep `run` waiting.
    pub(super) holds: usize,
    live: Live,
    substitute: Option<Substitute>,
}

/// A driver in the place of the live one.
struct Substitute {
    driver: Box<dyn Driver>,
    /// It stays only until everything that it has begun is over.
    is_leaving: bool,
}

/// The engine, until the end of its thread.
struct OfThread(Option<Engine>);

impl Drop for OfThread {
    fn drop(&mut self) {
        if process::is_forked() {
            // All of it belongs to the parent process. Its threads do not exist in this process,
            // and may have held locks.
            std::mem::forget(self.0.take());
        }
    }
}

thread_local! {
    static ENGINE: RefCell<OfThread> = RefCell::new(OfThread(Some(Engine::new())));
}

/// Gives access to this thread's engine. No callback may run meanwhile, and [`is_alive`] must be
/// true.
pub(super) fn with<R>(access: impl FnOnce(&mut Engine) -> R) -> R {
    ENGINE.with_borrow_mut(|engine| access(engine.0.as_mut().expect("taken only by drop")))
}

/// Whether the engine can be used. It cannot at the end of its thread, when its fetches in flight
/// have been freed, nor in a forked process.
pub(crate) fn is_alive() -> bool {
    availability().is_ok()
}

/// Whether requests can be started.
///
/// # Errors
/// If they cannot: with the reason.
pub(super) fn availability() -> Result<(), &'static str> {
    if process::is_forked() {
        return Err(
            "this process was forked from one that had started requests, whose threads it does \
             not have: start a program by `exec`, or fork before the first request",
        );
    }
    ENGINE
        .try_with(|_| ())
        .map_err(|_| "the thread is ending, and the native backend with it: start requests before")
}

impl Engine {
    fn new() -> Self {
        Self {
            machine: Machine::default(),
            is_running: false,
            holds: 0,
            live: Live::new(),
            substitute: None,
        }
    }

    fn driver(&mut self) -> (&mut dyn Driver, &mut Machine) {
        match &mut self.substitute {
            Some(substitute) => (&mut *substitute.driver, &mut self.machine),
            None => (&mut self.live, &mut self.machine),
        }
    }

    /// Carries out [`Output::Send`](super::machine::output::Output::Send).
    pub(super) fn send(&mut self, id: FetchId, exchange: Exchange) {
        let (driver, machine) = self.driver();
        // The timeout begins before the request is sent.
        let now = driver.start_time(Some(id));
        let Some(fetch) = machine.fetch(id) else { return };
        match driver.send(fetch, exchange) {
            Ok(()) => machine.sent(id, now),
            Err(thrown) => machine.refused(id, Refused::Request(thrown)),
        }
    }

    /// Carries out [`Output::Cache`](super::machine::output::Output::Cache).
    pub(super) fn cache(&mut self, id: FetchId, task: Task) {
        let (driver, machine) = self.driver();
        let Some(fetch) = machine.fetch(id) else { return };
        if let Err(task) = driver.cache(fetch, task) {
            machine.refused(id, Refused::Task(task));
        }
    }

    /// Replaces the text of an entry, as [`Driver::update_entry`].
    pub(super) fn update_entry(&mut self, key: String, old: String, new: Option<String>) {
        self.driver().0.update_entry(key, old, new);
    }

    /// Whether the live request of this handle has read parts since the last call.
    pub(super) fn has_read_parts(&self, handle: u32) -> bool {
        self.machine.fetch_of(handle).is_some_and(|id| self.live.has_read_parts(id))
    }

    /// The time in seconds since 1970, by the driver's clock.
    pub(super) fn unix_time(&mut self) -> u64 {
        unix_time(self.driver().0.now())
    }

    pub(super) fn cancel(&mut self, id: FetchId) {
        self.driver().0.cancel(id);
    }

    /// Queues the steps of the events that have come, and of the timers that are due. `false` if no
    /// more will come by themselves.
    pub(super) fn poll(&mut self, wait: Wait) -> bool {
        self.retire_substitute();
        let (driver, machine) = self.driver();
        let goes_on = driver.poll(wait, machine);
        machine.handle_timeout(driver.now());
        for function in self.live.mailbox().take_calls() {
            self.machine.set_timer(None, function, ptr::null_mut());
        }
        goes_on
    }

    /// The wait of the next poll. `None` if nothing is to come, or if the fetch that this thread is
    /// blocked on is over.
    pub(super) fn next_wait(&mut self, blocked_on: Option<FetchId>) -> Option<Wait> {
        let due = self.machine.poll_timeout();
        match blocked_on {
            Some(id) => Some(Wait::Blocked(id, due)).filter(|_| self.machine.is_in_flight(id)),
            None => Some(Wait::Event(due)).filter(|_| self.holds > 0 || !self.machine.is_idle()),
        }
    }

    /// Has `function` called after this time.
    pub(super) fn set_timer(
        &mut self,
        delay: Duration,
        function: unsafe extern "C" fn(*mut c_void),
        argument: *mut c_void,
    ) -> c_int {
        let (driver, machine) = self.driver();
        let due = (!delay.is_zero()).then(|| driver.start_time(None) + delay);
        machine.set_timer(due, function, argument)
    }

    /// The sending side of this thread's mailbox.
    pub(super) fn sender(&self) -> &Sender {
        self.live.mailbox().sender()
    }

    pub(super) fn is_scripted(&self) -> bool {
        self.substitute.is_some()
    }

    /// Has tasks that wait woken when there is more to do. Returns whether that is now.
    pub(super) fn set_alarm(&mut self) -> bool {
        // A script has a clock of its own, which advances by turns alone.
        let is_scripted = self.driver().0.advances_by_turns();
        match self.machine.poll_timeout() {
            _ if is_scripted || self.machine.queued() > 0 => return true,
            Some(due) => self.live.set_alarm(due),
            None => {}
        }
        false
    }

    /// Whether there is a cache on disk. Opens it.
    pub(super) fn has_cache(&mut self) -> bool {
        self.live.open_cache().is_some()
    }

    /// Has the thread of the cache work on records.
    pub(super) fn work_on_records(&mut self, work: Work, text: String, replier: Replier) {
        if let Some(store) = self.live.open_cache() {
            store.work_on_records(work, text, replier);
        }
    }

    /// Has the thread of the cache measure it.
    pub(super) fn measure_storage(&mut self, replier: Replier) {
        if let Some(store) = self.live.open_cache() {
            store.measure(replier);
        }
    }

    /// Closes the cache. It is opened again when it is next needed. The caller drops the old one,
    /// which may have tasks to finish.
    pub(super) fn close_cache(&mut self) -> impl Sized + use<> {
        self.live.close_cache()
    }

    fn retire_substitute(&mut self) {
        let Some(substitute) = &mut self.substitute else { return };
        if substitute.is_leaving && substitute.driver.is_over(&self.machine) {
            self.live.advance_to(substitute.driver.now());
            self.substitute = None;
            self.machine.set_audit(None);
        }
    }
}

#[cfg(feature = "script")]
impl Engine {
    /// The time, by the driver's clock.
    pub(super) fn now(&mut self) -> std::time::Instant {
        self.driver().0.now()
    }

    /// Whether there is a substitute that has not been told to leave.
    pub(super) fn has_substitute(&self) -> bool {
        self.substitute.as_ref().is_some_and(|substitute| !substitute.is_leaving)
    }

    /// Puts a driver into the place of the live one.
    pub(super) fn substitute(&mut self, driver: Box<dyn Driver>) {
        self.substitute = Some(Substitute { driver, is_leaving: false });
    }

    /// Has the substitute leave when everything that it has begun is over.
    pub(super) fn end_substitute(&mut self) {
        if let Some(substitute) = &mut self.substitute {
            substitute.is_leaving = true;
        }
        self.retire_substitute();
    }
}

/// Requests that are in flight when their thread ends are often a mistake.
#[cfg(debug_assertions)]
impl Drop for Engine {
    fn drop(&mut self) {
        super::uncalled::warn(&self.machine);
    }
}
