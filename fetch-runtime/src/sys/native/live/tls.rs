//! TLS for the HTTP clients, with the system's certificates.

use reqwest::{Client, ClientBuilder, Result};

/// Makes a client.
///
/// # Errors
/// As the builder's.
pub(super) fn build(builder: impl Fn() -> ClientBuilder) -> Result<Client> {
    // An error: the program has installed one of its own.
    let _ = rustls::crypto::ring::default_provider().install_default();
    // Without certificates, the system can still do HTTP without TLS.
    builder().build().or_else(|_| builder().tls_certs_only([]).build())
}
