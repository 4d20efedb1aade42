//! Counts requests by how they used the cache.

use std::cell::Cell;

use fetch_runtime::{CacheStatus, RequestEvent};

use crate::{leak, page, text};

/// How many responses came from where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// From the cache, without a question to the server.
    pub(crate) hits: u32,
    /// From the server, with the body.
    pub(crate) misses: u32,
    /// From the cache, after the server's 304.
    pub(crate) revalidated: u32,
    /// From the cache, although no longer fresh.
    pub(crate) stale: u32,
}

thread_local! {
    static COUNTS: Cell<Counts> = Cell::default();
}

impl Counts {
    pub(crate) fn current() -> Self {
        COUNTS.get()
    }
}

/// The observer of all requests. It sees those that the library sends by itself, too: a stale
/// response is refreshed in the background.
pub(crate) fn observe(event: &RequestEvent<'_>) {
    let RequestEvent::Ended { method: "GET", url, outcome, response, elapsed } = *event else {
        return;
    };
    // The leak is measured with loads of C, too, which have no observer: neither kind counts.
    let (Some(response), true) = (response, url != leak::KEY) else { return };
    let mut counts = COUNTS.get();
    let status = response.cache_status();
    match status {
        CacheStatus::Hit => counts.hits += 1,
        CacheStatus::Stored | CacheStatus::NotStored => counts.misses += 1,
        CacheStatus::Revalidated => counts.revalidated += 1,
        CacheStatus::Stale => counts.stale += 1,
        _ => {}
    }
    COUNTS.set(counts);
    let name = url.rsplit('/').next().unwrap_or(url);
    let (size, ms) = (text::bytes(response.body().len() as u64), elapsed.as_millis());
    match response.is_success() {
        true => page::log(&format!("{status:?}"), &format!("{name}, {size} in {ms} ms")),
        false => page::log("Failed", &format!("{name}: {outcome}")),
    }
}
