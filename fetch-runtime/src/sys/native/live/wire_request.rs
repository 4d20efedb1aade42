//! Requests as the HTTP client takes them.

use hyper::Method;
use hyper::body::Bytes;
use hyper::header::{
    ACCEPT_ENCODING, AUTHORIZATION, CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue,
    InvalidHeaderValue, RANGE,
};

use super::basic;
use super::cookies::Credentials;
use super::decoders;
use super::upload::{Body, Upload};
use crate::sys::native::machine::event::Cause;
use crate::sys::native::machine::exchange::{BodyMode, Exchange};
use crate::sys::native::target::Base;

pub(super) struct WireRequest {
    pub(super) method: Method,
    pub(super) headers: HeaderMap,
    pub(super) body: Option<Bytes>,
    /// Reports on the body as it leaves.
    pub(super) upload: Option<Upload>,
    /// The user name and password for the server's challenge, unless the request has an
    /// `Authorization` header.
    pub(super) auth: Option<(String, String)>,
    pub(super) credentials: Credentials,
}

impl WireRequest {
    /// # Errors
    /// If the client cannot send it. A browser would send a control character in a header's value.
    pub(super) fn new(
        exchange: Exchange,
        base: Option<&Base>,
        upload: Option<Upload>,
    ) -> Result<Self, Cause> {
        let method: Method = exchange.method.parse()?;
        let mut headers = HeaderMap::with_capacity(exchange.headers.len() + 1);
        for (name, value) in &exchange.headers {
            let name: HeaderName = name.parse()?;
            let value = HeaderValue::from_bytes(value).map_err(|_: InvalidHeaderValue| {
                Cause::new("a header's value has a control character")
            })?;
            headers.insert(name, value);
        }
        if exchange.body.is_none() && (method == Method::POST || method == Method::PUT) {
            headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
        // The Fetch standard: a part of a coded body cannot be decoded.
        let accepted = if headers.contains_key(RANGE) { "identity" } else { decoders::ACCEPTED };
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(accepted));
        let mut auth = exchange.auth;
        // In a browser, a stream is a `fetch()`, which takes the password as a header.
        if matches!(exchange.body_mode, BodyMode::Chunks) {
            if let Some((user, password)) = auth.take() {
                headers.insert(AUTHORIZATION, basic::header(&basic::answer(&user, &password))?);
            }
        }
        let credentials = match base {
            _ if exchange.with_credentials => Credentials::Include,
            Some(Base::Site(site)) => Credentials::SameOrigin(site.clone()),
            _ => Credentials::Omit,
        };
        let body = exchange.body.map(Bytes::from);
        Ok(Self { method, headers, body, upload, auth, credentials })
    }

    /// The body, which is sent anew with each attempt.
    pub(super) fn outgoing(&self) -> Body {
        Body::new(self.body.clone().unwrap_or_default(), self.upload.clone())
    }

    /// A copy of a request without a body.
    pub(super) fn copy(&self) -> Self {
        Self {
            method: self.method.clone(),
            headers: self.headers.clone(),
            body: None,
            upload: None,
            auth: self.auth.clone(),
            credentials: self.credentials.clone(),
        }
    }

    /// A part of a coded body cannot be decoded.
    pub(super) fn accept_identity(&mut self) {
        self.headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    }
}
