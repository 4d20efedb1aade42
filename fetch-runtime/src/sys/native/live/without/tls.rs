//! Stands in for TLS, without the feature `native-https`.

use reqwest::{Client, ClientBuilder, Result};

/// Makes a client.
///
/// # Errors
/// As the builder's.
pub(in crate::sys::native::live) fn build(builder: impl Fn() -> ClientBuilder) -> Result<Client> {
    builder().build()
}
