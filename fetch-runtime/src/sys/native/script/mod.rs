//! Scripted answers: tests without a network, a disk or threads, which are never flaky.
//!
//! While a [`Script`] is installed, it alone answers the requests of its thread. The answers pass
//! through the state machine that real transfers and the real cache use, callback for callback and
//! field for field as Emscripten does it. So a test can give a handler endings that are hard to
//! provoke: a timeout, a full disk, a broken connection, no memory.
//!
//! ```
//! use fetch_runtime::native::script::{Answer, Script};
//! use fetch_runtime::{Outcome, Response, fetch, fetch_handler};
//! use std::{cell::Cell, rc::Rc, time::Duration};
//!
//! #[fetch_handler]
//! fn loaded(response: Response, best: Rc<Cell<Option<u32>>>) {
//!     best.set(match response.outcome() {
//!         Outcome::Success => response.text().parse().ok(),
//!         _ => None,
//!     });
//! }
//!
//! let script = Script::install();
//! script.answer("GET", "/score", Answer::new(200).body("7"));
//! script.answer("GET", "/score", Answer::timeout()); // the second time, and from then on
//!
//! let best = Rc::new(Cell::new(None));
//! fetch!(GET "/score", context: Rc::clone(&best) => loaded)?;
//! fetch_runtime::run();
//! assert_eq!(best.get(), Some(7));
//!
//! let timeout = Duration::from_secs(10); // which the test does not wait for
//! let same_url = "https://example.com/score";
//! fetch!(GET same_url, timeout: timeout, context: Rc::clone(&best) => loaded)?;
//! fetch_runtime::run();
//! assert_eq!(best.get(), None);
//! # Ok::<(), fetch_runtime::StartError>(())
//! ```
//!
//! Each call of [`poll`](crate::poll()) is a turn: one event of each request that is in flight, in
//! the order in which they were started. A request can be [held](Answer::hold) at a [`Stage`], so
//! that a test can look around, or abort it there.
//!
//! A script has a clock of its own, which decides about the [timeouts](crate::Request::timeout) of
//! its requests. Each turn advances it by 1 ms; it stops after ten turns without progress, and then
//! [`run`](crate::run()) returns. [`Script::advance`] advances it further, so no test waits for a
//! deadline.
//!
//! Requests must be over before their script is dropped: if the handler of one of them has not been
//! called, the drop panics and names the request. A handler's assertions count only when
//! [`run`](crate::run()) or [`poll`](crate::poll()) calls it.
//!
//! Undefined behaviour and endless recursion, as upstream has them, are not performed but reported:
//! `run` and `poll` panic. So hand-written code on [`sys`](crate::sys) can be tested, too: a script
//! finds a fetch that is closed twice, or before JS has finished with it, or with the handle of
//! another one, or in a way that calls its `onerror` again.

mod answer;
mod answers;
mod cache;
mod driver;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod hostile;
mod play;
mod recorded_request;
mod uncalled;

use std::cell::RefCell;
use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::rc::Rc;
use std::time::Duration;

pub use answer::{Answer, Stage};
pub use cache::Cache;
pub use recorded_request::RecordedRequest;

use answers::{current_base, default_base};
use driver::{ScriptDriver, State};

use super::machine::audit::Audit;
use super::{engine, settings};
use crate::stats;

/// The most that the clock is advanced at a time: a hundred years.
const LONGEST: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

/// Answers the requests of this thread, until it is dropped.
///
/// A relative URL needs no base: without one, it is relative to `https://example.com/`.
///
/// # Panics
/// When it is dropped, unless its thread is panicking:
/// - with the faults that `run` and `poll` have not reported yet;
/// - if handlers have not been called, because a request is [held](Answer::hold), or was aborted
///   without a call of [`run`](crate::run()) after that. [`release`](Self::release) it, or
///   [`abort`](crate::Fetch::abort) it, and call `run` before. The requests are not lost: the next
///   `run` goes on with them, and nothing holds them any more.
///
/// ```should_panic
/// use fetch_runtime::native::script::{Answer, Script};
/// use fetch_runtime::fetch;
///
/// let script = Script::install();
/// script.answer("GET", "/score", Answer::new(200).body("7"));
/// fetch!(GET "/score" => |response| assert_eq!(response.text(), "8")).unwrap();
/// // `fetch_runtime::run()` is missing: without this panic, the test would pass.
/// ```
pub struct Script {
    state: Rc<RefCell<State>>,
    /// How many handlers had not been called when it was installed.
    uncalled_before: u64,
}

// No method leaves the state half changed when it panics.
impl UnwindSafe for Script {}
impl RefUnwindSafe for Script {}

impl fmt::Debug for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Script").finish_non_exhaustive()
    }
}

impl Script {
    /// Installs a script without an answer.
    ///
    /// # Panics
    /// If this thread has one, or if a request is in flight.
    #[must_use = "the script ends when this is dropped"]
    pub fn install() -> Self {
        let state = engine::with(|engine| {
            assert!(!engine.has_substitute(), "this thread has a script");
            assert!(
                engine.machine.in_flight().is_empty(),
                "a script is installed before the first request, or when all are over"
            );
            let state = Rc::new(RefCell::new(State::new(engine.now())));
            engine.substitute(Box::new(ScriptDriver(Rc::clone(&state))));
            engine.machine.set_audit(Some(Audit::default()));
            state
        });
        settings::set_fallback_base(Some(default_base()));
        Self { state, uncalled_before: uncalled::uncalled(&stats()) }
    }

