//! The work that the clients do: which requests, and how many at a time.

use futures_util::future::join_all;

/// How a body is sent and received. The numbers are those of `page/bench.js`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A body that the server makes before it sends it.
    Small,
    /// A long body, received as a whole.
    Whole,
    /// A long body, received in chunks.
    Stream,
    /// A body that is in the client's cache.
    Cached,
    /// The same, and each time the client asks the server whether it still holds.
    Validated,
}

impl Kind {
    /// # Panics
    /// If there is no such number.
    #[must_use]
    pub fn new(number: u32) -> Self {
        [Self::Small, Self::Whole, Self::Stream, Self::Cached, Self::Validated][number as usize]
    }

    /// The path of a body of that length.
    #[must_use]
    pub fn path(self, length: u32) -> String {
        match self {
            Self::Small | Self::Cached => format!("/bytes/{length}"),
            Self::Whole | Self::Stream => format!("/stream/{length}"),
            Self::Validated => format!("/validated/{length}?size={length}&etag=%22a%22"),
        }
    }
}

/// Makes `count` requests, `lanes` at a time. Each lane makes its requests one after the other.
pub async fn in_lanes(count: u32, lanes: u32, request: impl AsyncFn()) {
    assert_eq!(count % lanes, 0, "each lane makes as many requests as the others");
    let lane = async || {
        for _ in 0..count / lanes {
            request().await;
        }
    };
    join_all((0..lanes).map(|_| lane())).await;
}

/// The size of the program's memory, in bytes.
#[must_use]
pub fn memory() -> f64 {
    #[cfg(target_arch = "wasm32")]
    return core::arch::wasm32::memory_size::<0>() as f64 * 65_536.0;
    #[cfg(not(target_arch = "wasm32"))]
    0.0
}
