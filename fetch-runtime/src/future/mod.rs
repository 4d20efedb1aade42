//! Futures: requests that are awaited.

mod awaited;
mod response_future;
mod response_stream;

pub use response_future::ResponseFuture;
pub use response_stream::{ResponseStream, StreamFuture};
