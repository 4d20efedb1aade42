//! The matrix: every way in which a fetch can end, times every action of its handler, or of a task
//! that awaits it. One cell is one test.
//!
//! All platforms share the [rows], the [columns](Column), the assertions of a [cell] and the
//! [summary](table) for the README. A row's [`Setup`] says as data how its fetch ends; each
//! platform interprets that in its [`Platform`].

#![deny(dead_code)] // so that a group of rows cannot be left out

pub mod cell;
mod column;
mod ends;
mod expectations;
mod from_c;
mod future;
mod handle;
pub mod request;
pub mod rows;
pub mod setup;
pub mod table;

use std::any::Any;

use fetch_runtime::Request;

pub use column::Column;
pub use ends::Ends;
use setup::{Cache, Fault, Setup};

use crate::engine::{Ability, Engine};

/// A way to end.
#[derive(Clone, Copy)]
pub struct Row {
    /// The name in tests.
    pub name: &'static str,
    /// The name for readers.
    pub path: &'static str,
    /// Makes the request; the platform chooses the URL.
    pub request: fn(&str) -> Request,
    /// The kind of request.
    pub kind: Kind,
    /// Whether the upload is reported.
    pub uploads: bool,
    /// If the body is streamed: all bytes that `on_chunk` gets, unless the request is aborted.
    pub chunks: Option<&'static [u8]>,
    /// The circumstances that end the request like this.
    pub setup: Setup,
    /// The end, unless the request is aborted.
    pub ends: Ends,
    /// The abort, in a row that has one.
    pub abort: Option<Abort>,
    /// The moment at which a task drops the request's future.
    pub drop_at: At,
}

impl Row {
    /// Whether the row has a cell in this column. C code has no future, and a thread that is
    /// blocked drops none.
    #[must_use]
    pub const fn has(&self, column: Column) -> bool {
        match (self.kind, column) {
            (Kind::FromC, Column::Awaited | Column::FutureDropped)
            | (Kind::Synchronous, Column::FutureDropped) => false,
            (_, _) => true,
        }
    }

    /// The moment at which the program ends the request, if it does.
    #[must_use]
    pub fn moment(&self, column: Column) -> Option<At> {
        match column {
            Column::FutureDropped => Some(self.drop_at),
            _ => self.abort.as_ref().map(|abort| abort.at),
        }
    }

    /// The end: that of the abort, in a row that has one.
    fn ends_if_aborted(&self) -> Ends {
        self.abort.as_ref().map_or(self.ends, |abort| abort.ends)
    }

    /// Whether its body is streamed.
    #[must_use]
    pub const fn is_streamed(&self) -> bool {
        self.chunks.is_some()
    }

    /// Whether the platform can bring this end about. Emscripten has streaming from 4.0.21 on.
    #[must_use]
    pub fn runs_on(&self, platform: PlatformId) -> bool {
        match platform {
            PlatformId::Native => true,
            PlatformId::Web { engine, emscripten } => {
                (emscripten >= 6 || !self.is_streamed())
                    && self.needs().is_none_or(|needs| needs.engines().contains(&engine))
            }
        }
    }

    /// The ability of an engine that the row needs.
    #[must_use]
    pub fn needs(&self) -> Option<Ability> {
        (self.setup.cache == Cache::OverQuota).then_some(Ability::Quota)
    }

    /// Whether a script in the page has to help the browser to end like this.
    #[must_use]
    pub const fn is_simulated(&self) -> bool {
        let by_the_cache = match self.setup.cache {
            Cache::Empty
            | Cache::Holds(_)
            | Cache::HoldsEntry(..)
            | Cache::HoldsForeign
            | Cache::OverQuota => false,
            Cache::Full | Cache::Unavailable | Cache::Throws => true,
        };
        let by_a_fault = match self.setup.fault {
            Fault::None => false,
            Fault::SendThrows => true,
            // A heap of 16 MiB has no room for a long body. Chunks are short.
            Fault::NoMemory => self.is_streamed(),
        };
        by_the_cache || by_a_fault
    }

    /// How many closures the request owns.
    const fn closures(&self) -> usize {
        matches!(self.kind, Kind::Download) as usize
            + self.is_streamed() as usize
            + self.uploads as usize
    }
}

/// A kind of request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It has progress.
    Download,
    /// It stores a record in the cache.
    Store,
    /// It deletes a record from the cache.
    Delete,
    /// C code has started it, and closes it in flight.
    FromC,
    /// Its thread waits for it inside the handler of another request. That handler then does the
    /// action of the column.
    Synchronous,
}

impl Kind {
    /// Whether it works on a record of the cache, and never on the network.
    #[must_use]
    pub const fn is_record(self) -> bool {
        match self {
            Self::Store | Self::Delete => true,
            Self::Download | Self::FromC | Self::Synchronous => false,
        }
    }
}

/// An abort from outside the handler.
#[derive(Clone, Copy)]
pub struct Abort {
    /// The moment.
    pub at: At,
    /// How many times.
    pub times: usize,
    /// The end of the request then.
    pub ends: Ends,
}

/// The moments at which a program can abort.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// Right after the start, inside which the request has ended.
    Start,
    /// Before the cache answers.
    Lookup,
    /// Before the headers.
    Headers,
    /// After the headers, before the body.
    Body,
    /// In `on_upload`.
    Upload,
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

impl At {
    /// Whether the request is over when `abort` returns. At the other moments Emscripten would
    /// still write into its struct.
    #[must_use]
    pub const fn ends_at_once(self) -> bool {
        match self {
            Self::Start | Self::Headers | Self::Body | Self::Done | Self::End => true,
            Self::Lookup
            | Self::Upload
            | Self::Progress
            | Self::Chunk
            | Self::ReadyState4
            | Self::Store => false,
        }
    }
}

/// The platforms on which cells run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlatformId {
    /// The native backend, scripted.
    Native,
    /// A browser.
    Web {
        /// Its engine.
        engine: Engine,
        /// The major version of Emscripten: 3 for 3.1.69, 6 for 6.0.5.
        emscripten: u32,
    },
}

/// A platform's part: it brings about the end of each row, and counts its own resources.
pub trait Platform {
    /// Prepares a request that ends as `row` says, unless the program ends it at this moment.
    /// Returns its URL or key.
    fn prepare(&self, row: &Row, moment: Option<At>) -> String;

    /// Calls `action`, once, when the request is at this moment.
    fn at(&self, moment: At, action: Box<dyn FnOnce()>);

    /// A request that goes on until it is aborted.
    fn endless(&self) -> Request;

    /// A request that succeeds.
    fn plain(&self) -> Request;

    /// A handler is going to panic with [`cell::PANIC`].
    fn expect_panic(&self);

    /// Leaves the handler for good. `stack` stands for the values on the handler's stack, which
    /// must not be dropped by that.
    fn never_return(&self, stack: Box<dyn Any>) -> !;

    /// The number of live C structs, where they can be counted.
    fn structs(&self) -> Option<usize>;

    /// The number of live bodies that [`request::body`] made, where they can be counted.
    fn request_bodies(&self) -> Option<usize>;
}
