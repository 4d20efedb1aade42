//! The rows: every path on which a fetch ends, and every moment at which it can be aborted.
//!
//! A row is one entry of a `rows!` list. The list makes the row itself and its tests on all
//! platforms.

use fetch_runtime::Request;

use super::request;
use super::setup::{Cache, Fault, Server, Setup};
use super::{Abort, At, Ends, Kind, Row};

/// Makes the rows of a group, `ROWS`, and the macro that calls another one with the name of the
/// columns' macro and those of the rows.
macro_rules! rows {
    ($dollar:tt $for_each:ident: $($name:ident: $row:expr,)*) => {
        pub(super) const ROWS: &[$crate::matrix::Row] =
            &[$($crate::matrix::Row { name: stringify!($name), ..$row }),*];

        /// Calls a macro with the names of the group's rows.
        #[doc(hidden)]
        #[macro_export]
        macro_rules! $for_each {
            ($dollar callback:ident $dollar columns:ident) => {
                $dollar callback! { $dollar columns: $($name)* }
            };
        }
    };
}

mod abort;
mod cache;
mod from_c;
mod network;
mod record;
mod stream;
mod synchronous;
mod upload;

/// Joins the groups. A group that is not named here does not compile, as its rows are unused.
macro_rules! groups {
    ($dollar:tt $($group:ident $for_each:ident $columns:ident,)*) => {
        const GROUPS: &[&[Row]] = &[$($group::ROWS),*];

        /// Calls a macro for each group: `for_each_column_…: row …`.
        #[macro_export]
        macro_rules! for_each_row {
            ($dollar callback:ident) => {
                $($crate::$for_each! { $dollar callback $columns })*
            };
        }
    };
}

groups! { $
    network for_each_network_row for_each_column,
    cache for_each_cache_row for_each_column,
    record for_each_record_row for_each_column,
    abort for_each_abort_row for_each_column,
    from_c for_each_from_c_row for_each_column_of_c,
    synchronous for_each_synchronous_row for_each_column_of_a_blocked_thread,
    stream for_each_stream_row for_each_column,
    upload for_each_upload_row for_each_column,
}

/// All rows.
pub fn all() -> impl Iterator<Item = &'static Row> {
    GROUPS.iter().copied().flatten()
}

/// The paths that have no row, or no cell in a column, and the reasons.
pub const LEFT_OUT: &[(&str, &str)] = &[
    (
        "`open()` or `setRequestHeader()` throws",
        "no handler runs; it is a `StartError`, see the scenarios `invalid::*`",
    ),
    (
        "`REPLACE` with `NO_DOWNLOAD`",
        "no `CacheMode` is that; for C code see `c_level::every_path_as_c_sees_it`",
    ),
    (
        "`SYNCHRONOUS` on the browser's main thread",
        "it is `StartError::WouldBlock`; see `the_main_thread_must_not_wait` in `browser`",
    ),
    ("`closed_by_c` with a task", "C code has no future, and its callbacks are those of a handler"),
    (
        "a synchronous request whose future is dropped",
        "its thread is blocked until the future is ready",
    ),
];

/// A download from a server that replies.
const fn download(path: &'static str, request: fn(&str) -> Request, ends: Ends) -> Row {
    Row {
        name: "",
        path,
        request,
        kind: Kind::Download,
        uploads: false,
        chunks: None,
        setup: Setup::PLAIN,
        ends,
        abort: None,
        drop_at: At::Headers,
    }
}

/// A record that is stored.
const fn store(path: &'static str, ends: Ends) -> Row {
    Row { kind: Kind::Store, drop_at: At::Store, ..download(path, request::store, ends) }
}

/// A record that is deleted.
const fn delete(path: &'static str, ends: Ends) -> Row {
    Row { kind: Kind::Delete, drop_at: At::Store, ..download(path, request::delete, ends) }
}

/// A request that blocks its thread.
const fn synchronous(path: &'static str, ends: Ends) -> Row {
    Row { kind: Kind::Synchronous, ..download(path, request::post, ends) }
}

/// A download whose body goes to `on_chunk`, these bytes in all.
const fn streamed(path: &'static str, chunks: &'static [u8], ends: Ends) -> Row {
    let ends = Ends { body: b"", ..ends };
    Row { chunks: Some(chunks), ..download(path, request::stream, ends) }
}

impl Row {
    const fn request(self, request: fn(&str) -> Request) -> Self {
        Self { request, ..self }
    }

    const fn server(self, server: Server) -> Self {
        Self { setup: Setup { server, ..self.setup }, ..self }
    }

    const fn cache(self, cache: Cache) -> Self {
        Self { setup: Setup { cache, ..self.setup }, ..self }
    }

    const fn fault(self, fault: Fault) -> Self {
        Self { setup: Setup { fault, ..self.setup }, ..self }
    }

    const fn uploads(self) -> Self {
        Self { uploads: true, ..self }
    }

    const fn abort(self, at: At, ends: Ends) -> Self {
        Self { abort: Some(Abort { at, times: 1, ends }), drop_at: at, ..self }
    }

    const fn abort_twice(self, at: At, ends: Ends) -> Self {
        Self { abort: Some(Abort { at, times: 2, ends }), drop_at: at, ..self }
    }

    /// A task drops the future at this moment.
    const fn dropped(self, at: At) -> Self {
        Self { drop_at: at, ..self }
    }

    /// C code starts it, and closes it.
    const fn closed_by_c(self) -> Self {
        Self { kind: Kind::FromC, ..self }
    }
}
