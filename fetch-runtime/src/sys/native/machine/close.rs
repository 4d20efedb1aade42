//! Closes: `emscripten_fetch_close`.
#![allow(unsafe_code)]

use std::ptr::NonNull;

use super::event::FetchId;
use super::fetch::Fetch;
use super::frame::{Frame, Next};
use super::output::Output;
use super::state::Machine;
use super::xhr::Xhr;
use crate::sys::abi::DONE;

impl Machine {
    /// `emscripten_fetch_close`. `false` if it refuses.
    ///
    /// # Safety
    /// `fetch` is a live fetch of this machine, and is not used after the outputs are carried out,
    /// unless this refuses. Under an audit it may have been freed.
    pub(crate) unsafe fn close(&mut self, fetch: NonNull<Fetch>) -> bool {
        if self.is_closed_twice(fetch) {
            return false;
        }
        // SAFETY: the caller guarantees a live fetch.
        let live = unsafe { &mut *fetch.as_ptr() };
        if live.abi.id == 0 || live.abi.readyState > DONE {
            return false;
        }
        let mut onerror = live.attributes.onerror.filter(|_| live.abi.readyState != DONE);
        if let (Some(audit), Some(_), false) =
            (&mut self.audit, onerror, self.in_flight.contains_key(&live.id))
        {
            audit.on_repeated_callback(live.id);
            onerror = None;
        }
        if onerror.is_some() {
            live.abi.status = u16::MAX;
            live.set_status_text("aborted with emscripten_fetch_close()");
        }
        self.frames.push(Frame { next: [Next::Free(fetch)].into(), ..Frame::default() });
        self.call(onerror, fetch);
        true
    }

    fn is_closed_twice(&mut self, fetch: NonNull<Fetch>) -> bool {
        self.audit.as_mut().is_some_and(|audit| audit.closes_twice(fetch.addr().get()))
    }

    /// `fetchFree`: frees a struct and the handle in its `id`, even if that is the handle of
    /// another fetch.
    pub(super) fn free(&mut self, fetch: NonNull<Fetch>) {
        if self.is_closed_twice(fetch) {
            return;
        }
        // SAFETY: the caller of `close` gave it up, and `onerror` has not closed it, which upstream
        // would not survive, either.
        let mut fetch = unsafe { Box::from_raw(fetch.as_ptr()) };
        self.end_lookup(&mut fetch);
        if let Some(xhr) = self.free_handle(fetch.abi.id) {
            if xhr.is_sent {
                self.emit(Output::Cancel(xhr.fetch));
            }
            if xhr.fetch != fetch.id && xhr.ready_state < DONE {
                self.lose(xhr.fetch);
            }
        }
        let in_flight = self.in_flight.remove(&fetch.id);
        if let Some(audit) = &mut self.audit {
            audit.on_freed((&raw const *fetch).addr(), fetch.id, in_flight.is_some());
        }
        if let Some(in_flight) = in_flight {
            in_flight.release();
        }
    }

    pub(super) fn free_handle(&mut self, handle: u32) -> Option<Xhr> {
        let xhr = self.xhrs.free(handle)?;
        if let Some(due) = xhr.timeout {
            self.timers.clear(due);
        }
        Some(xhr)
    }

    /// The request of a fetch is gone with its handle: it never completes.
    fn lose(&mut self, id: FetchId) {
        let Some(in_flight) = self.in_flight.remove(&id) else { return };
        in_flight.release();
        if let Some(audit) = &mut self.audit {
            audit.on_foreign_close(id);
        }
    }
}
