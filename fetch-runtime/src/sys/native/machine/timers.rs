//! Timers, in the order in which they are due.

use std::collections::BTreeMap;
use std::ffi::c_int;
use std::time::Instant;

use super::event::FetchId;
use super::step::TimerCall;

pub(super) enum Alarm {
    Call(TimerCall),
    /// The timeout of this fetch's transfer. The driver may keep it, too, but can be busy with the
    /// bytes that a server sends.
    Timeout(FetchId),
}

/// The time of an alarm, and its number: alarms of the same time go off in the order in which they
/// were set.
pub(super) type Due = (Instant, u64);

#[derive(Default)]
pub(super) struct Timers {
    alarms: BTreeMap<Due, Alarm>,
    last: u64,
}

impl Timers {
    pub(super) fn set(&mut self, time: Instant, alarm: Alarm) -> Due {
        self.last += 1;
        let due = (time, self.last);
        self.alarms.insert(due, alarm);
        due
    }

    pub(super) fn clear(&mut self, due: Due) {
        self.alarms.remove(&due);
    }

    pub(super) fn clear_call(&mut self, id: c_int) {
        self.alarms.retain(|_, alarm| !matches!(alarm, Alarm::Call(call) if call.id == id));
    }

    pub(super) fn next(&self) -> Option<Instant> {
        self.alarms.first_key_value().map(|(&(time, _), _)| time)
    }

    /// Takes the first alarm, if it is due.
    pub(super) fn take(&mut self, now: Instant) -> Option<Alarm> {
        let first = self.alarms.first_entry().filter(|first| first.key().0 <= now)?;
        Some(first.remove())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::c_void;
    use std::ptr;
    use std::time::Duration;

    fn taken(timers: &mut Timers, now: Instant) -> Vec<FetchId> {
        std::iter::from_fn(|| timers.take(now))
            .map(|alarm| match alarm {
                Alarm::Timeout(id) => id,
                Alarm::Call(call) => call.id.unsigned_abs().into(),
            })
            .collect()
    }

    #[test]
    fn alarms_are_taken_once_and_in_order() {
        extern "C" fn nothing(_: *mut c_void) {}
        let mut timers = Timers::default();
        let start = Instant::now();
        let after = |ms| start + Duration::from_millis(ms);
        let call = |id| Alarm::Call(TimerCall { id, function: nothing, argument: ptr::null_mut() });

        let [_second, _first, stopped, _later] = [(20, 3), (10, 1), (5, 9), (30, 5)]
            .map(|(ms, id)| timers.set(after(ms), Alarm::Timeout(id)));
        timers.set(after(10), call(2));
        timers.set(after(20), call(4));
        timers.set(after(5), call(8));
        timers.clear(stopped);
        timers.clear_call(8);

        assert_eq!(timers.next(), Some(after(10)));
        assert!(taken(&mut timers, after(9)).is_empty());
        assert_eq!(taken(&mut timers, after(20)), [1, 2, 3, 4]);
        assert_eq!(timers.next(), Some(after(30)));
    }
}
