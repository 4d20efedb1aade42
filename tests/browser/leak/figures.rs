//! Each figure in one line, and asserted where there is a promise.

use std::time::{Duration, Instant};

use fetch_runtime::sys::{EMSCRIPTEN_RESULT_INVALID_PARAM, EMSCRIPTEN_RESULT_SUCCESS};
use fetch_runtime::{
    Fetch, Outcome, Response, StartError, fetch, fetch_handler, spawn_local, stats,
};
use fetch_shared::heap;
use fetch_shared::median::median;

use crate::by_hand::{ByHand, Close};
use crate::page::js;
use crate::task::Signal;

const MIB: usize = 1024 * 1024;

pub(crate) async fn all() {
    println!("the browser's Emscripten program, {} bytes in use", heap::in_use());
    // First: the heap is as small as it ever was.
    peak().await;
    leaks().await;
    sentinel().await;
    // Thousands of loads, for a person who wants to know.
    if std::env::args().any(|argument| argument == "costs") {
        time().await;
    }
    // The rest runs in a handler: `exit` throws, which the callbacks that are written by hand do
    // not expect.
    succeed(|signal| fetch!(GET "/empty", context: signal => over)).await;
    let stats = stats();
    assert_eq!(
        (stats.live, stats.started),
        (1, stats.completed + 1),
        "all but the one that was lost: {stats:?}"
    );
    fetch_shared::ending::exit(0);
}

#[fetch_handler]
fn over(response: Response, signal: Signal<Response>) {
    signal.give(response);
}

/// Starts a request, and waits for its response.
async fn response(start: impl FnOnce(Signal<Response>) -> Result<Fetch, StartError>) -> Response {
    let signal = Signal::new();
    start(signal.clone()).expect("it starts");
    signal.await
}

async fn succeed(start: impl FnOnce(Signal<Response>) -> Result<Fetch, StartError>) -> Response {
    let response = response(start).await;
    assert!(response.is_success(), "{response:?}");
    response
}

/// The heap holds the body once.
async fn peak() {
    const BODY: usize = 32 * MIB;
    let start = |signal| fetch!(GET "/empty", context: signal => over);
    succeed(start).await;
    let before = heap::end();
    let body =
        succeed(|signal| fetch!(GET "/bytes/33554432", context: signal => over)).await.into_body();
    assert_eq!(body.len(), BODY);
    let grown = heap::end() - before;
    println!(
        "GET of 32 MiB: at the peak the heap has grown by {:.3} MiB, to {:.3} MiB; \
         the memory is {:.3} MiB",
        mib(grown),
        mib(heap::end()),
        js(c"HEAPU8.length / 1024") as f64 / 1024.0
    );
    assert!(grown <= BODY + MIB);
}

/// The growth of the allocator's figure from the tenth round to the last.
async fn growth(rounds: usize, mut round: impl AsyncFnMut()) -> i64 {
    for _ in 0..10 {
        round().await;
    }
    let (before, mut most) = (heap::in_use(), 0);
    for _ in 10..rounds {
        round().await;
        most = most.max(heap::in_use() - before);
    }
    assert_eq!(heap::in_use() - before, most, "it goes up and down");
    most
}

/// The bytes that each plain close leaks.
async fn plain_growth(request: ByHand) -> Vec<i64> {
    let mut growths = Vec::with_capacity(5);
    // The state of the request before, which `fetch!` frees when its handler has returned, is gone
    // after this.
    request.start(Close::Plain).await;
    for _ in 0..5 {
        let before = heap::in_use();
        let result = request.start(Close::Plain).await;
        growths.push(heap::in_use() - before);
        assert_eq!(result, EMSCRIPTEN_RESULT_INVALID_PARAM);
    }
    growths
}

async fn leaks() {
    const ROUNDS: usize = 300;
    const LENGTH: usize = 1_000_000;
    let url = "/bytes/1000000";
    succeed(|signal| fetch!(GET url, cache: Reload, cache_key: url, context: signal => over)).await;

    let load = || async {
        let start =
            |signal| fetch!(GET "/bytes/1000000", cache: OnlyIfCached, context: signal => over);
        assert_eq!(succeed(start).await.body().len(), LENGTH);
    };
    let store = || async {
        succeed(|signal| fetch!(IDB_STORE "stored", body: &[7; 1000], context: signal => over))
            .await;
    };
    let delete = || async {
        succeed(|signal| fetch!(IDB_DELETE "stored", context: signal => over)).await;
    };
    let miss = || async {
        let start = |signal| fetch!(GET "missing", cache: OnlyIfCached, context: signal => over);
        assert_eq!(response(start).await.outcome(), Outcome::CacheMiss);
    };
    let guarded = [
        ("load of 1,000,000 bytes", growth(ROUNDS, load).await),
        ("store", growth(ROUNDS, store).await),
        ("delete", growth(ROUNDS, delete).await),
        ("cache-only miss", growth(ROUNDS, miss).await),
    ];
    for (what, growth) in guarded {
        println!("{what}, fetch!: {growth} bytes more in use after {ROUNDS} than after 10");
        // A leak of one byte in each round would be 16 bytes of malloc's each time. malloc rounds a
        // block now and then.
        assert!((0..24).contains(&growth), "it leaks");
    }

    let store = ByHand { method: "EM_IDB_STORE", url: c"stored", attributes: 0, body: &[7; 1000] };
    let plain = [
        ("load of 1,000,000 bytes", ByHand::cached(c"/bytes/1000000"), LENGTH as i64 + 240),
        ("store", store, 1),
        ("delete", ByHand { method: "EM_IDB_DELETE", body: &[], ..store }, 1),
        ("cache-only miss", ByHand::cached(c"missing"), 1),
    ];
    for (what, request, at_least) in plain {
        let growths = plain_growth(request).await;
        println!("{what}, plain close: refused (-5) each time, and {growths:?} bytes more in use");
        assert!(growths.iter().all(|&growth| growth >= at_least));
    }
}

