//! Runs a scenario: the same source natively and in a browser, where nothing can wait.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use fetch_runtime::{AbortHandle, CacheStatus, Fetch, Outcome, Request, Response, spawn_local};

/// A scenario is a function that starts requests. Steps that follow the end of all requests go into
/// [`Test::then`].
pub type Scenario = fn(&Test);

/// A running scenario.
#[derive(Clone)]
pub struct Test(Rc<Inner>);

struct Inner {
    base: String,
    /// Handlers that are still to be called.
    pending: Cell<usize>,
    steps: RefCell<VecDeque<Step>>,
}

type Step = Box<dyn FnOnce(&Test)>;

impl Test {
    /// `base` is the server's URL, without a slash at the end.
    #[must_use]
    pub fn new(base: impl Into<String>) -> Self {
        Self(Rc::new(Inner {
            base: base.into(),
            pending: Cell::new(0),
            steps: RefCell::new(VecDeque::with_capacity(64)),
        }))
    }

    /// The URL of a path of the server.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.0.base)
    }

    /// The relative URLs of requests that `start` starts are relative to this path. Those of others
    /// keep the server's root, or the page.
    ///
    /// # Panics
    /// If the server's URL is not accepted as a base.
    pub fn with_base<R>(&self, path: &str, start: impl FnOnce() -> R) -> R {
        fetch_runtime::set_base_url(&self.url(path)).expect("a base");
        let result = start();
        fetch_runtime::set_base_url(&self.url("/")).expect("a base");
        result
    }

    /// Starts a request whose response `check` looks at.
    ///
    /// # Panics
    /// If it does not start.
    #[track_caller]
    pub fn send(&self, request: Request, check: impl FnOnce(&Test, Response) + 'static) -> Fetch {
        let called = self.expect();
        let test = self.clone();
        let handler = move |response: Response| {
            called();
            check(&test, response);
        };
        match request.send_fn(handler) {
            Ok(fetch) => fetch,
            Err(error) => panic!("{error}"),
        }
    }

    /// Expects one more handler, which calls the returned function.
    pub fn expect(&self) -> impl FnOnce() + use<> {
        self.0.pending.set(self.0.pending.get() + 1);
        let test = self.clone();
        move || test.0.pending.set(test.0.pending.get() - 1)
    }

    /// Spawns a task, and expects its end.
    pub fn spawn(&self, task: impl Future<Output = ()> + 'static) -> AbortHandle {
        let over = self.expect();
        spawn_local(async {
            task.await;
            over();
        })
    }

    /// Goes on with `step` when nothing is in flight any more.
    pub fn then(&self, step: impl FnOnce(&Test) + 'static) {
        self.0.steps.borrow_mut().push_back(Box::new(step));
    }

    /// Goes on with `step` before all other steps.
    pub fn then_first(&self, step: impl FnOnce(&Test) + 'static) {
        self.0.steps.borrow_mut().push_front(Box::new(step));
    }

    /// Whether handlers are still to be called.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        self.0.pending.get() > 0
    }

    /// Runs the next step, when nothing is in flight. False if there is none: the scenario is over.
    ///
    /// # Panics
    /// If a handler was not called.
    pub fn step(&self) -> bool {
        assert_eq!(self.0.pending.get(), 0, "handlers were not called");
        let step = self.0.steps.borrow_mut().pop_front();
        match step {
            Some(step) => {
                step(self);
                true
            }
            None => false,
        }
    }
}

/// Whether the event loop turns while a future blocks its thread. Workers of the web are blocked.
#[must_use]
pub fn event_loop_turns() -> bool {
    !cfg!(target_os = "emscripten") || is_jspi()
}

/// Whether the program is linked with JSPI, and its stack can wait.
#[must_use]
pub fn is_jspi() -> bool {
    std::env::var("FETCH_TEST_JSPI").is_ok_and(|value| value == "yes")
}

/// Counts how often it is dropped.
#[derive(Clone, Default)]
pub struct Drops(Rc<Cell<usize>>);

/// Counts in [`Drops`].
pub struct Dropped(Drops);

impl Drops {
    /// A guard that counts when it is dropped.
    #[must_use]
    pub fn guard(&self) -> Dropped {
        Dropped(self.clone())
    }

    /// How many were dropped.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.get()
    }
}

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.0.set(self.0.0.get() + 1);
    }
}

/// Checks how a request has ended.
#[track_caller]
pub fn assert_is(response: &Response, outcome: Outcome, cache_status: CacheStatus) {
    assert_eq!(
        (response.outcome(), response.cache_status()),
        (outcome, cache_status),
        "{response:?}"
    );
}
