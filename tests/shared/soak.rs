//! The soak test: random requests from a seed, with random user code in their callbacks and tasks.
//!
//! At the end it checks that all promises have held.
//!
//! The soak does not wait. The program calls [`Soak::tick`] until it reports the end: natively
//! between two calls of `poll`, in a browser from a timer.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::panic::panic_any;
use std::rc::Rc;
use std::time::Duration;

use fastrand::Rng;
use fetch_runtime::{
    AbortHandle, Error, Fetch, Outcome, Request, Response, StartError, Stats, fetch_handler,
    set_max_in_flight, sleep, spawn_local, stats, timeout,
};
use futures_util::future::{Either, select};

/// The payload of the user code's planned panics. All other panics are failures.
#[derive(Debug)]
pub struct Planned;

/// The error of the handlers' planned failures.
pub const PLANNED: &str = "planned";

/// The limit of a program that sets none.
pub const MAX_IN_FLIGHT: usize = 256;

/// A request before it has a handler.
pub enum Asked {
    /// It may have options.
    Download(Request),
    /// Its body may come in chunks, too.
    Stream(Request),
    /// It goes to the cache alone.
    Record(Request),
}

type Source = Box<dyn FnMut(&mut Rng) -> Asked>;

/// A soak of this many requests.
#[derive(Clone)]
pub struct Soak(Rc<Inner>);

struct Inner {
    random: RefCell<Rng>,
    source: RefCell<Source>,
    /// Requests that are still to be started.
    left: Cell<usize>,
    /// This many are in flight at a time, besides those that handlers start.
    width: u64,
    before: Stats,
    requests: RefCell<Vec<Seen>>,
    handles: RefCell<Vec<(usize, Fetch)>>,
    tasks: RefCell<Vec<AbortHandle>>,
    /// Tasks that are not over.
    open: Cell<usize>,
    /// Those of them that have not begun.
    unbegun: Cell<u64>,
    /// Requests whose task was aborted before it began.
    never_begun: Cell<usize>,
    outcomes: RefCell<BTreeMap<String, usize>>,
    made: Cell<usize>,
    dropped: Cell<usize>,
}

/// The events of a request.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    /// Calls of its handler, or responses to its task.
    calls: usize,
    /// Its future was dropped: nobody is told how it ends.
    was_dropped: bool,
    was_aborted: bool,
    /// Whether its `on_chunk` has panicked, which aborts it.
    has_panicked: bool,
}

/// Something of the user's that must be dropped once, and may panic then.
struct Guard {
    soak: Soak,
    panics: bool,
}

impl Drop for Guard {
    fn drop(&mut self) {
        let inner = &self.soak.0;
        inner.dropped.set(inner.dropped.get() + 1);
        if self.panics && !std::thread::panicking() {
            panic_any(Planned);
        }
    }
}

/// The context of the handlers.
struct Context {
    soak: Soak,
    id: usize,
    _guard: Guard,
}

/// A task that awaits a request. Its drop says how that has ended for the task.
struct Awaiting {
    context: Context,
    has_begun: bool,
    is_told: bool,
}

impl Awaiting {
    fn new(context: Context) -> Self {
        let inner = &context.soak.0;
        inner.open.set(inner.open.get() + 1);
        inner.unbegun.set(inner.unbegun.get() + 1);
        Self { context, has_begun: false, is_told: false }
    }

    /// Its first turn, in which it starts the request.
    fn begins(&mut self) {
        self.has_begun = true;
        let inner = &self.context.soak.0;
        inner.unbegun.set(inner.unbegun.get() - 1);
    }

    fn ends(mut self, response: Result<Response, StartError>) {
        self.is_told = true;
        let (soak, id) = (self.context.soak.clone(), self.context.id);
        let response = response.unwrap_or_else(|error| panic!("request {id}: {error}"));
        soak.ended(id, &response);
    }
}

impl Drop for Awaiting {
    fn drop(&mut self) {
        let Self { context: Context { soak: Soak(inner), id, .. }, has_begun, is_told } = self;
        inner.open.set(inner.open.get() - 1);
        if !*has_begun {
            inner.unbegun.set(inner.unbegun.get() - 1);
            inner.never_begun.set(inner.never_begun.get() + 1);
        }
        if !*is_told {
            inner.requests.borrow_mut()[*id].was_dropped = true;
            *inner.outcomes.borrow_mut().entry("Dropped".to_owned()).or_default() += 1;
        }
    }
}