/// 0xffff is a request's handle when so many are taken. The guard's `u32::MAX` never is.
async fn sentinel() {
    // Handles are taken up to there, so that the next request gets it.
    js(c"globalThis.aborted = 0;
        globalThis.take = () => Fetch.xhrs.allocate({ readyState: 1, abort() { aborted++; } });
        while (take() < 0xfffe);");
    let is_alive = || js(c"Fetch.xhrs.has(0xffff)") == 1;
    assert!(!is_alive());
    let victim = Signal::new();
    // It is in flight for longer than the loads below take on a busy machine.
    fetch!(GET "/slow/8000", context: victim.clone() => over).expect("it starts");
    assert_eq!(js(c"Fetch.xhrs.get(0xffff) instanceof XMLHttpRequest"), 1);
    js(c"for (let i = 0; i < 5000; i++) take();");
    let taken = || {
        js(c"let taken = 0; for (let id = 1; id < 80000; id++) taken += Fetch.xhrs.has(id); taken")
    };
    let before = taken();
    assert!(before > 0xffff);

    for _ in 0..100 {
        succeed(
            |signal| fetch!(GET "/bytes/1000000", cache: OnlyIfCached, context: signal => over),
        )
        .await;
    }
    assert_eq!((taken(), js(c"aborted")), (before, 0));
    assert!(is_alive());
    let response = victim.await;
    assert!(response.is_success(), "{response:?}");
    println!(
        "sentinel, fetch!: with {before} handles taken, 100 cached loads touch none of them; \
         request 0xffff succeeds"
    );

    // The same once more, with the workaround.
    let victim = Signal::new();
    fetch!(GET "/slow/1500", context: victim.clone() => over).expect("it starts");
    assert!(is_alive());
    let result = ByHand::cached(c"/bytes/1000000").start(Close::Forced).await;
    assert_eq!(result, EMSCRIPTEN_RESULT_SUCCESS);
    assert!(!is_alive(), "the handle was freed");
    succeed(|signal| fetch!(GET "/slow/3000", context: signal => over)).await;
    assert!(victim.take().is_none(), "its handler is never called");
    println!(
        "sentinel, id 0xffff forced: one cached load aborts request 0xffff, \
         whose handler is never called"
    );
}

/// The layer's costs, compared in turn with calls of the C functions by hand.
async fn time() {
    const ROUNDS: usize = 100;
    // The browser's clock ticks every 100 µs: so many loads are about 200 ticks, and the ratio of
    // two such times is exact to 0.5 %.
    const LOADS: u32 = 250;
    succeed(|signal| fetch!(IDB_STORE "small", body: vec![7; 1000], context: signal => over)).await;

    let by_macro = async || {
        let start = Instant::now();
        for _ in 0..LOADS {
            succeed(|signal| fetch!(GET "small", cache: OnlyIfCached, context: signal => over))
                .await;
        }
        start.elapsed()
    };
    let by_hand = async || {
        let start = Instant::now();
        for _ in 0..LOADS {
            ByHand::cached(c"small").start(Close::Guarded).await;
        }
        start.elapsed()
    };
    // In a task of the crate's executor.
    let awaited = async || {
        let signal = Signal::new();
        let over = signal.clone();
        spawn_local(async move {
            let start = Instant::now();
            for _ in 0..LOADS {
                let response = fetch!(GET "small", cache: OnlyIfCached).await.expect("it starts");
                assert!(response.is_success(), "{response:?}");
            }
            over.give(start.elapsed());
        });
        signal.await
    };
    let mut times = [const { Vec::new() }; 3];
    for round in 0..=ROUNDS {
        let mut all = [Duration::ZERO; 3];
        for turn in 0..3 {
            let which = (round + turn) % 3;
            all[which] = match which {
                0 => by_hand().await,
                1 => by_macro().await,
                _ => awaited().await,
            };
        }
        // The first is for the browser's compiler.
        if round > 0 {
            for (times, time) in times.iter_mut().zip(all) {
                times.push(time.as_secs_f64() * 1e6 / f64::from(LOADS));
            }
        }
    }
    let [hand, layer, awaited] = times;
    let ratio =
        |time: &[f64], of: &[f64]| median(time.iter().zip(of).map(|(a, b)| a / b).collect());
    println!(
        "time of a cached load of 1 kB: {:.1} µs by hand with the guarded close, {:.1} µs by \
         fetch!, {:.3} times that, and {:.1} µs awaited, {:.3} times fetch!",
        median(hand.clone()),
        median(layer.clone()),
        ratio(&layer, &hand),
        median(awaited.clone()),
        ratio(&awaited, &layer),
    );
}

fn mib(bytes: usize) -> f64 {
    bytes as f64 / MIB as f64
}
