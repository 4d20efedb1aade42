//! The audit: keeps track of C's structs, to find closes that are undefined behaviour upstream.
//! Scripts switch it on.

use std::collections::{HashMap, HashSet};

use super::event::FetchId;
use super::step::XhrEvent;

#[derive(Default)]
pub(crate) struct Audit {
    /// The addresses of C's structs.
    structs: HashSet<usize>,
    /// The addresses of structs that have been freed.
    freed: HashSet<usize>,
    /// The method and URL of each fetch that is live, or has events to come.
    names: HashMap<FetchId, String>,
    /// Requests whose `readyState` is 4, and whose last event is still to come.
    done: HashSet<FetchId>,
    faults: Vec<String>,
}

impl Audit {
    pub(crate) fn report(&mut self, fault: &str) {
        self.faults.push(format!("native::script: {fault}"));
    }

    pub(crate) fn take_faults(&mut self) -> Vec<String> {
        std::mem::take(&mut self.faults)
    }

    #[cfg(any(feature = "script", test))]
    pub(crate) fn live_structs(&self) -> usize {
        self.structs.len()
    }

    pub(super) fn on_made(&mut self, address: usize, id: FetchId, name: String) {
        self.freed.remove(&address);
        self.structs.insert(address);
        self.names.insert(id, name);
    }

    /// `was_in_flight`: events may still come.
    pub(super) fn on_freed(&mut self, address: usize, id: FetchId, was_in_flight: bool) {
        if self.structs.remove(&address) {
            self.freed.insert(address);
        }
        if !was_in_flight {
            self.forget(id);
        }
    }

    /// Whether the struct at this address has been freed before. Reports that as a fault.
    pub(super) fn closes_twice(&mut self, address: usize) -> bool {
        let is_freed = self.freed.contains(&address);
        if is_freed {
            self.report("a fetch was closed twice");
        }
        is_freed
    }

    /// Called when a close would call `onerror` a second time. The call is skipped.
    pub(super) fn on_repeated_callback(&mut self, id: FetchId) {
        self.report(&format!("closing {} would call its onerror again", self.name(id)));
    }

    /// Called when a fetch is closed with the handle of another one, which is still in flight.
    pub(super) fn on_foreign_close(&mut self, other: FetchId) {
        self.report(&format!("{} was aborted by the close of another fetch", self.name(other)));
    }

    /// Called for each event of a request in flight.
    pub(super) fn on_event(&mut self, id: FetchId, event: &XhrEvent) {
        match event {
            XhrEvent::Done | XhrEvent::Broken => _ = self.done.insert(id),
            XhrEvent::Load { .. } | XhrEvent::Error(_) | XhrEvent::Timeout => {
                self.done.remove(&id);
            }
            _ => {}
        }
    }

    /// Called for an event of a request that has been closed. JS ignores XHR events of a freed
    /// handle, but writes whatever follows `readyState` 4 in the same task, without checking.
    pub(super) fn on_orphan_xhr_event(&mut self, id: FetchId, event: &XhrEvent) {
        if let XhrEvent::Load { .. } | XhrEvent::Error(_) | XhrEvent::Timeout = event {
            if self.done.remove(&id) {
                self.report_early_close(id);
            }
            self.forget(id);
        }
    }

    /// As for an XHR event, but JS writes the results of the cache without checking at all.
    pub(super) fn on_orphan_cache_event(&mut self, id: FetchId) {
        self.report_early_close(id);
        self.forget(id);
    }

    fn report_early_close(&mut self, id: FetchId) {
        let name = self.name(id);
        self.report(&format!("{name} was closed too early: JS would write into freed memory"));
    }

    fn name(&self, id: FetchId) -> &str {
        self.names.get(&id).map_or("a fetch", |name| name)
    }

    fn forget(&mut self, id: FetchId) {
        self.names.remove(&id);
        self.done.remove(&id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_kept_of_a_fetch_that_is_over() {
        let mut audit = Audit::default();
        let made = |audit: &mut Audit, id| {
            audit.on_made(1, id, "GET /x".to_owned());
            assert_eq!(audit.live_structs(), 1);
            audit.on_event(id, &XhrEvent::Done);
        };
        made(&mut audit, 1);
        audit.on_event(1, &XhrEvent::Timeout);
        assert!(audit.done.is_empty());
        audit.on_freed(1, 1, false);
        assert!(audit.names.is_empty());
        // The second one is closed before its last event, and the third one before the cache's.
        made(&mut audit, 2);
        audit.on_freed(1, 2, true);
        audit.on_orphan_xhr_event(2, &XhrEvent::Timeout);
        made(&mut audit, 3);
        audit.on_freed(1, 3, true);
        audit.on_orphan_cache_event(3);
        assert_eq!(audit.take_faults().len(), 2);
        assert_eq!((audit.live_structs(), audit.names.len(), audit.done.len()), (0, 0, 0));
    }
}
