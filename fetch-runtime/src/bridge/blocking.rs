//! Waits for a request: [`Request::send_blocking`].

use std::cell::Cell;
use std::rc::Rc;

use super::start::start_blocking;
use crate::flight::WithContext;
use crate::{Handler, Outcome, Request, Response, StartError};

impl Request {
    /// Sends the request, waits until it is over, and returns its response, whatever the outcome
    /// is. As after `request.await`, [`into_result`](Response::into_result) turns any outcome but
    /// success into an [`Error`](crate::Error). Meanwhile, no handler or other callback runs on
    /// this thread, except with `-sJSPI`.
    ///
    /// On the web, a worker may wait. That is a program that a page runs in a dedicated worker, or
    /// a pthread. For pthreads, link the program with `-pthread`, and serve its page with
    /// [`Cross-Origin-Opener-Policy` and `Cross-Origin-Embedder-Policy`][isolation].
    ///
    /// In a program that is linked with [`-sJSPI`](crate::guide::linking#jspi), `main` may wait on
    /// the browser's main thread. There the callbacks of other requests run meanwhile.
    ///
    /// A blocked thread runs no callbacks, so the request cannot use the cache, report progress or
    /// be aborted. With `-sJSPI` and on the desktop the limits are the same, so that a program that
    /// works in one place works in all of them.
    ///
    /// Set a [`timeout`](Self::timeout). It works, although upstream ignores it for synchronous
    /// fetches.
    ///
    /// # Errors
    /// - [`WouldBlock`](StartError::WouldBlock) on the browser's main thread, without JSPI or
    ///   inside a callback;
    /// - [`BlockingNotAllowed`](StartError::BlockingNotAllowed) with `cache`, `on_progress`,
    ///   `on_upload`, `on_chunk` or `signal`, and for records of the cache;
    /// - every error of [`send`](Self::send).
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
        #[cfg(target_os = "emscripten")]
        if !crate::sys::backend::may_block() {
            return self.send_suspended();
        }
        self.refuse_blocking_conflict();
        let slot = Slot::default();
        let handler = WithContext::<Waiting>(Rc::clone(&slot));
        let blocked = start_blocking(self, Box::new(handler))?;
        let timed_out = blocked.timed_out;
        let mut response = slot.take().expect("a synchronous request is over when it has started");
        if timed_out && response.outcome == Outcome::NetworkError {
            response.outcome = Outcome::Timeout;
        }
        #[cfg(feature = "observer")]
        blocked.watch.end(Some(&response));
        Ok(response)
    }

    /// Records an error if a blocked thread cannot send this request.
    pub(super) fn refuse_blocking_conflict(&mut self) {
        if let Some(reason) = self.blocking_conflict() {
            self.parts.record_error(StartError::BlockingNotAllowed { reason });
        }
    }

    /// The reason why a blocked thread cannot send this request.
    fn blocking_conflict(&self) -> Option<&'static str> {
        if self.parts.operation.uses_cache() {
            return Some(
                "IndexedDB does not answer a blocked thread: use `send`, or await the request",
            );
        }
        self.extras.as_ref()?.blocking_conflict()
    }
}

type Slot = Rc<Cell<Option<Response>>>;

/// Leaves the response to the blocked thread.
enum Waiting {}

impl Handler for Waiting {
    type Context = Slot;
    const NAME: &'static str = "send_blocking";

    fn handle(response: Response, slot: Slot) {
        slot.set(Some(response));
    }
}
