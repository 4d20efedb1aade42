//! Bodies that do not fit into the heap, whose size the link flags have set:
//! `FETCH_TEST_HEAP=default` or `=max`.
#![allow(unsafe_code)]

use std::cell::Cell;
use std::ffi::c_void;
use std::hint::black_box;
use std::ptr;
use std::rc::Rc;
use std::time::Duration;

use fetch_runtime::{CacheMode, Outcome, Request};
use fetch_shared::pattern::is_pattern;
use fetch_shared::scenario::Test;

use super::{in_the_store, leaves_nothing};
use crate::driver::Run;
use crate::js;
use crate::options::streams;

const MIB: usize = 1 << 20;

/// The heap cannot hold it.
fn over_the_heap() -> usize {
    if std::env::var("FETCH_TEST_HEAP").is_ok_and(|heap| heap == "max") {
        64 * MIB // the whole of -sMAXIMUM_MEMORY
    } else {
        20 * MIB // the heap has 16 by default
    }
}

/// Shorter than a heap of 16 MiB, so that JS can copy it to address 0.
const SHORTER_THAN_THE_HEAP: usize = 12 * MIB;

pub(crate) fn tests() -> Vec<(String, Run)> {
    assert!(
        std::env::var("FETCH_TEST_HEAP").is_ok_and(|heap| heap == "default" || heap == "max"),
        "this set needs a small heap: FETCH_TEST_HEAP=default or =max, in the build, too"
    );
    let mut all = tests![
        the_heap_is_as_small_as_linked,
        a_body_that_just_fits,
        a_body_over_the_heap,
        a_body_over_the_heap_with_a_timeout,
        a_body_over_the_heap_with_progress,
        an_error_page_over_the_heap,
        an_answer_to_a_post_over_the_heap,
        a_body_over_what_is_free,
        an_error_page_over_what_is_free,
        a_body_where_hardly_anything_is_free
    ];
    if cfg!(target_feature = "atomics") {
        all.extend(tests![
            waiting_for_a_body_over_the_heap,
            waiting_for_an_error_page_over_the_heap,
            waiting_for_a_body_over_what_is_free
        ]);
        #[cfg(target_feature = "atomics")]
        all.extend(tests![
            an_answer_for_a_thread_without_memory,
            a_thread_that_begins_without_memory
        ]);
    } else {
        all.extend(tests![
            a_stored_body_over_the_heap,
            a_record_over_the_heap,
            a_record_over_what_is_free
        ]);
        if streams() {
            all.extend(tests![a_chunk_over_what_is_free]);
        }
    }
    all
}

/// Static data that nothing writes.
static SENTINEL: [u8; 4096] = [0xa7; 4096];

/// Whether nothing has been written at address 0 since `real.remember()`, nor over this program's
/// static data.
pub(super) fn is_intact() -> bool {
    js::evaluate("real.unchanged") == "true"
        && black_box(&SENTINEL).iter().all(|byte| *byte == 0xa7)
}

unsafe extern "C" {
    fn malloc(size: usize) -> *mut c_void;
    fn free(block: *mut c_void);
}

/// Null where there is no room. The compiler would take that for impossible of a block that nothing
/// uses.
fn allocate(size: usize) -> *mut c_void {
    // SAFETY: any size may be asked for.
    black_box(unsafe { malloc(size) })
}

/// Holds memory, so that there is little for others. Each block begins with a pointer to the next.
struct Ballast(*mut Block);

struct Block {
    next: *mut Block,
}

impl Ballast {
    /// Leaves at least `len` bytes in one piece, and less than three times as much.
    fn all_but(len: usize) -> Self {
        let reserve = allocate(len);
        assert!(!reserve.is_null(), "there are no {len} bytes to be left");
        let ballast = Self::of_pieces(len);
        // SAFETY: malloc gave it out above, and nothing uses it.
        unsafe { free(reserve) };
        ballast
    }

    /// Leaves no piece of `len` bytes.
    fn of_pieces(len: usize) -> Self {
        let mut ballast = Self(ptr::null_mut());
        let mut size = 16 * MIB;
        while size >= len {
            let block = allocate(size).cast::<Block>();
            if block.is_null() {
                size = if size > len { len.max(size / 2) } else { 0 };
                continue;
            }
            // SAFETY: malloc has just given out so much, for any type.
            unsafe { block.write(Block { next: ballast.0 }) };
            ballast.0 = block;
        }
        ballast
    }
}

/// Holds memory, so that there are many free pieces of almost a kB, and none that is longer. At no
/// moment is there none: another thread may need one.
#[cfg(target_feature = "atomics")]
fn crumbs() -> (Ballast, Vec<*mut c_void>) {
    let mut pieces: Vec<_> = (0..600).map(|_| allocate(800)).collect();
    let mut at = 0;
    pieces.retain(|&piece| {
        at += 1;
        if at % 2 == 0 {
            // SAFETY: malloc gave it out above, and nothing uses it.
            unsafe { free(piece) };
        }
        at % 2 != 0
    });
    let ballast = Ballast::of_pieces(1000);
    // Less than a queue of C.
    assert!(allocate(1400).is_null());
    (ballast, pieces)
}

