//! Futures: requests that are awaited.

mod awaited;
#[cfg(feature = "futures")]
mod futures;
mod response_future;
mod response_stream;

#[cfg(feature = "futures")]
pub use futures::BodyReader;
pub use response_future::ResponseFuture;
pub use response_stream::{ResponseStream, StreamFuture};
