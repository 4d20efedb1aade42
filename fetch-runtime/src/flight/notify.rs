//! Calls user code while a request is in flight.

use std::ops::ControlFlow;
use std::rc::Rc;

use super::InFlight;
use crate::request::Extra;
use crate::response::Head;
use crate::{Chunk, Outcome, Progress};

impl InFlight {
    /// Reports how much of the body has arrived.
    pub(crate) fn progress(&self, progress: Progress) {
        self.notify(|extras| extras.progress(progress));
    }

    /// Reports how much of the request's body has been sent.
    pub(crate) fn upload(&self, progress: Progress) {
        self.notify(|extras| extras.upload(progress));
    }

    /// Reports that the headers of a stream have arrived.
    pub(crate) fn head(&self, head: Head) {
        self.notify(|extras| extras.head(head));
    }

    /// Delivers a chunk, and reports how much of the body has arrived.
    pub(crate) fn chunk(self: &Rc<Self>, chunk: Chunk) {
        #[cfg(feature = "integrity")]
        self.read_chunk(&chunk);
        let loaded = chunk.offset.saturating_add(chunk.len() as u64);
        let progress = Progress::new(loaded, chunk.total.unwrap_or(0));
        let flow = self.notify(|extras| {
            // Until the callback returns. If it never does, no other chunk may follow this one.
            self.chunk_was_lost.set(true);
            let flow = extras.chunk(chunk);
            self.chunk_was_lost.set(false);
            flow
        });
        match flow {
            Some(ControlFlow::Continue(())) => self.progress(progress),
            Some(ControlFlow::Break(outcome)) => self.fail_stream(outcome),
            // The request is to end, or this callback runs inside another one.
            None => self.fail_stream(Outcome::Aborted),
        }
    }

    /// Ends the stream, which delivers no other chunk.
    pub(crate) fn fail_stream(self: &Rc<Self>, outcome: Outcome) {
        self.chunk_was_lost.set(true);
        let in_callback = self.in_callback.replace(true);
        self.cancel(outcome);
        self.in_callback.set(in_callback);
    }

    /// Runs user code in a callback of this fetch, unless the request is to end.
    fn notify<R>(&self, call: impl FnOnce(&mut dyn Extra) -> R) -> Option<R> {
        if self.forced_outcome.get().is_some() {
            return None;
        }
        let in_callback = self.in_callback.replace(true);
        let result = self.with_extras(call);
        self.in_callback.set(in_callback);
        result
    }
}
