//! The limit of requests at a time.

use crate::flight::queue;

/// Sets how many of this thread's requests may be in flight at a time. The default is 256.
///
/// Further requests wait for their turn, in the order in which they were started. See the guide
/// [*Concurrency and timeouts*](crate::guide::concurrency).
///
/// Each thread has its own limit, as each has its own requests. A higher limit lets requests that
/// wait begin at once; a lower one ends none. 0 counts as 1. `usize::MAX` is no limit.
///
/// ```
/// fetch_runtime::set_max_in_flight(6);
/// ```
pub fn set_max_in_flight(max: usize) {
    queue::set_max(max.max(1));
}
