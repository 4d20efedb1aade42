//! When transfers have to be over. Their workers keep the time, too, but may all be busy with what a server sends.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::time::Instant;

use super::events::Key;

#[derive(Clone, Default)]
pub(super) struct Timeouts(Rc<RefCell<BTreeSet<(Instant, Key)>>>);

/// Dropping it stops the clock.
pub(super) struct Timeout {
    due: (Instant, Key),
    all: Timeouts,
}

impl Timeouts {
    pub(super) fn start(&self, due: Instant, key: Key) -> Timeout {
        self.0.borrow_mut().insert((due, key));
        Timeout { due: (due, key), all: self.clone() }
    }

    pub(super) fn next(&self) -> Option<Instant> {
        self.0.borrow().first().map(|(due, _)| *due)
    }

    /// One whose time is over, once.
    pub(super) fn take(&self, now: Instant) -> Option<Key> {
        let mut all = self.0.borrow_mut();
        all.first().is_some_and(|(due, _)| *due <= now).then(|| all.pop_first())?.map(|(_, key)| key)
    }
}

impl Drop for Timeout {
    fn drop(&mut self) {
        self.all.0.borrow_mut().remove(&self.due);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn those_that_are_due_are_taken_once_and_in_order() {
        let all = Timeouts::default();
        let start = Instant::now();
        let after = |ms| start + Duration::from_millis(ms);
        let [_second, _first, stopped, _later] =
            [(20, 1), (10, 2), (5, 3), (30, 4)].map(|(ms, key)| all.start(after(ms), key));
        drop(stopped);
        assert_eq!(all.next(), Some(after(10)));
        assert_eq!([(); 3].map(|()| all.take(after(20))), [Some(2), Some(1), None]);
        assert_eq!(all.next(), Some(after(30)));
    }

    #[test]
    fn nothing_is_kept_of_what_is_stopped() {
        let all = Timeouts::default();
        drop(all.start(Instant::now(), 1));
        assert_eq!(all.next(), None);
    }
}
