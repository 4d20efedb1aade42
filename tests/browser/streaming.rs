//! The streams that only a browser has: a heap that is smaller than the body, and a panic in C's
//! callback.

use std::cell::Cell;
use std::rc::Rc;

use fetch_runtime::{Chunk, Outcome, Request};
use fetch_shared::heap;
use fetch_shared::pattern::is_pattern;
use fetch_shared::scenario::Test;

use crate::driver::{self, Run};

/// To be run first: the heap is as small as it ever was.
pub(crate) fn first() -> Vec<(String, Run)> {
    tests![more_than_the_heap_holds]
}

pub(crate) fn tests() -> Vec<(String, Run)> {
    tests![a_panic_stops_a_stream]
}

/// 256 MiB pass through the 16 MiB that a heap has by default.
fn more_than_the_heap_holds(t: &Test) {
    const LENGTH: u64 = 256 << 20;
    const HEAP: usize = 16 << 20;
    let loaded = Rc::new(Cell::new(0));
    let count = Rc::clone(&loaded);
    let request =
        Request::get(t.url(&format!("/stream/{LENGTH}"))).on_chunk(move |chunk: Chunk| {
            assert_eq!(chunk.offset(), count.get());
            assert!(is_pattern(&chunk, chunk.offset()));
            count.set(chunk.offset() + chunk.len() as u64);
        });
    t.send(request, move |_, response| {
        assert!(response.is_success(), "{response:?}");
        assert_eq!(loaded.get(), LENGTH);
        assert!(heap::end() <= HEAP, "{} bytes of memory", heap::end());
        println!(
            "a stream of {LENGTH} bytes: all of the memory that is in use are {} bytes",
            heap::end()
        );
    });
}

/// `on_chunk` is not called again, and the chunks that came are not taken for the whole body.
fn a_panic_stops_a_stream(t: &Test) {
    driver::expect_panic();
    // As good as endless.
    t.send(
        Request::get(t.url("/drip/1000000/20")).on_chunk(|_| panic!("on purpose")),
        |_, response| {
            assert_eq!(response.outcome(), Outcome::Aborted);
        },
    );
}
