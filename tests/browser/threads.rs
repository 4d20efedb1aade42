//! The cache on pthreads: the main thread does what they ask, and never what they do not.
#![allow(unsafe_code)]

use std::cell::Cell;
use std::ffi::{c_int, c_void};
use std::ptr;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use fetch_runtime::cache::{self, CacheError};
use fetch_runtime::{
    CacheMode, CacheStatus, Outcome, Request, block_on, set_max_in_flight, sleep, stats,
};
use fetch_shared::scenario::{Test, assert_is};

use crate::driver::Run;
use crate::js;

unsafe extern "C-unwind" {
    fn emscripten_proxy_get_system_queue() -> *mut c_void;
    fn emscripten_proxy_sync(
        queue: *mut c_void,
        thread: libc::pthread_t,
        function: unsafe extern "C-unwind" fn(*mut c_void),
        argument: *mut c_void,
    ) -> c_int;
    fn emscripten_main_runtime_thread_id() -> libc::pthread_t;
    fn pthread_create(
        thread: *mut libc::pthread_t,
        attributes: *const libc::pthread_attr_t,
        function: unsafe extern "C-unwind" fn(*mut c_void) -> *mut c_void,
        argument: *mut c_void,
    ) -> c_int;
    fn pthread_detach(thread: libc::pthread_t) -> c_int;
    fn pthread_exit(value: *mut c_void) -> !;
}

pub(crate) fn tests() -> Vec<(String, Run)> {
    tests![
        a_response_from_the_main_thread,
        a_thread_that_ends_in_flight,
        a_thread_that_ends_before_the_answer,
        a_thread_that_ends_in_its_progress,
        many_threads_leave_nothing,
        an_abort_is_told,
        a_future_that_is_dropped,
        a_busy_main_thread,
        progress_does_not_pile_up,
        two_threads_load_one_file,
        each_thread_has_its_limit,
        a_namespace_on_a_thread,
        a_refresh_of_a_thread,
        housekeeping_on_a_thread
    ]
}

/// Runs a function on the main thread, and waits for it.
fn on_main<R: Send>(run: impl FnOnce() -> R + Send) -> R {
    type Cell<F, R> = (Option<F>, Option<R>);
    unsafe extern "C-unwind" fn call<F: FnOnce() -> R, R>(cell: *mut c_void) {
        // SAFETY: `on_main` waits, and lends it.
        let (run, result) = unsafe { &mut *cell.cast::<Cell<F, R>>() };
        *result = run.take().map(|run| run());
    }
    fn function<F: FnOnce() -> R, R>(_: &F) -> unsafe extern "C-unwind" fn(*mut c_void) {
        call::<F, R>
    }
    let function = function(&run);
    let mut cell = (Some(run), None);
    // SAFETY: nothing is asked of the caller.
    let (queue, main) =
        unsafe { (emscripten_proxy_get_system_queue(), emscripten_main_runtime_thread_id()) };
    // SAFETY: the cell lives until the call has returned.
    let done = unsafe { emscripten_proxy_sync(queue, main, function, (&raw mut cell).cast()) };
    assert_ne!(done, 0, "the main thread runs it");
    cell.1.expect("it has run")
}

/// The requests of the main thread: those that its statistics count, and those that JS has.
fn of_main() -> (fetch_runtime::Stats, usize) {
    on_main(|| {
        let requests = js::evaluate(
            "String(Fetch.xhrs.allocated.filter(
                xhr => xhr && xhr.readyState < 4 && xhr.onload).length)",
        );
        (stats(), requests.parse().expect("a number"))
    })
}

