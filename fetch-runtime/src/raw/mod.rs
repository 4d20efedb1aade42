//! C's structs and timers, which the rest of the crate does not touch.

pub(crate) mod close;
pub(crate) mod snapshot;
pub(crate) mod timeout;
pub(crate) mod timer;
