//! The handle of a request that was started.

use std::fmt;
use std::rc::Rc;

use crate::inflight::{self, Phase, State};

/// A request in flight. Dropping it lets the request run on.
///
/// It belongs to the thread that started the request, as in Emscripten:
///
/// ```compile_fail,E0277
/// # fn is_send<T: Send>() {}
/// is_send::<fetch_runtime::Fetch>();
/// ```
pub struct Fetch {
    state: Rc<dyn State>,
}

impl Fetch {
    pub(crate) fn new(state: Rc<dyn State>) -> Self {
        Self { state }
    }

    /// Ends the request. Its handler is called with [`Outcome::Aborted`](crate::Outcome::Aborted),
    /// once, after this has returned. If the request is over, nothing happens.
    ///
    /// The transfer ends at once, or where JS still works on it (the cache is being asked, or
    /// written) as soon as it does not. What is being written into the cache by then is written:
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
        inflight::abort(&self.state);
    }

    /// Whether the request is over: its handler has been called, or is about to be.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.state.core().phase.get() == Phase::Done
    }
}

impl fmt::Debug for Fetch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fetch").field("phase", &self.state.core().phase.get()).finish()
    }
}
