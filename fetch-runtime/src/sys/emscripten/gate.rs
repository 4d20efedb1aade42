//! Back pressure: a stream stops while many of its chunks wait for the program.

use core::ffi::c_int;
use std::rc::Rc;

javascript! {
    // gate.c
    fn fetch_runtime_gate() -> c_int;
    fn fetch_runtime_gate_started(at: c_int);
    fn fetch_runtime_gate_count(at: c_int, by: c_int);
    fn fetch_runtime_gate_drop(at: c_int);
}

/// The gate of a stream. Upstream reads the next chunk only when the gate is open.
pub(crate) struct Gate(Rc<Place>);

/// The place of a gate in JavaScript's list.
struct Place(c_int);

/// Is held by a chunk that waits. Its drop lets the stream go on.
pub(crate) struct Permit(Rc<Place>);

impl Gate {
    /// Runs `start`, which starts the stream.
    pub(crate) fn around<R>(start: impl FnOnce() -> R) -> (Self, R) {
        // SAFETY: it touches no memory of the program.
        let place = unsafe { fetch_runtime_gate() };
        let result = start();
        // SAFETY: as above.
        unsafe { fetch_runtime_gate_started(place) };
        (Self(Rc::new(Place(place))), result)
    }

    /// The permit of a chunk that is being delivered.
    pub(crate) fn permit(&self) -> Permit {
        // SAFETY: it touches no memory of the program.
        unsafe { fetch_runtime_gate_count(self.0.0, 1) };
        Permit(Rc::clone(&self.0))
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        // SAFETY: it touches no memory of the program.
        unsafe { fetch_runtime_gate_count(self.0.0, -1) };
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // SAFETY: it touches no memory of the program.
        unsafe { fetch_runtime_gate_drop(self.0) };
    }
}