/// Starts a thread whose requests are the last thing that it has. It is one of C: std aborts if
/// `pthread_exit`, which throws, leaves a thread that std started.
fn start<F: FnOnce() + Send + 'static>(run: F) {
    unsafe extern "C-unwind" fn call<F: FnOnce()>(run: *mut c_void) -> *mut c_void {
        // SAFETY: it comes from `Box::into_raw` below, and the thread takes it once.
        let run = unsafe { Box::from_raw(run.cast::<F>()) };
        run();
        ptr::null_mut()
    }
    let run = Box::into_raw(Box::new(run));
    let mut thread = 0;
    // SAFETY: `thread` is live, `call` gets what it expects, and null stands for the defaults.
    let error = unsafe { pthread_create(&raw mut thread, ptr::null(), call::<F>, run.cast()) };
    assert_eq!(error, 0, "a thread starts");
    // SAFETY: the thread was made just now, and nothing joins it.
    assert_eq!(unsafe { pthread_detach(thread) }, 0, "a thread is detached");
}

/// Waits for a condition that another thread brings about.
async fn until(what: &str, condition: impl Fn() -> bool) {
    let begun = Instant::now();
    while !condition() {
        assert!(begun.elapsed() < Duration::from_secs(30), "{what}");
        sleep(Duration::from_millis(5)).await;
    }
}

fn a_response_from_the_main_thread(t: &Test) {
    let url = t.url("/bytes/1001");
    t.spawn(async move {
        let (before, _) = of_main();
        let id = thread::current().id();
        let request = |mode| Request::get(url.as_str()).cache(mode);
        let stored = request(CacheMode::Reload).await.expect("it begins");
        assert_is(&stored, Outcome::Success, CacheStatus::Stored);
        assert_eq!((stored.status(), stored.body().len()), (200, 1001));
        assert!(stored.header("content-type").is_some() && stored.url() == url);
        let hit = request(CacheMode::ForceCache).await.expect("it begins");
        assert_is(&hit, Outcome::Success, CacheStatus::Hit);
        assert_eq!(thread::current().id(), id);
        assert_eq!(of_main().0, before, "the main thread has sent nothing of its own");
    });
}

/// Counts calls that must not happen.
static CALLED: AtomicUsize = AtomicUsize::new(0);

/// Ends this thread, whatever is in flight.
fn end() -> ! {
    // SAFETY: nothing on the stack of a thread that ends here is needed after.
    unsafe { pthread_exit(ptr::null_mut()) }
}

fn a_thread_that_ends_in_flight(t: &Test) {
    let (url, t) = (t.url("/drip/100/50"), t.clone());
    t.clone().spawn(async move {
        let before = of_main();
        let begun = Arc::new(AtomicBool::new(false));
        let on_thread = Arc::clone(&begun);
        start(move || {
            let request = Request::get(url.as_str()).cache(CacheMode::Reload);
            let progress = move |_| on_thread.store(true, Ordering::Release);
            let called = |_| _ = CALLED.fetch_add(1, Ordering::Relaxed);
            request.on_progress(progress).send_fn(called).expect("it begins");
            fetch_runtime::spawn_local(async {
                sleep(Duration::from_millis(300)).await;
                end();
            });
        });
        until("the request begins", || begun.load(Ordering::Acquire)).await;
        assert_eq!(of_main().1, before.1 + 1, "the main thread has the request");
        until("the request ends with its thread", || of_main().1 == before.1).await;
        assert_eq!((of_main().0, CALLED.load(Ordering::Relaxed)), (before.0, 0));
    });
}

fn a_thread_that_ends_before_the_answer(t: &Test) {
    let url = t.url("/bytes/5");
    t.spawn(async move {
        let before = of_main();
        let ended = Arc::new(AtomicBool::new(false));
        let on_thread = Arc::clone(&ended);
        start(move || {
            let called = |_| _ = CALLED.fetch_add(1, Ordering::Relaxed);
            for mode in [CacheMode::Reload, CacheMode::ForceCache, CacheMode::NoCache] {
                Request::get(url.as_str()).cache(mode).send_fn(called).expect("it begins");
            }
            cache::keys("").send_fn(|_| _ = CALLED.fetch_add(1, Ordering::Relaxed));
            on_thread.store(true, Ordering::Release);
            end();
        });
        until("the thread ends", || ended.load(Ordering::Acquire)).await;
        sleep(Duration::from_millis(300)).await;
        assert_eq!((of_main(), CALLED.load(Ordering::Relaxed)), (before, 0));
    });
}

