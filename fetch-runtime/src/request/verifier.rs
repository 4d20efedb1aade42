//! The comparison of bodies with the integrity of their request. It is a trait object, so that a
//! program without integrity does not link it.

use crate::sys::Accepts;

/// Compares bodies with the integrity of their request, on any thread.
pub(crate) trait Verifier: Send {
    /// A new one, for a copy of the request.
    fn copy(&self) -> Box<dyn Verifier>;

    /// Reads the next chunk of a stream.
    fn read(&self, chunk: &[u8]);

    /// Whether the chunks that were read, followed by these bytes, are another body than the
    /// expected one.
    fn refuses(&self, body: &[u8]) -> bool;

    /// A function that compares whole bodies.
    fn accepts(&self) -> Accepts;

    /// Whether that function has refused a body.
    fn has_refused(&self) -> bool;
}
