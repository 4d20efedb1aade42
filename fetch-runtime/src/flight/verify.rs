//! Compares the body of a request with its integrity.

use super::InFlight;
use super::verification::Verification;
use crate::request::Verifier;
use crate::sys::{Accepts, Received};
use crate::{Body, Outcome, Request};

impl InFlight {
    /// Compares whole bodies, for the backend. `None` if the request has no integrity.
    pub(crate) fn accepts(&self) -> Option<Accepts> {
        self.verification.verifier.as_ref().map(|verifier| verifier.accepts())
    }

    /// Compares the body that was taken over, if one was. Returns whether it is refused. If there
    /// was no memory to take it over, it cannot be compared, and is refused.
    pub(crate) fn refuses_received(&self) -> bool {
        let received = self.received.take();
        let is_lost = matches!(received, Some(Received::Lost));
        self.received.set(received);
        self.refuses_bytes() || is_lost && self.verification.verifier.is_some()
    }

    /// As [`refuses_received`](Self::refuses_received), but a body that was lost is not refused.
    pub(crate) fn refuses_bytes(&self) -> bool {
        let Some(accepts) = self.accepts() else { return false };
        let received = self.received.take();
        if let Some(Received::Bytes(bytes)) = &received {
            self.verification.is_refused.set(Some(!accepts(bytes.as_slice())));
        }
        self.received.set(received);
        self.verification.is_refused.get().unwrap_or(false)
    }

    /// Compares the record that a lookup has found. Returns whether it is refused: then it is
    /// dropped, and counts as missing.
    pub(crate) fn refuses_record(&self) -> bool {
        let is_refused = self.refuses_bytes();
        if is_refused {
            drop(self.take_received());
            // It says nothing about a download that may follow.
            self.verification.forget();
        }
        is_refused
    }

    /// Gives the integrity of this request to another one.
    pub(crate) fn pass_integrity(&self, request: &mut Request) {
        request.verifier = self.copy_verifier();
    }

    pub(crate) fn copy_verifier(&self) -> Option<Box<dyn Verifier>> {
        self.verification.verifier.as_ref().map(|verifier| verifier.copy())
    }

    /// Reads the next chunk of a stream.
    pub(super) fn read_chunk(&self, chunk: &[u8]) {
        if let Some(verifier) = &self.verification.verifier {
            verifier.read(chunk);
        }
    }

    /// The outcome, now that all of the body is known. A body that is refused is dropped, and so is
    /// an error page.
    pub(crate) fn verify(&self, outcome: Outcome, body: &mut Body) -> Outcome {
        let Verification { verifier: Some(verifier), is_refused } = &self.verification else {
            return outcome;
        };
        let is_refused = match outcome {
            Outcome::Success => is_refused.get().unwrap_or_else(|| verifier.refuses(body)),
            Outcome::HttpError => {
                *body = Body::EMPTY;
                false
            }
            // The cache had a record, which was refused.
            Outcome::CacheMiss => verifier.has_refused(),
            _ => false,
        };
        if is_refused {
            *body = Body::EMPTY;
            return Outcome::IntegrityMismatch;
        }
        outcome
    }
}