/// The handler's context is dropped all the same.
fn a_thread_that_ends_in_its_progress(t: &Test) {
    struct Context(Arc<AtomicBool>);
    impl Drop for Context {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Release);
        }
    }
    let url = t.url("/drip/100/50");
    t.spawn(async move {
        let before = of_main();
        let dropped = Arc::new(AtomicBool::new(false));
        let context = Context(Arc::clone(&dropped));
        start(move || {
            let request = Request::get(url.as_str()).cache(CacheMode::Reload);
            let request = request.on_progress(|_| end());
            let called = move |_| {
                drop(context);
                CALLED.fetch_add(1, Ordering::Relaxed);
            };
            request.send_fn(called).expect("it begins");
        });
        until("the context is dropped", || dropped.load(Ordering::Acquire)).await;
        until("the request ends with its thread", || of_main().1 == before.1).await;
        assert_eq!((of_main().0, CALLED.load(Ordering::Relaxed)), (before.0, 0));
    });
}

/// A thread that has used the cache leaves no more behind than any other. Rust itself leaves some.
fn many_threads_leave_nothing(t: &Test) {
    async fn round(url: &str, mode: CacheMode) {
        let (url, over) = (url.to_owned(), Arc::new(AtomicBool::new(false)));
        let ended = Arc::clone(&over);
        start(move || {
            let request = Request::get(url.as_str()).cache(mode);
            let sent = request.send_fn(move |_| ended.store(true, Ordering::Release));
            sent.expect("it begins");
        });
        until("a round", || over.load(Ordering::Acquire)).await;
        // The end of a thread takes a turn of the main thread.
        sleep(Duration::from_millis(50)).await;
    }
    use CacheMode::{ForceCache, NoStore};

    let url = t.url("/bytes/100");
    t.spawn(async move {
        let mut left = Vec::new();
        // The first rounds allocate what stays.
        for (mode, rounds) in [(ForceCache, 20), (NoStore, 100), (ForceCache, 100)] {
            let before = fetch_shared::heap::in_use();
            for _ in 0..rounds {
                round(&url, mode).await;
            }
            left.push((fetch_shared::heap::in_use() - before) / rounds);
        }
        // Emscripten allocates 1.6 kB for the first thread at an address.
        assert!(left[2] <= left[1] + 64, "bytes that a thread leaves: {left:?}");
    });
}

fn an_abort_is_told(t: &Test) {
    let before = of_main();
    let aborted = Rc::new(Cell::new(false));
    let (seen, own) = (Rc::clone(&aborted), Rc::new(Cell::new(None)));
    let request = Request::get(t.url("/drip/200/20")).cache(CacheMode::Reload);
    let to_abort: Rc<Cell<Option<fetch_runtime::Fetch>>> = Rc::clone(&own);
    let request = request.on_progress(move |_| {
        assert!(!aborted.get(), "a progress after the abort");
        if let Some(fetch) = to_abort.take() {
            fetch.abort();
            aborted.set(true);
        }
    });
    let fetch = t.send(request, move |_, response| {
        assert!(seen.get());
        assert_is(&response, Outcome::Aborted, CacheStatus::Bypass);
        assert!(response.body().is_empty() && response.url().ends_with("/drip/200/20"));
        assert_eq!(of_main(), before, "the transfer has ended");
    });
    own.set(Some(fetch));
}

fn a_future_that_is_dropped(t: &Test) {
    let url = t.url("/drip/200/20");
    t.spawn(async move {
        let before = of_main();
        let request = Request::get(url.as_str()).cache(CacheMode::ForceCache);
        let timed = fetch_runtime::timeout(Duration::from_millis(300), request).await;
        assert!(timed.is_err());
        assert_eq!(stats().live, 0);
        until("the transfer ends", || of_main() == before).await;
    });
}

