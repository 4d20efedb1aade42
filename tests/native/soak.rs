//! The soak on the native backend, and the memory that is in use after it.
//!
//! `cargo test --release -p fetch-tests --test soak -- requests=200000 seed=7`. Without arguments
//! it is a short one, from a seed that it prints. One request in ten goes to a real server and the
//! real cache; all others are answered by scripts.
#![allow(unsafe_code)]

use std::collections::BTreeMap;
use std::panic::{catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicI64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use fastrand::Rng;
use fetch_runtime::native;
use fetch_runtime::native::script::{Answer, Cache, Script, Stage};
use fetch_runtime::{CacheMode, Request};
use fetch_shared::counting::Counting;
use fetch_shared::server::Server;
use fetch_shared::soak::{Asked, PLANNED, Planned, Soak, of_server};

/// Blocks of all threads that are allocated and not freed.
static ALLOCATIONS: AtomicI64 = AtomicI64::new(0);
/// Their bytes.
static BYTES: AtomicI64 = AtomicI64::new(0);

// SAFETY: `count` adds to two atomics, and does nothing else.
#[global_allocator]
static ALLOCATOR: Counting = unsafe { Counting::new(count) };

fn count(before: Option<usize>, after: Option<usize>) {
    let bytes = |size: Option<usize>| size.map_or(0, |size| size as i64);
    let blocks = |size: Option<usize>| i64::from(size.is_some());
    ALLOCATIONS.fetch_add(blocks(after) - blocks(before), Ordering::Relaxed);
    BYTES.fetch_add(bytes(after) - bytes(before), Ordering::Relaxed);
}

/// The bytes that malloc has given out: Rust's allocations and the bodies. This is not exact, as it
/// includes the blocks that malloc caches for each thread.
#[cfg(target_env = "gnu")]
fn malloced() -> i64 {
    // SAFETY: it only reads.
    let info = unsafe { libc::mallinfo2() };
    (info.uordblks + info.hblkhd) as i64
}

#[cfg(not(target_env = "gnu"))]
fn malloced() -> i64 {
    0
}

/// So many bytes of it may be the allocator's own.
const SLACK: i64 = 256 * 1024;

/// So many requests have the same script.
const ROUND: usize = 500;
/// So many URLs has a script.
const URLS: usize = 24;

type Outcomes = BTreeMap<String, usize>;

/// Whether all requests of this URL have a timeout, so that its time can be over.
fn is_timed(url: usize) -> bool {
    url % 4 == 0
}

fn answer(random: &mut Rng, is_timed: bool) -> Answer {
    let mut answer = match random.u8(..12) {
        0 => Answer::network_error(),
        1 if is_timed => Answer::timeout(),
        2 => Answer::send_throws(),
        3 => Answer::new(200).out_of_memory(),
        4 => Answer::cached(vec![7; random.usize(..2000)]),
        _ => Answer::new(
            random.choice([200, 200, 200, 201, 204, 206, 304, 404, 413, 500, 503]).unwrap_or(200),
        ),
    };
    for _ in 0..random.u8(..4) {
        answer = answer.body(vec![7; random.usize(..5000)]);
    }
    answer = match random.u8(..10) {
        0 => answer.breaks_off(),
        1 if is_timed => answer.times_out(),
        2 => answer.not_stored(),
        3 => answer.reason("All Is Well").header("x-a", "1").final_url("https://example.org/"),
        _ => answer,
    };
    for moment in [Stage::Lookup, Stage::Head, Stage::Chunk, Stage::Done, Stage::Load, Stage::Store]
    {
        if random.u8(..8) == 0 {
            answer = answer.hold(moment);
        }
    }
    answer
}

fn of_script(random: &mut Rng) -> Asked {
    let url = random.usize(..URLS);
    let ms =
        if random.u8(..4) == 0 { Some(random.u64(1..20)) } else { is_timed(url).then_some(60_000) };
    let timed = |request: Request| match ms {
        Some(ms) => request.timeout(Duration::from_millis(ms)),
        None => request,
    };
    let url = format!("/{url}");
    match random.u8(..10) {
        0 => return Asked::Record(Request::idb_store(url).body(vec![7; random.usize(..2000)])),
        1 => return Asked::Record(Request::idb_delete(url)),
        2 => return Asked::Download(timed(Request::post(url).body(vec![7; random.usize(..2000)]))),
        3 => return Asked::Download(timed(Request::head(url))),
        _ => {}
    }
    let modes =
        [CacheMode::NoStore, CacheMode::Reload, CacheMode::ForceCache, CacheMode::OnlyIfCached];
    let request = timed(Request::get(url));
    match random.choice(modes).unwrap_or_default() {
        CacheMode::NoStore => Asked::Stream(request),
        mode => Asked::Download(request.cache(mode)),
    }
}

/// Lets callbacks run; a panic that is planned is none. Whether there was one.
fn contain(callbacks: fn()) -> bool {
    let result = catch_unwind(callbacks);
    let has_panicked = result.is_err();
    if let Err(payload) = result {
        let is_planned = payload.is::<Planned>()
            || payload.downcast_ref::<String>().is_some_and(|message| message.ends_with(PLANNED));
        if !is_planned {
            resume_unwind(payload);
        }
    }
    has_panicked
}

/// A request that was aborted may leave a timer, which holds memory until it is due.
fn finish(soak: Soak) -> Outcomes {
    while contain(fetch_runtime::run) {}
    soak.finish()
}

fn add(outcomes: &mut Outcomes, more: Outcomes) {
    for (outcome, count) in more {
        *outcomes.entry(outcome).or_default() += count;
    }
}

fn scripted(seed: u64, requests: usize) -> Outcomes {
    let mut random = Rng::with_seed(seed);
    let mut outcomes = Outcomes::new();
    let mut left = requests;
    while left > 0 {
        let script = Script::install();
        for url in 0..URLS {
            for method in ["GET", "POST", "HEAD", "IDB_STORE", "IDB_DELETE"] {
                script.answer(method, &format!("/{url}"), answer(&mut random, is_timed(url)));
            }
        }
        let count = left.min(ROUND);
        left -= count;
        let soak = Soak::new(random.fork(), count, random.u64(1..60), of_script);
        while soak.tick() {
            contain(fetch_runtime::poll);
            match random.u8(..30) {
                0..5 => script.release(),
                5 => _ = script.cache(Cache::Unavailable),
                6 => _ = script.cache(Cache::Throwing),
                7..10 => _ = script.cache(Cache::Available),
                _ => {}
            }
        }
        add(&mut outcomes, finish(soak));
        assert_eq!(script.live_structs(), 0);
    }
    outcomes
}

fn real(seed: u64, requests: usize) -> Outcomes {
    let mut random = Rng::with_seed(seed);
    let folder = tempfile::tempdir().expect("a temporary folder");
    native::set_cache_dir(folder.path());
    let server = Server::start(None).expect("a port and a thread");
    let soak = Soak::new(random.fork(), requests, 32, of_server(server.url("")));
    while soak.tick() {
        contain(fetch_runtime::poll);
        thread::yield_now();
    }
    finish(soak)
}

/// In a thread of its own, whose memory of it goes with it.
fn run(seed: u64, requests: usize) -> Outcomes {
    let thread = thread::spawn(move || {
        let to_server = requests / 10;
        let mut outcomes = scripted(seed, requests - to_server);
        add(&mut outcomes, real(seed, to_server));
        outcomes
    });
    thread.join().unwrap_or_else(|panic| resume_unwind(panic))
}

fn main() {
    let (mut requests, mut seed) = (5000, None);
    for argument in std::env::args().skip(1) {
        match argument.split_once('=') {
            Some(("requests", number)) => requests = number.parse().expect("a number"),
            Some(("seed", number)) => seed = Some(number.parse().expect("a number")),
            // `cargo test FILTER` hands it to all tests.
            _ if !argument.starts_with('-') && !"soak".contains(&argument) => return,
            _ => {}
        }
    }
    let seed = seed.unwrap_or_else(|| fastrand::u64(..100_000));
    println!("soak: requests={requests} seed={seed}");
    let print = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if !info.payload().is::<Planned>() {
            print(info);
        }
    }));
    // Makes the allocations that a process makes once.
    run(seed, 1000);
    let before = (ALLOCATIONS.load(Ordering::SeqCst), BYTES.load(Ordering::SeqCst), malloced());
    let start = Instant::now();
    let outcomes = run(seed, requests);
    let time = start.elapsed();
    println!("{outcomes:?}");
    assert_eq!(outcomes.into_values().sum::<usize>(), requests);
    let after = (ALLOCATIONS.load(Ordering::SeqCst), BYTES.load(Ordering::SeqCst), malloced());
    let (allocations, bytes) = (after.0 - before.0, after.1 - before.1);
    let bodies = (after.2 - before.2) - bytes;
    println!(
        "soak: {requests} requests in {time:.1?}; left: {allocations} allocations of {bytes} \
         bytes, and {bodies} of malloc's"
    );
    assert_eq!((allocations, bytes), (0, 0));
    assert!(bodies < SLACK, "bodies leak");
}
