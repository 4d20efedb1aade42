//! C's structs at the end of a fetch, and C's timers.

pub(crate) mod close;
pub(crate) mod snapshot;
pub(crate) mod timeout;
pub(crate) mod timer;
