//! The types and traits of Rust's HTTP ecosystem: bytes, http, http-body and tower.

#[cfg(feature = "bytes")]
mod bytes;
#[cfg(feature = "tower")]
mod client;
#[cfg(feature = "tower")]
mod client_error;
#[cfg(feature = "http")]
mod headers;
#[cfg(feature = "http")]
mod http_body;
#[cfg(feature = "http")]
mod request;
#[cfg(feature = "http")]
mod response;
#[cfg(feature = "tower")]
mod response_body;
#[cfg(feature = "tower")]
mod send_client;
#[cfg(feature = "http")]
mod strings;

#[cfg(feature = "tower")]
pub use client::{Client, ClientFuture};
#[cfg(feature = "tower")]
pub use client_error::ClientError;
#[cfg(feature = "tower")]
pub use response_body::ResponseBody;
#[cfg(feature = "tower")]
pub use send_client::{SendBody, SendClient, SendClientFuture};
