//! The integrity of a request in flight.

use std::cell::Cell;

use crate::request::Verifier;

/// The integrity of a request in flight, if it has one.
pub(super) struct Verification {
    pub(super) verifier: Option<Box<dyn Verifier>>,
    /// Whether the body that was taken over last was refused. `None` if it was not compared.
    pub(super) is_refused: Cell<Option<bool>>,
}

impl Verification {
    pub(super) fn new(verifier: Option<Box<dyn Verifier>>) -> Self {
        Self { verifier, is_refused: Cell::new(None) }
    }

    /// Another body was taken over.
    pub(super) fn forget(&self) {
        self.is_refused.set(None);
    }
}
