//! The handle of a request that was started.

use std::fmt;
use std::rc::Rc;

use super::InFlight;
use crate::Outcome;

/// A request in flight. Dropping it lets the request run on.
///
/// It belongs to the thread that started the request, as in Emscripten:
///
/// ```compile_fail,E0277
/// # fn is_send<T: Send>() {}
/// is_send::<fetch_runtime::Fetch>();
/// ```
pub struct Fetch {
    flight: Rc<InFlight>,
}

impl Fetch {
    pub(crate) fn new(flight: Rc<InFlight>) -> Self {
        Self { flight }
    }

    /// Ends the request. Its handler is called with [`Outcome::Aborted`], once, after this has
    /// returned. If the request is over, nothing happens.
    ///
    /// The transfer ends at once. A request cannot be ended while the cache is being read or
    /// written; it then ends as soon as that is done. A store that is already running is completed:
    /// see [`cache_status`](crate::Response::cache_status).
    ///
    /// ```no_run
    /// use fetch_runtime::{Outcome, fetch};
    ///
    /// # fn main() -> Result<(), fetch_runtime::StartError> {
    /// let request = fetch!(GET "https://example.com/big.bin" => |response| {
    ///     assert_eq!(response.outcome(), Outcome::Aborted);
    /// })?;
    /// request.abort();
    /// # Ok(())
    /// # }
    /// ```
    pub fn abort(&self) {
        self.flight.cancel(Outcome::Aborted);
    }

    /// Whether the request is over: its handler has been called, or is about to be.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.flight.is_finished()
    }
}

impl fmt::Debug for Fetch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fetch").field("phase", &self.flight.phase()).finish()
    }
}
