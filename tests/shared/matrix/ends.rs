//! The ends of requests, as handlers see them.

use fetch_runtime::{CacheStatus, Outcome};

use super::setup::{BODY, PAGE};

/// The response that a handler must get.
#[derive(Clone, Copy)]
pub struct Ends {
    /// [`Response::outcome`](fetch_runtime::Response::outcome)
    pub outcome: Outcome,
    /// [`Response::cache_status`](fetch_runtime::Response::cache_status)
    pub cache_status: CacheStatus,
    /// The server's status and reason phrase.
    pub status: (u16, &'static str),
    /// The beginning of the body.
    pub body: &'static [u8],
    /// The rest of the body: this many bytes of [`noise`](crate::noise::noise()).
    pub noise: usize,
    /// Whether Emscripten refuses to close the fetch, which has no handle.
    pub guarded: bool,
    /// Whether it is a stored response with its headers.
    pub is_entry: bool,
}

impl Ends {
    /// The network or the program ends the request: there is no response.
    pub(super) const fn without_response(outcome: Outcome) -> Self {
        Self {
            outcome,
            cache_status: CacheStatus::Bypass,
            status: (0, ""),
            body: b"",
            noise: 0,
            guarded: false,
            is_entry: false,
        }
    }

    /// The cache ends the request, without a body.
    pub(super) const fn by_the_cache(outcome: Outcome, cache_status: CacheStatus) -> Self {
        Self { cache_status, guarded: true, ..Self::without_response(outcome) }
    }
}

pub(super) const OK: Ends =
    Ends { status: (200, "Half"), body: BODY, ..Ends::without_response(Outcome::Success) };
pub(super) const NO_CONTENT: Ends = Ends { status: (204, "No Content"), body: b"", ..OK };
pub(super) const NOT_FOUND: Ends = Ends {
    status: (404, "Gone Fishing"),
    body: PAGE,
    ..Ends::without_response(Outcome::HttpError)
};
/// The body is lost for want of memory.
pub(super) const BODY_LOST: Ends = Ends { outcome: Outcome::OutOfMemory, body: b"", ..OK };
pub(super) const PAGE_LOST: Ends = Ends { outcome: Outcome::OutOfMemory, body: b"", ..NOT_FOUND };
pub(super) const CACHED: Ends = Ends {
    status: (200, "OK"),
    body: BODY,
    ..Ends::by_the_cache(Outcome::Success, CacheStatus::Hit)
};
/// The entry that the cache has is used without the server.
pub(super) const ENTRY: Ends = Ends { status: (200, "Half"), is_entry: true, ..CACHED };
/// The server has confirmed it.
pub(super) const REVALIDATED: Ends = Ends { cache_status: CacheStatus::Revalidated, ..OK };
/// The server cannot be asked about it.
pub(super) const STALE: Ends = Ends { cache_status: CacheStatus::Stale, ..OK };
pub(super) const STORED: Ends = Ends { cache_status: CacheStatus::Stored, ..OK };
pub(super) const NOT_STORED: Ends = Ends { cache_status: CacheStatus::NotStored, ..OK };
/// The status text of the miss must not stick.
pub(super) const STORED_AFTER_MISS: Ends = Ends { status: (200, ""), ..STORED };
pub(super) const NOT_STORED_AFTER_MISS: Ends =
    Ends { cache_status: CacheStatus::NotStored, ..STORED_AFTER_MISS };
pub(super) const RECORDED: Ends = Ends { cache_status: CacheStatus::Stored, body: b"", ..CACHED };
pub(super) const DELETED: Ends = Ends { cache_status: CacheStatus::Bypass, ..RECORDED };
pub(super) const ABORTED: Ends = Ends::without_response(Outcome::Aborted);
