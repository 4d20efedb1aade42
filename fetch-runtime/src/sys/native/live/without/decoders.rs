//! Stands in for the decoders, without the feature `native-compression`. Requests then ask for
//! bodies without a coding.

use tokio::io::AsyncBufRead;

use crate::sys::native::machine::event::Cause;

/// The codings that can be decoded, as a request lists them.
pub(in crate::sys::native::live) const ACCEPTED: &str = "identity";

pub(in crate::sys::native::live) type Input = Box<dyn AsyncBufRead + Send + Unpin>;

/// # Errors
/// Always: the server has sent what the request does not accept.
pub(in crate::sys::native::live) async fn decode(coding: &str, _: Input) -> Result<Input, Cause> {
    Err(Cause::new(format!(
        "the content coding {coding:?} needs the feature `native-compression` of fetch-runtime"
    )))
}