/// The ways to await a request.
#[derive(Clone, Copy)]
enum Await {
    Plainly,
    WithTimeout(Duration),
    InRace(Duration),
}

async fn awaits(request: Request, how: Await, mut awaiting: Awaiting) -> Result<(), &'static str> {
    let soak = awaiting.context.soak.clone();
    awaiting.begins();
    let response = match how {
        Await::Plainly => Some(request.await),
        Await::WithTimeout(limit) => timeout(limit, request).await.ok(),
        Await::InRace(limit) => match select(request.into_future(), sleep(limit)).await {
            Either::Left((response, _)) => Some(response),
            Either::Right(((), loser)) => {
                drop(loser);
                None
            }
        },
    };
    match response {
        Some(response) => awaiting.ends(response),
        None => soak.disturb(),
    }
    if soak.is_chosen(300) { Err(PLANNED) } else { Ok(()) }
}

#[fetch_handler]
fn ended(response: Response, context: Context) {
    context.soak.ended(context.id, &response);
}

#[fetch_handler]
fn fails_at_times(result: Result<Response, Error>, context: Context) -> Result<(), &'static str> {
    context.soak.ended(context.id, &result.unwrap_or_else(Error::into_response));
    // Rarely, as each failure prints a line.
    if context.soak.is_chosen(300) { Err(PLANNED) } else { Ok(()) }
}

impl Soak {
    /// `source` makes the requests, `count` of them, about `width` at a time.
    #[must_use]
    pub fn new(
        random: Rng,
        count: usize,
        width: u64,
        source: impl FnMut(&mut Rng) -> Asked + 'static,
    ) -> Self {
        Self(Rc::new(Inner {
            random: RefCell::new(random),
            source: RefCell::new(Box::new(source)),
            left: Cell::new(count),
            width,
            before: stats(),
            requests: RefCell::default(),
            handles: RefCell::default(),
            tasks: RefCell::default(),
            open: Cell::new(0),
            unbegun: Cell::new(0),
            never_begun: Cell::new(0),
            outcomes: RefCell::default(),
            made: Cell::new(0),
            dropped: Cell::new(0),
        }))
    }

    /// Starts as many requests as there is room for, and aborts at random. False when all are over.
    ///
    /// # Panics
    /// If something is wrong.
    #[must_use]
    pub fn tick(&self) -> bool {
        let in_flight = || stats().live + stats().waiting + self.0.unbegun.get();
        while in_flight() < self.0.width && self.0.left.get() > 0 {
            self.start();
        }
        if self.is_chosen(10) {
            // At times all requests have room.
            let most = 2 * self.0.width as usize;
            set_max_in_flight(self.random(|random| random.usize(1..=most)));
        }
        if self.is_chosen(3) {
            self.abort_one();
        }
        if self.is_chosen(6) {
            self.abort_a_task();
        }
        // Finished requests can be aborted as well, but their handles must not pile up.
        if self.0.handles.borrow().len() > 2 * self.0.width as usize {
            self.0.handles.borrow_mut().retain(|(_, fetch)| !fetch.is_finished());
        }
        if self.0.tasks.borrow().len() > 2 * self.0.width as usize {
            self.0.tasks.borrow_mut().retain(|task| !task.is_finished());
        }
        let is_over = stats().live == 0 && stats().completed == stats().started;
        self.0.left.get() > 0 || self.0.open.get() > 0 || !is_over
    }

    /// Checks the promises when all is over. Returns how often each outcome has come.
    ///
    /// # Panics
    /// If a handler was not called exactly once, a task was told of its request and dropped it,
    /// something was not dropped exactly once, or the
    /// counts do not add up.
    #[must_use]
    pub fn finish(self) -> BTreeMap<String, usize> {
        set_max_in_flight(MAX_IN_FLIGHT);
        self.0.handles.take();
        self.0.tasks.take();
        let requests = self.0.requests.borrow();
        for (id, seen) in requests.iter().enumerate() {
            assert_eq!(seen.calls + usize::from(seen.was_dropped), 1, "request {id}: {seen:?}");
        }
        assert_eq!(self.0.dropped.get(), self.0.made.get(), "contexts and closures");
        let (before, after) = (self.0.before, stats());
        let count = (requests.len() - self.0.never_begun.get()) as u64;
        let counts = [after.started - before.started, after.completed - before.completed];
        assert_eq!((counts, after.live, after.waiting), ([count; 2], 0, 0), "{after:?}");
        // Those that were ended while they waited had no struct.
        assert!(after.closed - before.closed <= count, "{after:?}");
        self.0.outcomes.take()
    }

