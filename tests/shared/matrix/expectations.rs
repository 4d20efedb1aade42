//! The expectations of a cell: they are the same on each path, whatever the handler does.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use fetch_runtime::{Fetch, Outcome, Response, Stats, stats};

use super::cell::World;
use super::{Column, Ends, Kind, Platform, Row};
use crate::noise::noise;
use crate::scenario::{Drops, Test};

/// The counts that the expectations are about.
#[derive(Clone)]
pub(super) struct Expectations {
    pub(super) platform: Rc<dyn Platform>,
    before: Stats,
    /// Calls of the handler.
    pub(super) calls: Rc<Cell<usize>>,
    /// Drops of the handler's context.
    pub(super) contexts: Drops,
    /// Drops of `on_progress`, `on_upload` and `on_chunk`.
    pub(super) closures: Drops,
    /// The bytes that `on_chunk` got.
    pub(super) chunks: Rc<RefCell<Vec<u8>>>,
    /// Requests in flight besides the cell's own.
    pub(super) others: Rc<Cell<u64>>,
}

/// Checks a response.
pub(super) fn check(ends: Ends, response: &Response) {
    assert_eq!((response.outcome(), response.cache_status()), (ends.outcome, ends.cache_status));
    assert_eq!((response.status(), response.status_text()), ends.status);
    let (body, rest) =
        response.body().split_at_checked(ends.body.len()).expect("it is long enough");
    assert_eq!(body, ends.body);
    assert!(rest == noise(ends.noise), "{} bytes follow", rest.len());
    let has_headers = ends.status.0 != 0 && (!ends.guarded || ends.is_entry);
    assert_eq!(response.headers().is_some(), has_headers);
}

impl Expectations {
    /// Begins to count.
    pub(super) fn new(platform: &Rc<dyn Platform>) -> Self {
        Self {
            platform: Rc::clone(platform),
            before: stats(),
            calls: Rc::default(),
            contexts: Drops::default(),
            closures: Drops::default(),
            chunks: Rc::default(),
            others: Rc::default(),
        }
    }

    /// Starts another request, which is in flight until it is aborted.
    pub(super) fn start_another(&self, t: &Test) -> Fetch {
        self.others.set(1);
        let others = Rc::clone(&self.others);
        t.send(self.platform.endless(), move |_, response| {
            assert_eq!(response.outcome(), Outcome::Aborted);
            assert_eq!(others.replace(0), 1, "called once");
        })
    }

    /// Asserts that, at the handler's first line, the request is closed and freed, and only the
    /// handler's own values are left.
    pub(super) fn entered(&self, row: &Row, world: &World, ends: Ends, response: &Response) {
        self.calls.set(self.calls.get() + 1);
        assert_eq!(self.calls.get(), 1);
        check(ends, response);
        assert!(world.handle.is_finished());
        self.check_live(self.others.get());
        assert_eq!(self.closures.count(), row.closures(), "the closures are dropped");
        if let (Some(chunks), None) = (row.chunks, &row.abort) {
            assert_eq!(*self.chunks.borrow(), chunks);
        }
        assert_eq!(self.contexts.count(), 0, "the context belongs to the handler");
    }

    /// Asserts that this many requests are in flight.
    pub(super) fn check_live(&self, live: u64) {
        assert_eq!(stats().live, live);
        self.check_structs(live);
        assert!(self.platform.request_bodies().is_none_or(|bodies| bodies == 0));
    }

    /// Asserts that there are this many C structs.
    pub(super) fn check_structs(&self, live: u64) {
        assert!(self.platform.structs().is_none_or(|structs| structs as u64 == live));
    }

    /// Asserts that nothing is left at the end, and that the counts add up.
    pub(super) fn ended(&self, row: &Row, column: Column, ends: Ends) {
        assert_eq!(self.calls.get(), usize::from(column != Column::FutureDropped));
        self.check_live(0);
        let never_returned = column == Column::NeverReturns;
        assert_eq!(self.contexts.count(), usize::from(!never_returned));
        assert_eq!(self.closures.count(), row.closures());

        let again = column == Column::StartsAgain;
        // The handler that waits belongs to a request of its own.
        let around = row.kind == Kind::Synchronous && column != Column::Awaited;
        let requests =
            1 + u64::from(around) + u64::from(again) + u64::from(column == Column::AbortsAnother);
        let guarded = u64::from(ends.guarded) + u64::from(again && row.ends.guarded);
        let after = stats();
        assert_eq!(after.started - self.before.started, requests);
        assert_eq!(after.completed - self.before.completed, requests);
        assert_eq!(after.closed - self.before.closed, requests);
        assert_eq!(after.guarded - self.before.guarded, guarded);
    }
}
