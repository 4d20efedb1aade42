//! Futures: requests that are awaited.

mod response_future;

pub use response_future::ResponseFuture;
