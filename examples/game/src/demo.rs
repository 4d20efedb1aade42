//! The demo: plays by itself, in the same way each time, and checks what it sees.

use crate::world::{Input, World};

/// The folder that is not there: the first load of a demo fails.
pub(crate) const MISSING: &str = "missing/";
/// How many steps of the game a frame of the demo has: so it takes less time.
pub(crate) const STEPS: u32 = 10;
/// The demo ends in this level, when it has as many bricks left.
const LAST: (usize, usize) = (1, 28);
/// A demo that has not ended after as many frames has failed.
const MOST_FRAMES: u32 = 3600;

/// What the demo has seen.
#[derive(Default)]
pub(crate) struct Demo {
    frames: u32,
    failures: u32,
}

impl Demo {
    pub(crate) fn failed_to_load(&mut self, error: &str) {
        self.failures += 1;
        check(self.failures == 1, &format!("a load that fails can be tried again: {error}"));
    }

    pub(crate) fn loaded(&self, files: usize, hits: usize) {
        check(self.failures == 1, "the first load failed, and the second one did not");
        check(hits == files, &format!("{hits} of {files} files came from the cache"));
    }

    /// Counts a frame.
    pub(crate) fn frame(&mut self) {
        self.frames += 1;
        assert!(self.frames < MOST_FRAMES, "the demo does not end");
    }

    pub(crate) fn input(&self, world: &World) -> Input {
        Input { paddle: world.aim(), launch: true }
    }

    /// Whether it has seen enough.
    pub(crate) fn is_over(&self, level: usize, world: &World) -> bool {
        level > LAST.0 || (level == LAST.0 && world.bricks.len() <= LAST.1)
    }
}

/// # Panics
/// If it is not good, which ends the demo with a status other than 0.
pub(crate) fn check(good: bool, what: &str) {
    assert!(good, "not so: {what}");
    println!("ok     {what}");
}
