//! The requests of the rows.

use std::time::Duration;

use fetch_runtime::{CacheMode, Request};

use super::setup::OVER_THE_QUOTA;

/// The size of the allocation of a request's body. Nothing else is of that size.
pub const BODY_CAPACITY: usize = 4111;

/// The body of a request; see [`Platform::request_bodies`](super::Platform::request_bodies).
#[must_use]
pub fn body() -> Vec<u8> {
    let mut body = Vec::with_capacity(BODY_CAPACITY);
    body.extend_from_slice(b"the body of the request");
    body
}

/// The timeout of requests that have one. Where it must pass, the platform makes it pass soon.
const A_MINUTE: Duration = Duration::from_secs(60);

pub(super) fn get(url: &str) -> Request {
    Request::get(url)
}

pub(super) fn post(url: &str) -> Request {
    Request::post(url).body(body())
}

pub(super) fn post_in_a_minute(url: &str) -> Request {
    post(url).timeout(A_MINUTE)
}

/// No script can set the timeout of a synchronous request.
pub(super) fn post_in_100_ms(url: &str) -> Request {
    post(url).timeout(Duration::from_millis(100))
}

pub(super) fn reload(url: &str) -> Request {
    Request::get(url).cache(CacheMode::Reload)
}

pub(super) fn force_cache(url: &str) -> Request {
    Request::get(url).cache(CacheMode::ForceCache)
}

pub(super) fn force_cache_in_a_minute(url: &str) -> Request {
    force_cache(url).timeout(A_MINUTE)
}

pub(super) fn no_cache(url: &str) -> Request {
    Request::get(url).cache(CacheMode::NoCache)
}

pub(super) fn default(url: &str) -> Request {
    Request::get(url).cache(CacheMode::Default)
}

pub(super) fn only_if_cached(url: &str) -> Request {
    Request::get(url).cache(CacheMode::OnlyIfCached)
}

pub(super) fn store(key: &str) -> Request {
    Request::idb_store(key).body(body())
}

pub(super) fn store_noise(key: &str) -> Request {
    Request::idb_store(key).body(crate::noise::noise(OVER_THE_QUOTA))
}

pub(super) fn delete(key: &str) -> Request {
    Request::idb_delete(key)
}

pub(super) fn stream(url: &str) -> Request {
    post(url).on_chunk(|_| ())
}

pub(super) fn stream_in_a_minute(url: &str) -> Request {
    stream(url).timeout(A_MINUTE)
}
