//! Memory that is freed. The blocks are so long that malloc maps each of them by itself, and counts
//! the bytes.
#![cfg(all(target_os = "linux", target_env = "gnu"))]

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use super::*;

/// Longer than any block that malloc does not map, and than all that other tests allocate.
const LONG: usize = 256 << 20;

/// Calls `make`, which makes a block, and `free`, which frees it.
#[track_caller]
fn frees<T>(make: impl FnOnce() -> T, free: impl FnOnce(T)) {
    static ALONE: Mutex<()> = Mutex::new(());
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    // SAFETY: has no precondition.
    let mapped = || unsafe { libc::mallinfo2() }.hblkhd;
    let before = mapped();
    let made = make();
    assert!(mapped() > before + LONG / 2, "nothing was allocated");
    free(made);
    assert!(mapped() < before + LONG / 2, "nothing was freed");
}

#[test]
fn a_buffer() {
    frees(|| Buffer::zeroed(LONG), drop);
}

#[test]
fn a_body_that_the_program_leaves_in_the_struct() {
    let start = || {
        let mut scenario = Scenario::keeping();
        let id = scenario.start(GET);
        let body = Buffer::zeroed(LONG);
        scenario.tell(id, [head(200, "OK"), Event::Loaded { body, loaded: 5 }]);
        scenario
    };
    frees(start, |mut scenario| {
        let fetch = scenario.kept.pop().unwrap();
        assert!(scenario.close(fetch));
    });
}

/// The next chunk takes its place.
#[test]
fn a_chunk_that_the_program_leaves_in_the_struct() {
    let start = || {
        let mut scenario = Scenario::new();
        let id = scenario.start(get(REPLACE | STREAM));
        scenario.tell(id, [Event::Chunk { bytes: Buffer::zeroed(LONG), permit: None }]);
        (scenario, id)
    };
    frees(start, |(mut scenario, id)| scenario.tell(id, [chunk("a")]));
}

/// A part of a fetch.
#[derive(Debug)]
struct Part {
    _alive: Arc<()>,
}

impl fmt::Display for Part {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

impl std::error::Error for Part {}

/// Those that have ended are the program's.
#[test]
fn a_machine_frees_its_fetches_in_flight() {
    let alive = Arc::new(());
    let mut scenario = Scenario::keeping();
    let [ended, _] = [(); 2].map(|()| {
        let id = scenario.start(GET);
        let cause = Cause::new(Part { _alive: Arc::clone(&alive) });
        // SAFETY: it is in flight, and no callback runs.
        unsafe { scenario.machine.pointer(id.unwrap()).unwrap().as_mut() }.cause = Some(cause);
        id
    });
    scenario.tell(ended, [loaded("bytes")]);
    let kept = scenario.kept.pop().unwrap();
    assert_eq!(Arc::strong_count(&alive), 3);
    scenario.machine = Machine::default();
    assert_eq!(Arc::strong_count(&alive), 2);
    scenario.close_guarded(kept);
    assert_eq!(Arc::strong_count(&alive), 1);
}
