//! What is to be done later on this thread, in the order in which it is due.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ffi::c_int;
use std::rc::Rc;
use std::time::Instant;

use super::event::Key;
use super::step::Call;

pub(crate) enum Alarm {
    Call(Call),
    /// The time of this fetch's transfer is over. Its worker keeps the time, too, but may be busy
    /// with what a server sends.
    Timeout(Key),
}

/// Of what is due at the same time, the first that was set comes first.
#[derive(Clone, Default)]
pub(crate) struct Timers(Rc<RefCell<Set>>);

#[derive(Default)]
struct Set {
    alarms: BTreeMap<Due, Alarm>,
    last: u64,
}

type Due = (Instant, u64);

/// Dropping it stops the clock.
pub(crate) struct Timeout {
    due: Due,
    timers: Timers,
}

impl Timers {
    pub(crate) fn call(&self, due: Instant, call: Call) {
        self.set(due, Alarm::Call(call));
    }

    pub(crate) fn timeout(&self, due: Instant, key: Key) -> Timeout {
        Timeout { due: self.set(due, Alarm::Timeout(key)), timers: self.clone() }
    }

    fn set(&self, due: Instant, alarm: Alarm) -> Due {
        let mut set = self.0.borrow_mut();
        set.last += 1;
        let due = (due, set.last);
        set.alarms.insert(due, alarm);
        due
    }

    pub(crate) fn clear(&self, id: c_int) {
        let is_another = |alarm: &Alarm| !matches!(alarm, Alarm::Call(call) if call.id == id);
        self.0.borrow_mut().alarms.retain(|_, alarm| is_another(alarm));
    }

    pub(crate) fn next(&self) -> Option<Instant> {
        self.0.borrow().alarms.first_key_value().map(|(&(due, _), _)| due)
    }

    /// One that is due.
    pub(crate) fn take(&self, now: Instant) -> Option<Alarm> {
        let mut set = self.0.borrow_mut();
        let first = set.alarms.first_entry().filter(|first| first.key().0 <= now)?;
        Some(first.remove())
    }
}

impl Drop for Timeout {
    fn drop(&mut self) {
        self.timers.0.borrow_mut().alarms.remove(&self.due);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::c_void;
    use std::ptr;
    use std::time::Duration;

    fn keys(timers: &Timers, now: Instant) -> Vec<Key> {
        std::iter::from_fn(|| timers.take(now))
            .map(|alarm| match alarm {
                Alarm::Timeout(key) => key,
                Alarm::Call(call) => call.id.unsigned_abs().into(),
            })
            .collect()
    }

    #[test]
    fn those_that_are_due_are_taken_once_and_in_order() {
        let timers = Timers::default();
        let start = Instant::now();
        let after = |ms| start + Duration::from_millis(ms);
        extern "C" fn nothing(_: *mut c_void) {}
        let call = |id| Call { id, function: nothing, argument: ptr::null_mut() };

        let [_second, _first, stopped, _later] =
            [(20, 3), (10, 1), (5, 9), (30, 5)].map(|(ms, key)| timers.timeout(after(ms), key));
        timers.call(after(10), call(2));
        timers.call(after(20), call(4));
        timers.call(after(5), call(8));
        drop(stopped);
        timers.clear(8);

        assert_eq!(timers.next(), Some(after(10)));
        assert!(keys(&timers, after(9)).is_empty());
        assert_eq!(keys(&timers, after(20)), [1, 2, 3, 4]);
        assert_eq!(timers.next(), Some(after(30)));
    }

    #[test]
    fn nothing_is_kept_of_what_is_stopped() {
        let timers = Timers::default();
        drop(timers.timeout(Instant::now(), 1));
        assert_eq!(timers.next(), None);
    }
}
