//! Waits for a request: [`Request::send_blocking`].

use std::cell::Cell;
use std::rc::Rc;

use super::start::start_blocking;
use crate::sys::backend;
use crate::{Outcome, Request, Response, StartError};

impl Request {
    /// Sends the request, and returns when it is over: with its response, whatever the outcome is.
    /// No handler or other callback runs meanwhile on this thread.
    ///
    /// On the web a thread may wait if it is a pthread: the program is linked with `-pthread`, and
    /// its page isolated by [`Cross-Origin-Opener-Policy` and
    /// `Cross-Origin-Embedder-Policy`][isolation]. The browser's main thread must not. A blocked
    /// thread runs no callbacks, so the request cannot use the cache, report progress or be
    /// aborted. The same holds natively: what works on the desktop works on the web.
    ///
    /// Set a [`timeout`](Self::timeout). It works, although upstream ignores it for synchronous
    /// fetches.
    ///
    /// # Errors
    /// - [`WouldBlock`](StartError::WouldBlock) on the browser's main thread, and in programs
    ///   without pthreads;
    /// - [`BlockingNotAllowed`](StartError::BlockingNotAllowed) with `cache`, `on_progress`,
    ///   `on_chunk` or `signal`, and for records of the cache;
    /// - what [`send`](Self::send) refuses.
    ///
    /// ```
    /// use std::time::Duration;
    /// use fetch_runtime::{StartError, fetch};
    ///
    /// fn motd() -> Result<Option<String>, StartError> {
    ///     let request = fetch!(GET "https://example.com/motd", timeout: Duration::from_secs(5));
    ///     let response = request.send_blocking()?;
    ///     Ok(response.into_result().ok().map(|response| response.text().into_owned()))
    /// }
    ///
    /// # #[cfg(feature = "script")]
    /// # fn main() -> Result<(), StartError> {
    /// # use fetch_runtime::native::script::{Answer, Script};
    /// # let script = Script::install();
    /// # script.answer("GET", "https://example.com/motd", Answer::new(200).body("hello"));
    /// assert_eq!(motd()?.as_deref(), Some("hello"));
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "script"))]
    /// # fn main() {}
    /// ```
    ///
    /// [isolation]: https://developer.mozilla.org/en-US/docs/Web/API/Window/crossOriginIsolated
    pub fn send_blocking(mut self) -> Result<Response, StartError> {
        if !backend::may_block() {
            return Err(StartError::WouldBlock);
        }
        if let Some(reason) = self.blocking_conflict() {
            self.parts.record_error(StartError::BlockingNotAllowed { reason });
        }
        let slot: Rc<Cell<Option<Response>>> = Rc::default();
        let for_handler = Rc::clone(&slot);
        let timed_out =
            start_blocking(self, Box::new(move |response| for_handler.set(Some(response))))?;
        let mut response = slot.take().expect("a synchronous request is over when it has started");
        if timed_out && response.outcome == Outcome::NetworkError {
            response.outcome = Outcome::Timeout;
        }
        Ok(response)
    }

    /// Why a thread that waits cannot have this request.
    fn blocking_conflict(&self) -> Option<&'static str> {
        if self.parts.operation.uses_cache() {
            return Some(
                "IndexedDB does not answer a blocked thread: use `send`, on the main thread",
            );
        }
        self.extras.as_ref()?.blocking_conflict()
    }
}