/// What the main thread is asked waits for it. This thread's event loop turns, with its clocks.
fn a_busy_main_thread(t: &Test) {
    let url = t.url("/bytes/7");
    t.spawn(async move {
        let busy = || {
            start(|| {
                on_main(|| {
                    let begun = Instant::now();
                    while begun.elapsed() < Duration::from_millis(600) {}
                });
            });
        };
        busy();
        sleep(Duration::from_millis(100)).await;
        let begun = Instant::now();
        let request = || Request::get(url.as_str()).cache(CacheMode::Reload);
        let late = request().timeout(Duration::from_millis(100)).await.expect("it begins");
        assert_eq!(late.outcome(), Outcome::Timeout);
        assert!(begun.elapsed() < Duration::from_secs(5));
        let response = request().await.expect("it begins");
        assert_is(&response, Outcome::Success, CacheStatus::Stored);
    });
}

/// A thread that was busy hears of the latest progress alone.
fn progress_does_not_pile_up(t: &Test) {
    let calls = Rc::new(Cell::new(0));
    let counted = Rc::clone(&calls);
    let request = Request::get(t.url("/drip/20/50")).cache(CacheMode::Reload);
    let request = request.on_progress(move |_| {
        counted.set(counted.get() + 1);
        if counted.get() == 1 {
            // Longer than the download takes.
            thread::sleep(Duration::from_millis(2500));
        }
    });
    t.send(request, move |_, response| {
        assert_is(&response, Outcome::Success, CacheStatus::Stored);
        assert!((1..=2).contains(&calls.get()), "{} calls", calls.get());
    });
}

fn two_threads_load_one_file(t: &Test) {
    let url = t.url("/drip/20/10");
    t.spawn(async move {
        let other = Arc::new(AtomicUsize::new(0));
        let (of_other, url_of_other) = (Arc::clone(&other), url.clone());
        start(move || {
            let request = Request::get(url_of_other.as_str()).cache(CacheMode::ForceCache);
            let sent = request.send_fn(move |response| {
                let good = response.is_success() && response.body().len() == 20_000;
                of_other.store(if good { 1 } else { 2 }, Ordering::Release);
            });
            sent.expect("it begins");
        });
        let request = Request::get(url.as_str()).cache(CacheMode::ForceCache);
        let response = request.await.expect("it begins");
        assert_eq!((response.outcome(), response.body().len()), (Outcome::Success, 20_000));
        until("the other thread's response", || other.load(Ordering::Acquire) > 0).await;
        assert_eq!(other.load(Ordering::Acquire), 1);
        let request = Request::get(url.as_str()).cache(CacheMode::OnlyIfCached);
        assert_is(&request.await.expect("it begins"), Outcome::Success, CacheStatus::Hit);
    });
}

fn each_thread_has_its_limit(t: &Test) {
    let base = t.url("");
    t.spawn(async move {
        let before = of_main();
        set_max_in_flight(2);
        on_main(|| set_max_in_flight(1));
        let over = Rc::new(Cell::new(0));
        for number in 0..4 {
            let url = format!("{base}/slow/500?{number}");
            let over = Rc::clone(&over);
            let request = Request::get(url).cache(CacheMode::Reload);
            request.send_fn(move |_| over.set(over.get() + 1)).expect("it begins");
        }
        assert_eq!((stats().live, stats().waiting), (2, 2));
        until("two are sent", || of_main().1 == before.1 + 2).await;
        let done = Arc::new(AtomicUsize::new(0));
        let (seen, url) = (Arc::clone(&done), format!("{base}/bytes/3"));
        on_main(move || {
            let request = Request::get(url).cache(CacheMode::NoStore);
            request.send_fn(move |_| seen.store(1, Ordering::Release)).expect("it begins");
            assert_eq!((stats().live, stats().waiting), (1, 0), "the main thread has its own");
        });
        until("the main thread's request", || done.load(Ordering::Acquire) == 1).await;
        assert_eq!(over.get(), 0, "it is over before the slow ones");
        until("the other requests", || over.get() == 4).await;
        set_max_in_flight(256);
        on_main(|| set_max_in_flight(256));
    });
}

