//! Every way a fetch can end, times what a handler may do then: one cell is one test.
//!
//! Here is what all platforms share: the [rows](mod@rows), the [columns](Column), what is asserted
//! of a [cell], and the [table](mod@table) of what is proven where. How a row is provoked is a
//! platform's own business: its [`Platform`].

pub mod cell;
mod from_c;
pub mod rows;
pub mod table;

use std::any::Any;

use fetch_runtime::{CacheStatus, Outcome, Request};

/// A way to end.
pub struct Row {
    /// The name in tests.
    pub name: &'static str,
    /// What happens, for the table.
    pub path: &'static str,
    /// How it is asked for; the URL is the stage's.
    pub request: fn(&str) -> Request,
    /// What kind of request it is.
    pub kind: Kind,
    /// What `on_chunk` is given in all if nobody aborts it, where the body is streamed.
    pub chunks: Option<&'static [u8]>,
    /// How it ends if nobody aborts it.
    pub ends: Ends,
    /// When it is aborted, if that is the row.
    pub abort: Option<Abort>,
    /// Where it is proven, in every column.
    pub proven: &'static [Place],
    /// Whether a script in the page has to help the browser to end like that.
    pub is_simulated: bool,
}

impl Row {
    /// How many closures the request owns.
    fn closures(&self) -> usize {
        usize::from(self.kind == Kind::Download) + usize::from(self.chunks.is_some())
    }
}

/// A kind of request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It has progress.
    Download,
    /// What the cache alone is asked to write.
    Record,
    /// C code has started it, and closes it in flight.
    FromC,
    /// Its thread waits for it, inside the handler of another one: what that handler does next is
    /// the column.
    Synchronous,
}

/// What a handler is given at the end.
#[derive(Clone, Copy)]
pub struct Ends {
    /// [`Response::outcome`](fetch_runtime::Response::outcome)
    pub outcome: Outcome,
    /// [`Response::cache_status`](fetch_runtime::Response::cache_status)
    pub cache_status: CacheStatus,
    /// The true status, and reason phrase.
    pub status: (u16, &'static str),
    /// The body, or where it begins.
    pub body: &'static [u8],
    /// So many bytes of [`noise`](crate::noise::noise()) follow.
    pub noise: usize,
    /// Whether upstream refuses to close it, having no handle.
    pub guarded: bool,
}

/// An abort from outside the handler.
pub struct Abort {
    /// The moment.
    pub at: At,
    /// How many times.
    pub times: usize,
    /// Whether the request is over when `abort` returns; otherwise something would still write into
    /// its struct.
    pub at_once: bool,
    /// How it ends then.
    pub ends: Ends,
}

/// The moments at which a program can abort.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// Before the cache answers.
    Lookup,
    /// Before the headers.
    Headers,
    /// After the headers, before the body.
    Body,
    /// In `on_progress`.
    Progress,
    /// In `on_chunk`, the first time.
    Chunk,
    /// In the body, before `readyState` is 4.
    Done,
    /// `readyState` is 4, and the terminal callback is still to come.
    ReadyState4,
    /// While the cache is being written.
    Store,
    /// After the end.
    End,
}

/// What the handler does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// Returns.
    Returns,
    /// Panics.
    Panics,
    /// Aborts the request whose handler it is.
    AbortsItself,
    /// Aborts another one, which is in flight.
    AbortsAnother,
    /// Starts the same request again.
    StartsAgain,
    /// Drops the last owner of what it works on, with the handle of its request in it.
    DropsTheLastOwner,
    /// Never returns: what it has on its stack stays as it is.
    NeverReturns,
}

impl Column {
    /// All of them, with their names in tests and in the table.
    pub const ALL: [(Self, &'static str, &'static str); 7] = [
        (Self::Returns, "returns", "returns"),
        (Self::Panics, "panics", "panics"),
        (Self::AbortsItself, "aborts_itself", "aborts itself"),
        (Self::AbortsAnother, "aborts_another", "aborts another"),
        (Self::StartsAgain, "starts_again", "starts it again"),
        (Self::DropsTheLastOwner, "drops_the_last_owner", "drops the last owner"),
        (Self::NeverReturns, "never_returns", "never returns"),
    ];
}

/// Where cells are proven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The native backend, scripted.
    Native,
    /// Chromium, with Emscripten 3.1.69.
    Chromium3,
    /// Chromium, with Emscripten 6.0.5.
    Chromium6,
}

/// A platform's part: it provokes rows, and counts what only it can.
pub trait Platform {
    /// Sees to it that a request of this URL or key ends as `row` says.
    fn prepare(&self, row: &Row) -> String;

    /// Calls `action`, once, when the request is at this moment.
    fn at(&self, moment: At, action: Box<dyn FnOnce()>);

    /// A request that goes on until it is aborted.
    fn endless(&self) -> Request;

    /// A request that succeeds.
    fn plain(&self) -> Request;

    /// A handler is going to panic with [`cell::PANIC`].
    fn expect_panic(&self);

    /// Leaves the handler for good; `stack` is what it has on its stack, and must not be dropped by
    /// that.
    fn never_return(&self, stack: Box<dyn Any>) -> !;

    /// How many of C's structs exist, where they can be counted.
    fn structs(&self) -> Option<usize>;

    /// How many bodies of requests exist, where they can be counted: those that
    /// [`rows::request_body`] made.
    fn request_bodies(&self) -> Option<usize>;
}

/// Calls a macro with the names of all rows.
#[macro_export]
macro_rules! for_each_row {
    ($callback:ident) => {
        $callback! {
            http_2xx
            http_2xx_empty
            http_error
            network_error
            network_error_in_body
            timeout
            timeout_in_body
            send_throws
            body_lost
            body_lost_of_an_error
            cache_hit
            cache_hit_empty
            cache_hit_only
            cache_miss
            foreign_record
            foreign_record_replaced
            cache_unavailable
            cache_throws
            miss_2xx
            miss_2xx_not_stored
            miss_http_error
            miss_network_error
            miss_timeout
            miss_send_throws
            lookup_unavailable
            lookup_unavailable_send_throws
            stored
            not_stored
            store_unavailable
            partial_response
            disk_full
            store_throws
            record_stored
            record_refused
            record_disk_full
            record_unavailable
            record_throws
            deleted
            delete_refused
            delete_unavailable
            delete_throws
            abort_in_lookup_hit
            abort_in_lookup_miss
            abort_in_lookup_only
            abort_twice_in_lookup
            abort_after_miss
            abort_before_headers
            abort_twice_before_headers
            abort_after_headers
            abort_in_progress
            abort_in_body
            abort_at_ready_state_4
            abort_at_ready_state_4_of_an_error
            abort_while_storing
            abort_while_not_storing
            abort_record
            abort_delete
            abort_after_the_end
            closed_by_c
            synchronous_2xx
            synchronous_2xx_empty
            synchronous_http_error
            synchronous_network_error
            synchronous_network_error_in_body
            synchronous_timeout
            synchronous_timeout_in_body
            synchronous_send_throws
            synchronous_body_lost
            synchronous_body_lost_of_an_error
            stream_2xx
            stream_2xx_empty
            stream_http_error
            stream_network_error
            stream_network_error_in_body
            stream_timeout
            stream_timeout_in_body
            stream_chunk_lost
            stream_abort_before_headers
            stream_abort_after_headers
            stream_abort_in_chunk
            stream_abort_in_progress
            stream_abort_in_body
            stream_abort_after_the_end
        }
    };
}
