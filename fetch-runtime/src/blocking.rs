//! Waits for a request: [`Request::send_blocking`].

use std::cell::Cell;
use std::rc::Rc;

use crate::progress::Listeners;
use crate::sys::backend;
use crate::{Handler, Outcome, Request, Response, StartError, start};

impl Request {
    /// Sends the request, and returns when it is over: with its response, whatever the outcome is.
    /// No handler or other callback runs meanwhile on this thread.
    ///
    /// On the web a thread may wait if it is a pthread: the program is linked with `-pthread`, and
    /// its page isolated by [`Cross-Origin-Opener-Policy` and
    /// `Cross-Origin-Embedder-Policy`][isolation]. The browser's main thread must not. Nobody
    /// answers a thread that waits: the request can use no cache, and nobody can be told of its
    /// progress or abort it. It is the same natively, so that what works there works on the web.
    ///
    /// Set a [`timeout`](Self::timeout), which holds here, too (upstream ignores that of a
    /// synchronous fetch).
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
    ///     let response = fetch!(GET "https://example.com/motd", timeout: Duration::from_secs(5)).send_blocking()?;
    ///     Ok(response.into_result().ok().and_then(|response| Some(response.text().into_owned())))
    /// }
    ///
    /// # use fetch_runtime::native::script::{Answer, Script};
    /// # let script = Script::install();
    /// # script.answer("GET", "https://example.com/motd", Answer::new(200).body("hello"));
    /// assert_eq!(motd()?.as_deref(), Some("hello"));
    /// # Ok::<(), StartError>(())
    /// ```
    ///
    /// [isolation]: https://developer.mozilla.org/en-US/docs/Web/API/Window/crossOriginIsolated
    pub fn send_blocking(mut self) -> Result<Response, StartError> {
        if !backend::may_block() {
            return Err(StartError::WouldBlock);
        }
        if let Some(reason) = self.cannot_block() {
            self.refuse(StartError::BlockingNotAllowed { reason });
        }
        let slot = Slot::default();
        let timed_out = start::wait::<Waiting>(self, Rc::clone(&slot))?;
        let mut response = slot.take().expect("it is over, and was told");
        if timed_out && response.outcome == Outcome::NetworkError {
            response.outcome = Outcome::Timeout;
        }
        Ok(response)
    }

    fn cannot_block(&mut self) -> Option<&'static str> {
        if self.uses_the_cache() {
            return Some(
                "IndexedDB does not answer a thread that waits: use `send`, on the main thread",
            );
        }
        // Without any, nothing is made of them.
        self.listeners.as_ref()?;
        Some(match Listeners::of(&mut self.listeners) {
            Listeners { on_chunk: Some(_), .. } => {
                "its chunks have nobody to be handed to: leave out `on_chunk`"
            }
            Listeners { on_progress: Some(_), .. } => {
                "its progress has nobody to be told: leave out `on_progress`"
            }
            Listeners { signal: Some(_), .. } => {
                "nobody can abort it while its thread waits: leave out `signal`"
            }
            _ => return None,
        })
    }
}

type Slot = Rc<Cell<Option<Response>>>;

/// Leaves the response to whoever waits for it.
enum Waiting {}

impl Handler for Waiting {
    type Context = Slot;
    const NAME: &'static str = "send_blocking";

    fn handle(response: Response, slot: Slot) {
        slot.set(Some(response));
    }
}