    fn random<R>(&self, choose: impl FnOnce(&mut Rng) -> R) -> R {
        choose(&mut self.0.random.borrow_mut())
    }

    /// True once in `of` calls, on average.
    fn is_chosen(&self, of: u32) -> bool {
        self.random(|random| random.u32(..of) == 0)
    }

    fn guard(&self) -> Guard {
        self.0.made.set(self.0.made.get() + 1);
        Guard { soak: self.clone(), panics: self.is_chosen(20) }
    }

    fn start(&self) {
        self.0.left.set(self.0.left.get() - 1);
        let id = self.0.requests.borrow().len();
        self.0.requests.borrow_mut().push(Seen::default());
        let asked = self.random(|random| (self.0.source.borrow_mut())(random));
        let request = match asked {
            Asked::Stream(request) if self.is_chosen(2) => {
                let meanwhile = self.meanwhile(id);
                let soak = self.clone();
                request.on_chunk(move |chunk| {
                    assert!(!chunk.is_empty(), "request {id}");
                    let has_panicked = |it| soak.0.requests.borrow_mut()[id].has_panicked = it;
                    has_panicked(true);
                    meanwhile();
                    has_panicked(false);
                })
            }
            Asked::Download(request) | Asked::Stream(request) if self.is_chosen(2) => {
                let meanwhile = self.meanwhile(id);
                request.on_progress(move |_| meanwhile())
            }
            Asked::Download(request) | Asked::Stream(request) | Asked::Record(request) => request,
        };
        let context = Context { soak: self.clone(), id, _guard: self.guard() };
        let started = match self.random(|random| random.u8(..5)) {
            0 | 1 => return self.start_task(request, context),
            2 => request.send_with::<ended>(context),
            3 => request.send_with::<fails_at_times>(context),
            _ => request.send_fn(move |response| ended(response, context)),
        };
        let fetch = started.unwrap_or_else(|error| panic!("request {id}: {error}"));
        assert_eq!(
            self.0.requests.borrow()[id].calls,
            0,
            "request {id}: called before it has begun"
        );
        match self.random(|random| random.u8(..12)) {
            0 => self.abort(id, &fetch),
            1..6 => self.0.handles.borrow_mut().push((id, fetch)),
            _ => {}
        }
    }

    fn start_task(&self, request: Request, context: Context) {
        let limit = Duration::from_millis(self.random(|random| random.u64(..30)));
        let how = match self.random(|random| random.u8(..4)) {
            0 => Await::WithTimeout(limit),
            1 => Await::InRace(limit),
            _ => Await::Plainly,
        };
        let task = spawn_local(awaits(request, how, Awaiting::new(context)));
        match self.random(|random| random.u8(..24)) {
            // It has not begun.
            0 => task.abort(),
            1..12 => self.0.tasks.borrow_mut().push(task),
            _ => {}
        }
    }