    /// Answers requests of this method and URL; `IDB_STORE` and `IDB_DELETE` are methods, too, and
    /// their keys are URLs.
    ///
    /// Answers to the same request are given in turn, each once, and the last one to all requests
    /// that follow. A request without an answer ends as a network error (a request for the cache
    /// alone as a failure of the cache), and [`run`](crate::run()) or [`poll`](crate::poll())
    /// panics and names it.
    pub fn answer(&self, method: &str, url: &str, answer: Answer) -> &Self {
        let base = current_base();
        self.state.borrow_mut().answers.add(method, url, answer, &base);
        self
    }

    /// Sets the cache that requests find, from now on.
    ///
    /// ```
    /// use fetch_runtime::native::script::{Answer, Cache, Script};
    /// use fetch_runtime::{Outcome, fetch};
    ///
    /// let script = Script::install();
    /// script.answer("IDB_DELETE", "save/1", Answer::new(200)).cache(Cache::Unavailable);
    /// fetch!(IDB_DELETE "save/1" => |response| {
    ///     assert_eq!(response.outcome(), Outcome::CacheUnavailable);
    /// })?;
    /// fetch_runtime::run();
    /// # Ok::<(), fetch_runtime::StartError>(())
    /// ```
    pub fn cache(&self, cache: Cache) -> &Self {
        self.state.borrow_mut().cache = cache;
        self
    }

    /// Lets all requests go on that are held at this moment.
    ///
    /// ```
    /// use fetch_runtime::native::script::{Answer, Stage, Script};
    /// use fetch_runtime::fetch;
    ///
    /// let script = Script::install();
    /// script.answer("GET", "/level/1", Answer::new(200).hold(Stage::Head));
    /// let request = fetch!(GET "/level/1" => |response| assert!(response.is_success()))?;
    /// fetch_runtime::run();
    /// assert!(!request.is_finished()); // "loading …"
    /// script.release();
    /// fetch_runtime::run();
    /// assert!(request.is_finished());
    /// # Ok::<(), fetch_runtime::StartError>(())
    /// ```
    pub fn release(&self) {
        self.state.borrow_mut().release();
    }

    /// Advances the script's clock, for all of the thread's requests. It makes no callback: a
    /// [`timeout`](crate::Request::timeout) that is over by then ends its request in the next
    /// [`run`](crate::run()) or [`poll`](crate::poll()).
    ///
    /// Each turn of `run` and `poll` is a millisecond by this clock, and an answer takes a few
    /// turns. So that a request that is not held does not time out, the clock advances when all
    /// requests that were in flight at this call are over or held.
    ///
    /// # Panics
    /// If it is more than a hundred years.
    ///
    /// ```
    /// use std::time::Duration;
    /// use fetch_runtime::native::script::{Answer, Stage, Script};
    /// use fetch_runtime::{Outcome, fetch};
    ///
    /// let script = Script::install();
    /// script.answer("GET", "/slow", Answer::new(200).hold(Stage::Head));
    /// script.answer("GET", "/quick", Answer::new(200));
    /// let timeout = Duration::from_secs(5);
    /// let slow = fetch!(GET "/slow", timeout: timeout => |response| {
    ///     assert_eq!(response.outcome(), Outcome::Timeout);
    /// })?;
    /// fetch!(GET "/quick", timeout: timeout => |response| assert!(response.is_success()))?;
    /// script.advance(Duration::from_millis(4_900));
    /// fetch_runtime::run();
    /// assert!(!slow.is_finished());
    /// script.advance(Duration::from_millis(100));
    /// fetch_runtime::run();
    /// assert!(slow.is_finished());
    /// # Ok::<(), fetch_runtime::StartError>(())
    /// ```
    pub fn advance(&self, by: Duration) {
        assert!(
            by <= LONGEST,
            "a script's clock cannot be advanced by {by:?}: a hundred years at most"
        );
        self.state.borrow_mut().advance(by);
    }

    /// The requests that have been made so far, in this order.
    ///
    /// ```
    /// use fetch_runtime::native::script::{Answer, Script};
    /// use fetch_runtime::fetch;
    ///
    /// let script = Script::install();
    /// script.answer("POST", "/score", Answer::new(204));
    /// fetch!(POST "/score", body: "7" => |_| ())?;
    /// let sent = &script.sent()[0];
    /// assert_eq!((&*sent.url, &*sent.body, sent.timeout), ("/score", &b"7"[..], None));
    /// # fetch_runtime::run();
    /// # Ok::<(), fetch_runtime::StartError>(())
    /// ```
    #[must_use]
    pub fn sent(&self) -> Vec<RecordedRequest> {
        self.state.borrow().sent.clone()
    }

    /// How many of C's structs exist that were made since the script was installed. Unlike
    /// [`stats`](crate::stats()), this counts the allocations themselves.
    #[must_use]
    pub fn live_structs(&self) -> usize {
        if !engine::is_alive() {
            return 0;
        }
        let structs = |audit: &mut Audit| audit.live_structs();
        engine::with(|engine| engine.machine.audit().map(structs)).unwrap_or_default()
    }
}

/// Requests in flight go on without being held.
impl Drop for Script {
    fn drop(&mut self) {
        let uncalled = uncalled::fault(&self.state.borrow(), self.uncalled_before);
        let mut faults = self.state.borrow_mut().take_mistakes();
        self.state.borrow_mut().stop_holding();
        settings::set_fallback_base(None);
        if engine::is_alive() {
            faults.extend(engine::with(|engine| {
                let found = engine.machine.audit().map(Audit::take_faults).unwrap_or_default();
                engine.end_substitute();
                found
            }));
        }
        faults.extend(uncalled);
        if !faults.is_empty() && !std::thread::panicking() {
            panic!("{}", faults.join("; "));
        }
    }
}
