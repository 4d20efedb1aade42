//! Scripted answers: tests without a network, a disk or a thread, and without luck.
//!
//! While a [`Script`] is installed, the requests of its thread are answered by it and by nothing
//! else. The answers are played by the machinery that real transfers and the real cache use,
//! callback for callback and field for field as Emscripten does it. So a handler can be tested with
//! endings that are hard to come by: a timeout, a full disk, a broken connection, no memory.
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
//! fetch!(GET "https://example.com/score", timeout: timeout, context: Rc::clone(&best) => loaded)?; // the same URL
//! fetch_runtime::run();
//! assert_eq!(best.get(), None);
//! # Ok::<(), fetch_runtime::StartError>(())
//! ```
//!
//! Each call of [`poll`](crate::poll()) is a turn: one event of each request that is in flight, in
//! the order they were started. A request can be [held](Answer::hold) at a [`Stage`], for a test
//! to look around, or to abort it there.
//!
//! A script has a clock of its own, and the [timeouts](crate::Request::timeout) of its requests are
//! over by it. A turn is a millisecond. When all that is left is held, [`run`](crate::run()) takes
//! ten more turns and returns: from then on time stands still, until [`Script::advance`] moves it
//! on. So a test waits for no deadline.
//!
//! A request that has a script is to be over before the script is: when a [`Script`] is dropped,
//! and the handler of one of its requests has not been called, it panics and names the request.
//! What a handler asserts counts for nothing until [`run`](crate::run()) or [`poll`](crate::poll())
//! calls it.
//!
//! What would be undefined behaviour upstream, or an endless recursion, is not done but told: `run`
//! and `poll` panic with it. So hand-written code on [`sys`](crate::sys) can be tested, too: a
//! fetch that is closed twice, or before JS has finished with it, or with the handle of another
//! one, or so that its `onerror` is called once more.

mod answer;
mod answers;
mod faults;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod hostile;
mod play;
mod player;
mod recorded_request;
mod uncalled;

use std::marker::PhantomData;
use std::time::Duration;

pub use answer::{Answer, Stage};
pub(super) use answers::base;
pub(super) use faults::{
    check, closes_another, closes_twice, comes, freed, made, orphaned, recalls,
};
pub(super) use play::{is_at_rest, order, send, stuck, timed_out, turn};
pub(super) use player::{is_on, now, now_for};
pub use recorded_request::RecordedRequest;

use answers::current_base;
use player::{State, with};

/// The most that the clock is moved on at a time: a hundred years.
const LONGEST: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

/// While it lives, it answers the requests of this thread.
///
/// A relative URL needs no base: without one, it is relative to `https://example.com/`.
///
/// # Panics
/// When it is dropped, unless its thread is panicking:
/// - with what `run` and `poll` have not told yet;
/// - if handlers have not been called, be it that a request is [held](Answer::hold) or that it was
///   aborted, and [`run`](crate::run()) was not called after that. [`release`](Self::release) it,
///   or [`abort`](crate::Fetch::abort) it, and call `run` before. The requests are not lost: the
///   next `run` goes on with them, and nothing holds them any more.
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
#[derive(Debug)]
pub struct Script(PhantomData<*const ()>);

/// What there is of a cache, for all requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Cache {
    /// There is one; what is in it, the answers say.
    #[default]
    Available,
    /// There is none: no IndexedDB, no usable folder.
    Unavailable,
    /// It throws at whatever it is asked, as a database does that the browser has closed.
    Throwing,
}

impl Script {
    /// Installs a script without an answer.
    ///
    /// # Panics
    /// If this thread has one, or if a request is in flight.
    #[must_use = "the script ends when this is dropped"]
    pub fn install() -> Self {
        player::install();
        Self(PhantomData)
    }

    /// Answers requests of this method and URL; `IDB_STORE` and `IDB_DELETE` are methods, too, and
    /// their keys are URLs.
    ///
    /// Answers to the same request are given in turn, each once, the last of them to all that
    /// follow. A request that nothing answers ends as a network error (one of the cache alone,
    /// without it), and [`run`](crate::run()) or [`poll`](crate::poll()) panics and names it.
    pub fn answer(&self, method: &str, url: &str, answer: Answer) -> &Self {
        let base = current_base();
        with(|state| state.answers.add(method, url, answer, &base));
        self
    }

    /// Says what there is of a cache, from now on.
    ///
    /// ```
    /// use fetch_runtime::native::script::{Cache, Script};
    /// use fetch_runtime::{Outcome, fetch};
    ///
    /// let script = Script::install();
    /// script.answer("IDB_DELETE", "save/1", fetch_runtime::native::script::Answer::new(200)).cache(Cache::Unavailable);
    /// fetch!(IDB_DELETE "save/1" => |response| assert_eq!(response.outcome(), Outcome::CacheUnavailable))?;
    /// fetch_runtime::run();
    /// # Ok::<(), fetch_runtime::StartError>(())
    /// ```
    pub fn cache(&self, cache: Cache) -> &Self {
        with(|state| state.cache = cache);
        self
    }

    /// Lets all go on that is held at this moment.
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
        with(State::release);
    }

    /// Moves the script's clock on, for all of the thread's requests. Nothing is called in here: a
    /// [`timeout`](crate::Request::timeout) that is over by then ends its request in the next
    /// [`run`](crate::run()) or [`poll`](crate::poll()).
    ///
    /// Each turn of `run` and `poll` is a millisecond by this clock, and an answer takes a few of
    /// them. What is answered without being held is therefore over before a longer time is: the
    /// clock moves on when all that was in flight at this call is over or held.
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
            "a script's clock is not moved on by {by:?}: a hundred years at most"
        );
        with(|state| state.advance(by));
    }

    /// What has been asked for so far, in this order.
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
        with(|state| state.sent.clone()).unwrap_or_default()
    }

    /// How many of C's structs exist: those that were made and not freed since the script was
    /// installed. Unlike [`stats`](crate::stats()), it counts them where they are allocated.
    #[must_use]
    pub fn live_structs(&self) -> usize {
        with(|state| state.faults.structs()).unwrap_or_default()
    }
}

/// What is in flight goes on without being held.
impl Drop for Script {
    fn drop(&mut self) {
        let untold = uncalled::fault();
        let mut faults = player::uninstall();
        faults.extend(untold);
        if !faults.is_empty() && !std::thread::panicking() {
            panic!("{}", faults.join("; "));
        }
    }
}