    /// The callback for parts of a body.
    fn meanwhile(&self, id: usize) -> impl Fn() + 'static {
        let (soak, guard) = (self.clone(), self.guard());
        move || {
            let _keep = &guard;
            assert_eq!(
                soak.0.requests.borrow()[id].calls,
                0,
                "request {id}: progress after its end"
            );
            soak.disturb();
        }
    }

    /// Called by every handler.
    fn ended(&self, id: usize, response: &Response) {
        let Seen { calls, was_dropped, was_aborted, has_panicked } = {
            let seen = &mut self.0.requests.borrow_mut()[id];
            seen.calls += 1;
            *seen
        };
        assert!(calls == 1 && !was_dropped, "request {id}: {response:?}");
        let outcome = response.outcome();
        // A deadline or a lost chunk may come first.
        let is_ended = was_aborted || has_panicked;
        let is_told = match outcome {
            Outcome::Aborted => is_ended,
            Outcome::Timeout | Outcome::OutOfMemory => true,
            _ => !is_ended,
        };
        assert!(is_told, "request {id}, {was_aborted}, {has_panicked}: {response:?}");
        let is_as_it_must_be = match outcome {
            Outcome::Success => (200..300).contains(&response.status()),
            Outcome::HttpError => !(200..300).contains(&response.status()) && response.status() > 0,
            // A stream is ended then, and has no status.
            Outcome::OutOfMemory => response.body().is_empty(),
            _ => {
                (response.status(), response.status_text()) == (0, "")
                    && response.body().is_empty()
                    && response.headers().is_none()
                    && response.final_url().is_none()
            }
        };
        assert!(is_as_it_must_be, "request {id}: {response:?}");
        *self.0.outcomes.borrow_mut().entry(format!("{outcome:?}")).or_default() += 1;
        self.disturb();
    }

    /// Does what user code may do in a callback.
    fn disturb(&self) {
        match self.random(|random| random.u8(..20)) {
            0 | 1 => panic_any(Planned),
            2 | 3 => self.abort_one(),
            4 => self.abort_a_task(),
            5..8 if self.0.left.get() > 0 => self.start(),
            8 => fetch_runtime::run(),
            9 => fetch_runtime::poll(),
            10 => drop(self.0.handles.borrow_mut().pop()),
            _ => {}
        }
    }

    /// Aborts a random request whose handle is kept, even if it is over.
    fn abort_one(&self) {
        let mut handles = self.0.handles.take();
        if let Some((id, fetch)) = self.random(|random| random.choice(&handles)) {
            self.abort(*id, fetch);
        }
        self.0.handles.borrow_mut().append(&mut handles);
    }

    /// Aborts a random task whose handle is kept: it may be over, or the one that runs.
    fn abort_a_task(&self) {
        let mut tasks = self.0.tasks.take();
        if let Some(task) = self.random(|random| random.choice(&tasks)) {
            task.abort();
        }
        self.0.tasks.borrow_mut().append(&mut tasks);
    }

    fn abort(&self, id: usize, fetch: &Fetch) {
        if !fetch.is_finished() {
            self.0.requests.borrow_mut()[id].was_aborted = true;
        }
        fetch.abort();
    }
}

/// Requests to the [test server](crate::server) at `base`, and to the cache.
pub fn of_server(base: String) -> impl FnMut(&mut Rng) -> Asked {
    use fetch_runtime::CacheMode::{ForceCache, NoStore, OnlyIfCached, Reload};

    move |random| {
        let key = format!("soak/{}", random.u8(..20));
        let mut can_stream = false;
        let request = match random.u8(..16) {
            0 => return Asked::Record(Request::idb_store(key).body(vec![7; random.usize(..5000)])),
            1 => return Asked::Record(Request::idb_delete(key)),
            2 => return Asked::Download(Request::get(key).cache(OnlyIfCached)),
            3 => Request::post(format!("{base}/echo")).body(vec![7; random.usize(..50_000)]),
            4 => Request::head(format!("{base}/bytes/1000")),
            _ => {
                let path = match random.u8(..16) {
                    0 => "/empty".to_owned(),
                    1 => format!(
                        "/status/{}",
                        random.choice([204, 304, 400, 404, 500]).unwrap_or(200)
                    ),
                    2 => format!("/chunked/{}", random.usize(..100_000)),
                    3 => format!("/gzip/{}", random.usize(..100_000)),
                    4 => format!("/slow/{}", random.u8(..30)),
                    5 => format!("/drip/{}/{}", random.u8(1..6), random.u8(1..20)),
                    6 => format!("/reset/{}", random.usize(1..5000)),
                    7 => "/redirect/302?to=/reason".to_owned(),
                    8 if random.bool() => "/loop".to_owned(),
                    _ => format!("/bytes/{}", random.usize(..60_000)),
                };
                let is_refused = random.u8(..20) == 0;
                let base = if is_refused { "http://127.0.0.1:1" } else { &base };
                let mode = random.choice([NoStore, NoStore, Reload, ForceCache]).unwrap_or(NoStore);
                can_stream = mode == NoStore;
                Request::get(format!("{base}{path}")).cache(mode).cache_key(key)
            }
        };
        let request = match random.u8(..4) {
            0 => request.timeout(Duration::from_millis(random.u64(1..40))),
            _ => request,
        };
        // In a browser, the program would have to be linked for it.
        if can_stream && cfg!(not(target_os = "emscripten")) {
            Asked::Stream(request)
        } else {
            Asked::Download(request)
        }
    }
}
