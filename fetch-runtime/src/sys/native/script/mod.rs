//! Scripted answers: tests without a network, a disk or a thread, and without luck.
//!
//! While a [`Script`] is installed, the requests of its thread are answered by it and by nothing else. The
//! answers are played by the machinery that real transfers and the real cache use, callback for callback and
//! field for field as Emscripten does it. So a handler can be tested with endings that are hard to
//! come by: a timeout, a full disk, a broken connection, no memory.
//!
//! ```
//! use fetch_runtime::native::script::{Answer, Script};
//! use fetch_runtime::{Outcome, Response, fetch, fetch_handler};
//! use std::{cell::Cell, rc::Rc};
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
//! fetch!(GET "https://example.com/score", context: Rc::clone(&best) => loaded)?; // the same URL
//! fetch_runtime::run();
//! assert_eq!(best.get(), None);
//! # Ok::<(), fetch_runtime::StartError>(())
//! ```
//!
//! Each call of [`poll`](crate::poll()) is a turn: one event of each request that is in flight, in the order they
//! were started. A request can be [held](Answer::hold) at a [`Moment`], for a test to look around, or to abort it
//! there. A turn is a millisecond; when all that is left is held, time stands still after ten more.
//!
//! What would be undefined behaviour upstream, or an endless recursion, is not done but told: `run` and `poll`
//! panic with it. So hand-written code on [`sys`](crate::sys) can be tested, too: a fetch that is closed twice, or before
//! JS has finished with it, or with the handle of another one, or so that its `onerror` is called once more.

mod answer;
mod answers;
mod faults;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod hostile;
mod play;
mod state;

use std::marker::PhantomData;

pub use answer::{Answer, Moment};
pub(super) use answers::base;
pub(super) use faults::{check, closes_another, closes_twice, comes, freed, made, orphaned, recalls};
pub(super) use play::{is_at_rest, order, send, stuck, turn};
pub(super) use state::{is_on, now};

use answers::current_base;
use state::{State, with};

/// While it lives, it answers the requests of this thread.
///
/// A relative URL needs no base: without one, it is relative to `https://example.com/`.
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

/// A request that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sent {
    /// An HTTP method, `IDB_STORE` or `IDB_DELETE`.
    pub method: String,
    /// As it was written; or the key.
    pub url: String,
    /// As they were given.
    pub headers: Vec<(String, String)>,
    /// Empty if there is none.
    pub body: Vec<u8>,
}

impl Script {
    /// Installs a script without an answer.
    ///
    /// # Panics
    /// If this thread has one, or if a request is in flight.
    #[must_use = "the script ends when this is dropped"]
    pub fn install() -> Self {
        state::install();
        Self(PhantomData)
    }

    /// Answers requests of this method and URL; `IDB_STORE` and `IDB_DELETE` are methods, too, and their keys are URLs.
    ///
    /// Answers to the same request are given in turn, each once, the last of them to all that follow. A
    /// request that nothing answers ends as a network error (one of the cache alone, without it), and
    /// [`run`](crate::run()) or [`poll`](crate::poll()) panics and names it.
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
    /// use fetch_runtime::native::script::{Answer, Moment, Script};
    /// use fetch_runtime::fetch;
    ///
    /// let script = Script::install();
    /// script.answer("GET", "/level/1", Answer::new(200).hold(Moment::Head));
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

    /// What has been asked for so far, in this order.
    ///
    /// ```
    /// use fetch_runtime::native::script::{Answer, Script};
    /// use fetch_runtime::fetch;
    ///
    /// let script = Script::install();
    /// script.answer("POST", "/score", Answer::new(204));
    /// fetch!(POST "/score", body: "7" => |_| ())?;
    /// assert_eq!(script.sent()[0].body, b"7");
    /// # fetch_runtime::run();
    /// # Ok::<(), fetch_runtime::StartError>(())
    /// ```
    #[must_use]
    pub fn sent(&self) -> Vec<Sent> {
        with(|state| state.sent.clone()).unwrap_or_default()
    }

    /// How many of C's structs exist: those that were made and not freed since the script was installed. Unlike
    /// [`stats`](crate::stats()), it counts them where they are allocated.
    #[must_use]
    pub fn structs(&self) -> usize {
        with(|state| state.faults.structs()).unwrap_or_default()
    }
}

/// What is in flight goes on without being held.
///
/// # Panics
/// With what `run` and `poll` have not told yet.
impl Drop for Script {
    fn drop(&mut self) {
        let faults = state::uninstall();
        if !faults.is_empty() && !std::thread::panicking() {
            panic!("{}", faults.join("; "));
        }
    }
}
