//! Waits for a request on the browser's main thread, whose event loop must turn.

use std::cell::Cell;
use std::rc::Rc;

use crate::sys::backend;
use crate::{Request, Response, StartError};

impl Request {
    /// Sends the request asynchronously, and suspends the stack until it is over.
    pub(super) fn send_suspended(mut self) -> Result<Response, StartError> {
        if !backend::may_suspend() {
            return Err(StartError::WouldBlock);
        }
        self.refuse_blocking_conflict();
        let slot = Rc::new(Cell::new(None));
        let result = Rc::clone(&slot);
        let fetch = self.send_fn(move |response| {
            result.set(Some(response));
            backend::resume();
        })?;
        loop {
            if let Some(response) = slot.take() {
                return Ok(response);
            }
            if !backend::suspend() {
                fetch.abort();
                return Err(StartError::WouldBlock);
            }
        }
    }
}
