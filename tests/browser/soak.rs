//! The soak in a browser: random requests to the real server and IndexedDB, and the memory that is
//! in use after them.
//!
//! `FETCH_TEST_SOAK=10000,7` asks for so many requests, from this seed; `FETCH_RUNNER_TIMEOUT=3000`
//! gives them the time, by hand: `tests/browser/run --package fetch-tests --test browser -- soak`.
#![allow(unsafe_code)]

use std::cell::{Cell, RefCell};
use std::ffi::c_void;
use std::time::Instant;

use fastrand::Rng;
use fetch_runtime::stats;
use fetch_shared::heap;
use fetch_shared::scenario::Test;
use fetch_shared::soak::{Soak, of_server};

use crate::driver::{self, Run};
use crate::js;

/// So many requests are one test.
const ROUND: usize = 500;
/// So many are in flight at a time.
const WIDTH: u64 = 32;
/// As many bytes may be the allocator's own.
const SLACK: i64 = 1024;

struct Running {
    soak: Soak,
    over: Box<dyn FnOnce()>,
}

thread_local! {
    static RUNNING: RefCell<Option<Running>> = const { RefCell::new(None) };
    /// In use after the first round.
    static IN_USE: Cell<Option<i64>> = const { Cell::new(None) };
}

/// Round after round.
pub(crate) fn rounds() -> Vec<(String, Run)> {
    let asked = std::env::var("FETCH_TEST_SOAK").unwrap_or_else(|_| "2000,7".into());
    let (requests, seed) = asked.split_once(',').expect("FETCH_TEST_SOAK=REQUESTS,SEED");
    let requests: usize = requests.parse().expect("a number of requests");
    let mut random = Rng::with_seed(seed.parse().expect("a seed"));
    println!("soak: requests={requests} seed={seed}");
    let begin = Instant::now();
    let mut rounds = Vec::new();
    for first in (0..requests).step_by(ROUND) {
        let (count, random) = (ROUND.min(requests - first), random.fork());
        let run: Run = Box::new(move |t: &Test| round(t, count, random, begin));
        rounds.push((format!("soak::from_{first}"), run));
    }
    rounds
}

fn round(t: &Test, count: usize, random: Rng, begin: Instant) {
    let soak = Soak::new(random, count, WIDTH, of_server(t.url("")));
    RUNNING.set(Some(Running { soak, over: Box::new(t.expect()) }));
    js::later(tick, 1);
    t.then(move |_| {
        let in_use = heap::in_use();
        let first = IN_USE.get().unwrap_or(in_use);
        IN_USE.set(Some(first));
        let left = in_use - first;
        println!(
            "{:?} after {:.1?}; {left} bytes more than after the first round",
            stats(),
            begin.elapsed()
        );
        assert!(left < SLACK);
    });
}

unsafe extern "C-unwind" fn tick(_: *mut c_void) {
    driver::contain(|| {
        let Some(Running { soak, over }) = RUNNING.take() else { return };
        if soak.tick() {
            RUNNING.set(Some(Running { soak, over }));
            js::later(tick, 1);
        } else {
            println!("{:?}", soak.finish());
            over();
        }
    });
}
