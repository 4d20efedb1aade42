//! Back pressure: a stream stops while many of its chunks wait for the program.

use super::engine;
use super::machine::event;

/// The gate of a stream. The driver has it: it sends no chunk without a permit.
pub(crate) struct Gate;

/// Is held by a chunk that waits. Its drop lets the stream go on.
pub(crate) struct Permit {
    _permit: Option<event::Permit>,
}

impl Gate {
    /// Runs `start`, which starts the stream.
    pub(crate) fn around<R>(start: impl FnOnce() -> R) -> (Self, R) {
        (Self, start())
    }

    /// The permit of the chunk that is being delivered.
    pub(crate) fn permit(&self) -> Permit {
        Permit { _permit: engine::with(|engine| engine.machine.take_permit()) }
    }
}
