//! The circumstances that end a request as its row says, as data.
//!
//! A script plays them natively. In a browser the test server, the browser's own limits and a
//! little JavaScript bring them about.

/// The body of most responses.
pub const BODY: &[u8] = b"the body of the response";

/// The page of an error.
pub const PAGE: &[u8] = b"no such thing";

/// More bytes than the origin's quota has room for.
pub const OVER_THE_QUOTA: usize = 2 << 20;

/// The circumstances.
#[derive(Clone, Copy, Debug)]
pub struct Setup {
    /// The behaviour of the server.
    pub server: Server,
    /// The state of the cache.
    pub cache: Cache,
    /// A failure in the program or the platform.
    pub fault: Fault,
}

impl Setup {
    /// The server replies, the cache is empty, and nothing fails.
    pub(super) const PLAIN: Self =
        Self { server: Server::Replies(Reply::PLAIN), cache: Cache::Empty, fault: Fault::None };
}

/// The behaviour of the server.
#[derive(Clone, Copy, Debug)]
pub enum Server {
    /// Sends a whole response.
    Replies(Reply),
    /// Refuses the connection.
    Refuses,
    /// Sends [`Reply::PLAIN`], and breaks the connection before the body's end.
    Breaks,
    /// Sends nothing; the request has a timeout.
    IsSilent,
    /// Sends [`Reply::PLAIN`], but never the body's end; the request has a timeout.
    Stalls,
}

/// A response of the server.
#[derive(Clone, Copy, Debug)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The reason phrase.
    pub reason: &'static str,
    /// The beginning of the body.
    pub body: &'static [u8],
    /// The rest of the body: this many bytes of [`noise`](crate::noise::noise()).
    pub noise: usize,
}

impl Reply {
    /// A success, with a reason phrase of its own.
    pub const PLAIN: Self = Self { status: 200, reason: "Half", body: BODY, noise: 0 };
    pub(super) const WITHOUT_REASON: Self = Self { reason: "", ..Self::PLAIN };
    pub(super) const PARTIAL: Self = Self { status: 206, ..Self::PLAIN };
    pub(super) const NOT_MODIFIED: Self =
        Self { status: 304, reason: "Not Modified", body: b"", noise: 0 };
    pub(super) const UNAVAILABLE: Self = Self { status: 503, ..Self::PLAIN };
    pub(super) const NO_CONTENT: Self =
        Self { status: 204, reason: "No Content", body: b"", noise: 0 };
    pub(super) const NOT_FOUND: Self =
        Self { status: 404, reason: "Gone Fishing", body: PAGE, noise: 0 };
    pub(super) const OVER_THE_QUOTA: Self = Self { noise: OVER_THE_QUOTA, ..Self::PLAIN };

    /// The body before the noise, in the two pieces in which it is sent.
    #[must_use]
    pub fn pieces(&self) -> (&'static [u8], &'static [u8]) {
        self.body.split_at(self.body.len() / 2)
    }
}

/// The state of the cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cache {
    /// It works, and has nothing under the request's key.
    Empty,
    /// It has these bytes under the request's key.
    Holds(&'static [u8]),
    /// It has this body under the request's key, with the `ETag` "1" and this `Cache-Control`. The
    /// reason phrase is that of [`Reply::PLAIN`].
    HoldsEntry(&'static [u8], &'static str),
    /// It has a record of another program under the request's key, which has no bytes.
    HoldsForeign,
    /// It undoes each write, and fails it.
    Full,
    /// The origin's quota has no room for the write.
    OverQuota,
    /// There is none.
    Unavailable,
    /// It throws when it is asked.
    Throws,
}

/// A failure in the program or the platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    None,
    /// `XMLHttpRequest.send()` throws.
    SendThrows,
    /// The heap has no room for the body, or for a chunk of it.
    NoMemory,
}