/// It moves no budget but that of its thread.
fn a_namespace_on_a_thread(t: &Test) {
    let base = t.url("");
    t.spawn(async move {
        cache::clear().await.expect("it works");
        on_main(|| cache::set_budget(Some(1000)));
        cache::set_namespace(Some("of-thread")).expect("a name");
        for key in ["of-main/1", "of-main/2"] {
            let over = Arc::new(AtomicBool::new(false));
            let (ended, url) = (Arc::clone(&over), format!("{base}/bytes/600"));
            on_main(move || {
                let request = Request::get(url).cache(CacheMode::Reload).cache_key(key);
                let sent = request.send_fn(move |_| ended.store(true, Ordering::Release));
                sent.expect("it begins");
            });
            until("the main thread's request", || over.load(Ordering::Acquire)).await;
        }
        cache::set_namespace(None).expect("a name");
        let keys = cache::keys("of-main/").await.expect("it works");
        on_main(|| cache::set_budget(None));
        let keys: Vec<_> = keys.iter().map(|entry| entry.key.as_str()).collect();
        assert_eq!(keys, ["of-main/2"], "the budget of the main thread");
    });
}

/// It does not count on the main thread.
fn a_refresh_of_a_thread(t: &Test) {
    let control = fetch_runtime::encode_component("max-age=0, stale-while-revalidate=3600");
    let url = t.url(&format!("/validated/of-thread?etag=%221%22&control={control}"));
    let asked = t.url("/requests?path=/validated/of-thread");
    t.spawn(async move {
        let before = of_main();
        for status in [CacheStatus::Stored, CacheStatus::Stale] {
            let request = Request::get(url.as_str()).cache(CacheMode::Default);
            assert_is(&request.await.expect("it begins"), Outcome::Success, status);
        }
        let begun = Instant::now();
        loop {
            let response = Request::get(asked.as_str()).await.expect("it begins");
            if response.text() == "2" {
                break;
            }
            assert!(begun.elapsed() < Duration::from_secs(30), "no refresh");
            sleep(Duration::from_millis(20)).await;
        }
        until("the refresh ends", || of_main().1 == before.1).await;
        assert_eq!((of_main().0, stats().live), (before.0, 0));
    });
}

fn housekeeping_on_a_thread(t: &Test) {
    t.spawn(async {
        cache::clear().await.expect("it works");
        let stored = Request::idb_store("kept/1").body("hello").await.expect("it begins");
        assert_is(&stored, Outcome::Success, CacheStatus::Stored);
        let keys = cache::keys("kept/").await.expect("it works");
        assert_eq!((keys.len(), keys[0].key.as_str(), keys[0].size), (1, "kept/1", 5));
        // The main thread sees the same records.
        let seen = Arc::new(AtomicUsize::new(0));
        let seen_there = Arc::clone(&seen);
        on_main(move || {
            cache::keys("kept/").send_fn(move |keys| {
                seen_there.store(keys.map_or(0, |keys| keys.len()), Ordering::Release);
            });
        });
        until("the main thread's list", || seen.load(Ordering::Acquire) == 1).await;
        let usage = cache::usage().await.expect("a StorageManager");
        assert!(usage.quota.is_some_and(|quota| quota > usage.used), "{usage:?}");
        // Only a page may ask for that.
        assert!(cache::persisted().await.is_ok());
        assert_eq!(cache::delete("kept/1").await, Ok(true));
        assert!(cache::keys("").await.expect("it works").is_empty());
    });
    let blocked = block_on(cache::usage()).expect("the thread may block");
    assert_eq!(blocked, Err(CacheError::WouldBlock));
}
