//! Any events of a backend, in any order, while the program starts, awaits, drops, aborts and
//! panics: each handler is called once, each future is ready once or was dropped, what they own is
//! dropped once, each struct is freed once.
#![no_main]

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use arbitrary::{Arbitrary, Unstructured};
use fetch_runtime::native::script::hostile::{self, Target};
use fetch_runtime::native::script::{Answer, Cache, Script, Stage};
use fetch_runtime::{
    AbortHandle, CacheMode, Fetch, Request, Response, ResponseFuture, set_base_url,
    set_max_in_flight, spawn_local, stats, timeout,
};
use libfuzzer_sys::fuzz_target;

const URL: &str = "http://a/";
const WAITED_FOR: &str = "http://a/waited-for";

/// So many requests at the most, and so many steps.
const REQUESTS: usize = 8;
const STEPS: usize = 48;

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Kind {
    Get(Mode),
    Post,
    Head,
    Store,
    Delete,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Mode {
    NoStore,
    Reload,
    ForceCache,
    OnlyIfCached,
}

/// What the handler does, or the progress.
#[derive(Clone, Copy, Debug)]
enum Then {
    Returns,
    Panics,
    Aborts(u8),
    Starts(Kind),
    Awaits(Kind),
    Drops(u8),
    AbortsTask(u8),
    Waits,
    Runs,
}

/// Most of them return, and few panic, which takes a hundred times as long.
impl<'a> Arbitrary<'a> for Then {
    fn arbitrary(input: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        Ok(match u8::arbitrary(input)? {
            0..8 => Self::Panics,
            8..12 => Self::Runs,
            12..16 => Self::Waits,
            16..48 => Self::Starts(Kind::arbitrary(input)?),
            48..80 => Self::Aborts(u8::arbitrary(input)?),
            80..96 => Self::Awaits(Kind::arbitrary(input)?),
            96..112 => Self::Drops(u8::arbitrary(input)?),
            112..128 => Self::AbortsTask(u8::arbitrary(input)?),
            _ => Self::Returns,
        })
    }
}

#[derive(Arbitrary, Debug)]
enum Body<'a> {
    Bytes(&'a [u8]),
    Lost(u64),
}

#[derive(Arbitrary, Debug)]
enum Event<'a> {
    Head { status: u16, text: &'a str, headers: &'a str, url: &'a str, length: u64 },
    Upload(u64),
    Progress(u64),
    Chunk(Body<'a>),
    Loaded(Body<'a>, u64),
    Failed,
    TimedOut,
    Found(Body<'a>),
    Missing,
    Stored(Body<'a>, bool),
    Deleted(bool),
}

#[derive(Arbitrary, Debug)]
enum Step<'a> {
    Start { kind: Kind, handler: Then, meanwhile: Option<Then>, more: u8 },
    Event(u8, Event<'a>),
    Tamper { whose: u8, ready_state: u16, status: u16, numbers: [u64; 3], text: u8 },
    Abort(u8),
    Forget(u8),
    Wait,
    Poll,
    Release,
    Cache(u8),
    Await { kind: Kind, meanwhile: Option<Then>, more: u8 },
    PollFuture(u8),
    DropFuture(u8),
    Spawn { kind: Kind, then: Then, meanwhile: Option<Then>, more: u8 },
    AbortTask(u8),
    Limit(u8),
}

struct Planned;

/// The future of a request, and the request's number.
struct Awaited {
    future: Pin<Box<ResponseFuture>>,
    _end: End,
}

/// A future's end: it is ready, or it was dropped.
struct End(Rc<World>, usize);

impl Drop for End {
    fn drop(&mut self) {
        self.0.calls.borrow_mut()[self.1] += 1;
    }
}

#[derive(Default)]
struct World {
    targets: RefCell<Vec<Target>>,
    handles: RefCell<Vec<Option<Rc<Fetch>>>>,
    calls: RefCell<Vec<usize>>,
    futures: RefCell<Vec<Option<Awaited>>>,
    tasks: RefCell<Vec<AbortHandle>>,
    made: Cell<usize>,
    dropped: Cell<usize>,
}

struct Guard(Rc<World>, bool);

impl Guard {
    fn new(world: &Rc<World>, panics: bool) -> Self {
        world.made.set(world.made.get() + 1);
        Self(Rc::clone(world), panics)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.dropped.set(self.0.dropped.get() + 1);
        if self.1 && !std::thread::panicking() {
            panic_any(Planned);
        }
    }
}

impl World {
    /// `more`: a timeout, a stream, a panic when it is dropped.
    fn start(self: &Rc<Self>, kind: Kind, handler: Then, meanwhile: Option<Then>, more: u8) {
        let Some(id) = self.next_id() else { return };
        let request = self.request(kind, meanwhile, more);
        let guard = Guard::new(self, more == 255);
        let fetch = request.send_fn(move |response: Response| {
            let world = &guard.0;
            world.calls.borrow_mut()[id] += 1;
            look_at(&response);
            world.act(handler);
        });
        self.targets.borrow_mut().push(hostile::latest());
        self.handles.borrow_mut().push(Some(Rc::new(fetch.expect("nothing is wrong with it"))));
    }

    /// The number of a request that begins.
    fn next_id(&self) -> Option<usize> {
        let mut calls = self.calls.borrow_mut();
        let id = Some(calls.len()).filter(|id| *id < REQUESTS)?;
        calls.push(0);
        Some(id)
    }

    fn request(self: &Rc<Self>, kind: Kind, meanwhile: Option<Then>, more: u8) -> Request {
        let panics = more == 255;
        let mut request = match kind {
            Kind::Get(mode) => Request::get(URL).cache(match mode {
                Mode::NoStore => CacheMode::NoStore,
                Mode::Reload => CacheMode::Reload,
                Mode::ForceCache => CacheMode::ForceCache,
                Mode::OnlyIfCached => CacheMode::OnlyIfCached,
            }),
            Kind::Post => Request::post(URL).body("body"),
            Kind::Head => Request::head(URL),
            Kind::Store => Request::idb_store(URL).body("body"),
            Kind::Delete => Request::idb_delete(URL),
        };
        if !matches!(kind, Kind::Store | Kind::Delete) {
            if more % 4 == 1 {
                request = request.timeout(Duration::from_millis(u64::from(more / 8) + 1));
            }
            let can_stream = matches!(kind, Kind::Get(Mode::NoStore) | Kind::Post);
            if let Some(then) = meanwhile {
                let guard = Guard::new(self, panics);
                request = if can_stream && more % 4 >= 2 {
                    request.on_chunk(move |chunk| {
                        std::hint::black_box(read(&chunk));
                        guard.0.act(then);
                    })
                } else if matches!(kind, Kind::Post) {
                    request.on_upload(move |_| guard.0.act(then))
                } else {
                    request.on_progress(move |_| guard.0.act(then))
                };
            }
        }
        request
    }

    /// Makes a future, and polls it once.
    fn await_(self: &Rc<Self>, kind: Kind, meanwhile: Option<Then>, more: u8) {
        let Some(id) = self.next_id() else { return };
        let future = Box::pin(self.request(kind, meanwhile, more).into_future());
        let at = self.futures.borrow().len();
        self.futures.borrow_mut().push(Some(Awaited { future, _end: End(Rc::clone(self), id) }));
        self.poll(at);
        self.targets.borrow_mut().push(hostile::latest());
        self.handles.borrow_mut().push(None);
    }

    /// Polls a future, which may let the event loop turn. While it is polled, it cannot be dropped.
    fn poll(&self, at: usize) -> bool {
        let awaited = self.futures.borrow_mut().get_mut(at).and_then(Option::take);
        let Some(mut awaited) = awaited else { return true };
        let mut is_ready = false;
        contain(|| {
            let mut context = Context::from_waker(Waker::noop());
            if let Poll::Ready(response) = awaited.future.as_mut().poll(&mut context) {
                look_at(&response.expect("nothing is wrong with it"));
                is_ready = true;
            }
        });
        if !is_ready {
            self.futures.borrow_mut()[at] = Some(awaited);
        }
        is_ready
    }

    fn drop_future(&self, whose: u8) {
        let at = usize::from(whose) % REQUESTS;
        let awaited = self.futures.borrow_mut().get_mut(at).and_then(Option::take);
        drop(awaited);
    }

    fn spawn(self: &Rc<Self>, kind: Kind, then: Then, meanwhile: Option<Then>, more: u8) {
        if self.tasks.borrow().len() >= REQUESTS {
            return;
        }
        let world = Rc::clone(self);
        let task = spawn_local(async move {
            let Some(id) = world.next_id() else { return };
            let end = End(Rc::clone(&world), id);
            let request = world.request(kind, meanwhile, more);
            let limit = Duration::from_millis(u64::from(more % 8));
            let mut future = pin!(request.into_future());
            let first = poll_fn(|context| Poll::Ready(future.as_mut().poll(context))).await;
            assert!(first.is_pending());
            world.targets.borrow_mut().push(hostile::latest());
            world.handles.borrow_mut().push(None);
            let response = match more % 4 {
                0 => timeout(limit, future).await.ok(),
                _ => Some(future.await),
            };
            if let Some(response) = response {
                look_at(&response.expect("nothing is wrong with it"));
            }
            drop(end);
            world.act(then);
        });
        self.tasks.borrow_mut().push(task);
    }

    fn abort_task(&self, whose: u8) {
        let tasks = self.tasks.take();
        if let Some(task) = tasks.get(usize::from(whose) % REQUESTS) {
            task.abort();
        }
        // The abort may have spawned more.
        let more = self.tasks.replace(tasks);
        self.tasks.borrow_mut().extend(more);
    }

    fn act(self: &Rc<Self>, then: Then) {
        match then {
            Then::Returns => {}
            Then::Panics => panic_any(Planned),
            Then::Aborts(whose) => self.abort(whose),
            Then::Starts(kind) => self.start(kind, Then::Returns, None, 0),
            Then::Awaits(kind) => self.await_(kind, None, 0),
            Then::Drops(whose) => self.drop_future(whose),
            Then::AbortsTask(whose) => self.abort_task(whose),
            Then::Waits => self.wait(),
            Then::Runs => fetch_runtime::run(),
        }
    }

    /// For a request of its own, while all sorts of events are there for others.
    fn wait(&self) {
        let id = self.calls.borrow().len();
        if id < REQUESTS {
            let response = Request::post(WAITED_FOR)
                .body("body")
                .send_blocking()
                .expect("nothing is wrong with it");
            assert_eq!(response.body(), b"bytes");
            // To be counted with the others.
            self.calls.borrow_mut().push(1);
            self.targets.borrow_mut().push(hostile::latest());
            self.handles.borrow_mut().push(None);
        }
    }

    fn abort(&self, whose: u8) {
        let fetch = self.handles.borrow().get(usize::from(whose) % REQUESTS).cloned().flatten();
        if let Some(fetch) = fetch {
            fetch.abort();
        }
    }

    fn forget(&self, whose: u8) {
        let fetch =
            self.handles.borrow_mut().get_mut(usize::from(whose) % REQUESTS).and_then(Option::take);
        drop(fetch);
    }

    fn target(&self, whose: u8) -> Option<Target> {
        self.targets.borrow().get(usize::from(whose) % REQUESTS).copied()
    }
}

fn look_at(response: &Response) {
    std::hint::black_box(format!("{response:?}").len() + read(response.body()));
}

/// Looks at every byte: the sanitizer looks, too.
fn read(bytes: &[u8]) -> usize {
    bytes.iter().map(|byte| usize::from(*byte)).sum()
}

/// Not all events are good for a request, and some are for none: the script's complaints about
/// those are not meant.
fn is_expected(payload: &(dyn std::any::Any + Send)) -> bool {
    payload.is::<Planned>()
        || payload.downcast_ref::<String>().is_some_and(|message| {
            message.split("; ").all(|fault| {
                fault.starts_with("native::script: ") && fault.contains("closed too early")
            })
        })
}

fn contain<R>(action: impl FnOnce() -> R) {
    // The hook has ended the process if it was not expected.
    let _ = catch_unwind(AssertUnwindSafe(action));
}

fn send(target: Target, event: Event<'_>) {
    let body = |body| match body {
        Body::Bytes(bytes) => Ok(bytes),
        Body::Lost(len) => Err(len),
    };
    match event {
        Event::Head { status, text, headers, url, length } => {
            target.head(status, text, headers, url, length);
        }
        Event::Upload(sent) => target.upload(sent),
        Event::Progress(loaded) => target.progress(loaded),
        Event::Chunk(bytes) => target.chunk(body(bytes)),
        Event::Loaded(bytes, loaded) => target.loaded(body(bytes), loaded),
        Event::Failed => target.failed(),
        Event::TimedOut => target.timed_out(),
        Event::Found(bytes) => target.found(body(bytes)),
        Event::Missing => target.missing(),
        Event::Stored(bytes, stored) => target.stored(body(bytes), stored),
        Event::Deleted(deleted) => target.deleted(deleted),
    }
}

fn answer() -> Answer {
    Answer::new(200).body("bytes").hold(Stage::Lookup).hold(Stage::Head).hold(Stage::Store)
}

fn play(steps: Vec<Step<'_>>) {
    let before = stats();
    let script = Script::install();
    for method in ["GET", "POST", "HEAD", "IDB_STORE", "IDB_DELETE"] {
        script.answer(method, URL, answer());
    }
    script.answer("POST", WAITED_FOR, Answer::new(200).body("bytes"));
    let world = Rc::new(World::default());
    for step in steps {
        match step {
            Step::Start { kind, handler, meanwhile, more } => {
                world.start(kind, handler, meanwhile, more)
            }
            Step::Event(whose, event) => {
                if let Some(target) = world.target(whose) {
                    send(target, event);
                }
            }
            Step::Tamper { whose, ready_state, status, numbers, text } => {
                if let Some(target) = world.target(whose) {
                    target.tamper(ready_state, status, numbers, text);
                }
            }
            Step::Abort(whose) => world.abort(whose),
            Step::Forget(whose) => world.forget(whose),
            Step::Wait => world.wait(),
            Step::Poll => contain(fetch_runtime::poll),
            Step::Release => script.release(),
            Step::Await { kind, meanwhile, more } => world.await_(kind, meanwhile, more),
            Step::PollFuture(whose) => _ = world.poll(usize::from(whose) % REQUESTS),
            Step::DropFuture(whose) => world.drop_future(whose),
            Step::Spawn { kind, then, meanwhile, more } => world.spawn(kind, then, meanwhile, more),
            Step::AbortTask(whose) => world.abort_task(whose),
            Step::Limit(max) => set_max_in_flight(usize::from(max) % (REQUESTS + 1)),
            Step::Cache(cache) => {
                script.cache(
                    [Cache::Available, Cache::Unavailable, Cache::Throwing][usize::from(cache) % 3],
                );
            }
        }
    }
    set_max_in_flight(REQUESTS);
    // The program goes on until all is over; the script has the last word.
    for _ in 0..1000 {
        script.release();
        contain(fetch_runtime::poll);
        let is_over = stats().completed - before.completed == world.calls.borrow().len() as u64;
        if is_over && world.tasks.borrow().iter().all(AbortHandle::is_finished) {
            break;
        }
    }
    contain(fetch_runtime::run);
    let futures = world.futures.borrow().len();
    assert!((0..futures).all(|at| world.poll(at)), "a request is over, and its future is not");
    world.handles.take();
    world.tasks.take();
    assert_eq!(script.live_structs(), 0);
    assert!(world.calls.borrow().iter().all(|calls| *calls == 1), "{:?}", world.calls);
    assert_eq!(world.dropped.get(), world.made.get());
    let (after, count) = (stats(), world.calls.borrow().len() as u64);
    assert_eq!((after.live, after.waiting, after.started - before.started), (0, 0, count));
    // Those that were ended while they waited had no struct.
    assert!(after.closed - before.closed <= count);
    assert_eq!(Rc::strong_count(&world), 1);
    contain(|| drop(script));
}

fuzz_target!(
    init: {
        // Else it is parsed each time that it is asked for.
        set_base_url(URL).expect("a URL");
        std::panic::set_hook(Box::new(|info| {
            if !is_expected(info.payload()) {
                eprintln!("{info}");
                std::process::abort();
            }
        }));
    },
    |steps: Vec<Step<'_>>| {
        if steps.len() <= STEPS {
            play(steps);
        }
    }
);