/// Runs a function on a new thread. It gets a function that ends the test with a result.
#[cfg(target_feature = "atomics")]
fn on_a_thread(t: &Test, run: impl FnOnce(Box<dyn Fn(bool)>) + Send + 'static) {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    let over = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&over);
    let end = move |is_good| over.store(if is_good { 1 } else { 2 }, Ordering::Release);
    let thread = std::thread::Builder::new().stack_size(1 << 18);
    t.spawn(async move {
        // A thread's first wait needs memory for good. From then on, this one needs hardly any.
        fetch_runtime::sleep(Duration::from_millis(1)).await;
        thread.spawn(move || run(Box::new(end))).expect("a thread");
        for _ in 0..1500 {
            if seen.load(Ordering::Acquire) > 0 {
                break;
            }
            fetch_runtime::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(seen.load(Ordering::Acquire), 1, "0: the handler was not called");
    });
}

#[cfg(target_feature = "atomics")]
fn free_all((ballast, pieces): (Ballast, Vec<*mut c_void>)) {
    drop(ballast);
    for piece in pieces {
        // SAFETY: malloc gave it out, and nothing uses it.
        unsafe { free(piece) };
    }
}

/// The main thread tells the thread all the same: its place was made at the start.
#[cfg(target_feature = "atomics")]
fn an_answer_for_a_thread_without_memory(t: &Test) {
    let url = t.url("/slow/700");
    on_a_thread(t, move |end| {
        let memory: Rc<Cell<Option<_>>> = Rc::default();
        let held = Rc::clone(&memory);
        let request = Request::get(url).cache(CacheMode::Reload);
        let sent = request.send_fn(move |response| {
            held.take().into_iter().for_each(free_all);
            end(response.is_success());
        });
        sent.expect("it begins");
        memory.set(Some(crumbs()));
    });
}

/// A thread that could not be told of the end has no request.
#[cfg(target_feature = "atomics")]
fn a_thread_that_begins_without_memory(t: &Test) {
    let url = t.url("/bytes/5");
    on_a_thread(t, move |end| {
        let request = || Request::get(url.as_str()).cache(CacheMode::Reload);
        let (first, second) = (request(), request());
        let memory = crumbs();
        let refused = first.send_fn(|_| ()).err();
        free_all(memory);
        let is_refused = refused == Some(fetch_runtime::StartError::OutOfMemory);
        let sent = second.send_fn(move |response| end(is_refused && response.is_success()));
        sent.expect("it begins");
    });
}

impl Drop for Ballast {
    fn drop(&mut self) {
        while !self.0.is_null() {
            // SAFETY: `all_but` wrote it.
            let next = unsafe { self.0.read() }.next;
            // SAFETY: malloc gave it out, and nothing uses it any more.
            unsafe { free(self.0.cast()) };
            self.0 = next;
        }
    }
}

/// Sends a request whose body does not fit. The response drops `held` first.
fn ends_without_memory(t: &Test, request: Request, status: u16, held: Option<Ballast>) {
    t.send(request, move |_, response| {
        drop(held);
        assert!(is_intact(), "the body was written at address 0");
        assert_eq!(
            (response.outcome(), response.status()),
            (Outcome::OutOfMemory, status),
            "{response:?}"
        );
        assert!(response.body().is_empty(), "{response:?}");
    });
}

/// Else the other tests would prove nothing.
fn the_heap_is_as_small_as_linked(_: &Test) {
    let block = allocate(over_the_heap());
    assert!(
        block.is_null(),
        "there are {} bytes: the program was linked without FETCH_TEST_HEAP",
        over_the_heap()
    );
}

/// The largest body that there is room for still arrives.
fn a_body_that_just_fits(t: &Test) {
    leaves_nothing(t, |t| {
        t.send(Request::get(t.url(&format!("/stream/{SHORTER_THAN_THE_HEAP}"))), |_, response| {
            assert!(response.is_success(), "{response:?}");
            assert!(
                response.body().len() == SHORTER_THAN_THE_HEAP && is_pattern(response.body(), 0)
            );
        });
    });
}

fn a_body_over_the_heap(t: &Test) {
    leaves_nothing(t, |t| ends_without_memory(t, Request::get(t.url("/files/big.bin")), 200, None));
}

/// The timeout is no way out, and its timer does not stay.
fn a_body_over_the_heap_with_a_timeout(t: &Test) {
    leaves_nothing(t, |t| {
        let request = Request::get(t.url(&format!("/stream/{}", over_the_heap())));
        ends_without_memory(t, request.timeout(Duration::from_secs(50)), 200, None);
    });
}

fn a_body_over_the_heap_with_progress(t: &Test) {
    leaves_nothing(t, |t| {
        let loaded = Rc::new(Cell::new(0));
        let seen = Rc::clone(&loaded);
        let request = Request::get(t.url(&format!("/stream/{}", over_the_heap())));
        t.send(
            request.on_progress(move |progress| seen.set(progress.loaded)),
            move |_, response| {
                assert_eq!(
                    (response.outcome(), response.status()),
                    (Outcome::OutOfMemory, 200),
                    "{response:?}"
                );
                assert!(loaded.get() > 0);
                assert!(is_intact(), "the body was written at address 0");
            },
        );
    });
}

fn an_error_page_over_the_heap(t: &Test) {
    leaves_nothing(t, |t| {
        ends_without_memory(
            t,
            Request::get(t.url(&format!("/status/404/{}", over_the_heap()))),
            404,
            None,
        );
    });
}

fn an_answer_to_a_post_over_the_heap(t: &Test) {
    leaves_nothing(t, |t| {
        let request =
            Request::post(t.url(&format!("/status/201/{}", over_the_heap()))).body("a body");
        ends_without_memory(t, request, 201, None);
    });
}

fn a_body_over_what_is_free(t: &Test) {
    leaves_nothing(t, |t| {
        let held = Ballast::all_but(3 * MIB);
        let request = Request::get(t.url(&format!("/stream/{SHORTER_THAN_THE_HEAP}")));
        ends_without_memory(t, request, 200, Some(held));
    });
}

fn an_error_page_over_what_is_free(t: &Test) {
    leaves_nothing(t, |t| {
        let held = Ballast::all_but(3 * MIB);
        let request = Request::get(t.url(&format!("/status/500/{SHORTER_THAN_THE_HEAP}")));
        ends_without_memory(t, request, 500, Some(held));
    });
}

/// A short body, which hardly reaches the program's static data: a write at address 0 would not
/// crash the program, but corrupt it.
fn a_body_where_hardly_anything_is_free(t: &Test) {
    leaves_nothing(t, |t| {
        let held = Ballast::all_but(64 << 10);
        ends_without_memory(t, Request::get(t.url("/bytes/300000")), 200, Some(held));
    });
}

/// The cache has it or has it not: the handler gets neither.
fn a_stored_body_over_the_heap(t: &Test) {
    leaves_nothing(t, |t| {
        let url = t.url(&format!("/stream/{}?stored", over_the_heap()));
        for mode in [CacheMode::ForceCache, CacheMode::ForceCache, CacheMode::Reload] {
            let request = Request::get(url.as_str()).cache(mode);
            t.then(|t| ends_without_memory(t, request, 200, None));
        }
        t.then(move |t| in_the_store(t, &format!("delete({url:?})")));
    });
}

fn record(t: &Test, len: usize, free: Option<usize>) {
    let key = t.url(&format!("/bytes/3?record={len}"));
    let fill = format!("put({key:?}, new Uint8Array({len}).fill(0xee))");
    for mode in [CacheMode::OnlyIfCached, CacheMode::ForceCache] {
        let (key, fill) = (key.clone(), fill.clone());
        t.then(move |t| in_the_store(t, &fill));
        t.then(move |t| {
            let held = free.map(Ballast::all_but);
            ends_without_memory(t, Request::get(key).cache(mode), 200, held);
        });
    }
    t.then(move |t| in_the_store(t, &format!("delete({key:?})")));
}

fn a_record_over_the_heap(t: &Test) {
    leaves_nothing(t, |t| record(t, over_the_heap(), None));
}

fn a_record_over_what_is_free(t: &Test) {
    leaves_nothing(t, |t| record(t, SHORTER_THAN_THE_HEAP, Some(3 * MIB)));
}

/// A stream ends there, without a status.
fn a_chunk_over_what_is_free(t: &Test) {
    leaves_nothing(t, |t| {
        let held = Ballast::all_but(10 << 10);
        let request =
            Request::get(t.url(&format!("/stream/{SHORTER_THAN_THE_HEAP}"))).on_chunk(|chunk| {
                assert!(is_pattern(&chunk, chunk.offset()), "a chunk that is none of the body's");
            });
        ends_without_memory(t, request, 0, Some(held));
    });
}

fn wait_without_memory(t: &Test, path: &str, status: u16, held: Option<Ballast>) {
    let response = Request::get(t.url(path)).send_blocking().expect("it begins");
    drop(held);
    assert!(is_intact(), "the body was written at address 0");
    assert_eq!(
        (response.outcome(), response.status()),
        (Outcome::OutOfMemory, status),
        "{response:?}"
    );
    assert!(response.body().is_empty(), "{response:?}");
}

fn waiting_for_a_body_over_the_heap(t: &Test) {
    leaves_nothing(t, |t| {
        wait_without_memory(t, &format!("/stream/{}", over_the_heap()), 200, None)
    });
}

fn waiting_for_an_error_page_over_the_heap(t: &Test) {
    leaves_nothing(t, |t| {
        wait_without_memory(t, &format!("/status/404/{}", over_the_heap()), 404, None)
    });
}

fn waiting_for_a_body_over_what_is_free(t: &Test) {
    leaves_nothing(t, |t| {
        let held = Ballast::all_but(3 * MIB);
        wait_without_memory(t, &format!("/stream/{SHORTER_THAN_THE_HEAP}"), 200, Some(held));
    });
}
