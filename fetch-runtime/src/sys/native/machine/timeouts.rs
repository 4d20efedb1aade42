//! Timeouts of transfers, and timers.

use std::ffi::{c_int, c_void};
use std::time::Instant;

use super::event::{Event, FetchId};
use super::frame::Frame;
use super::output::Output;
use super::state::Machine;
use super::step::{Step, TimerCall};
use super::timers::Alarm;

impl Machine {
    /// Appends the steps of timers that are due, and ends transfers whose time is over.
    pub(crate) fn handle_timeout(&mut self, now: Instant) {
        self.frames.push(Frame::default());
        while let Some(alarm) = self.timers.take(now) {
            match alarm {
                Alarm::Call(call) => self.steps.push_back(Step::Timer(call)),
                Alarm::Timeout(id) => self.time_out(id),
            }
        }
    }

    /// If the transfer finished before its timeout, ignores the timeout, even if this thread
    /// processes both late.
    fn time_out(&mut self, id: FetchId) {
        let is_its_end = |step: &Step| step.fetch() == Some(id) && step.is_end_of_transfer();
        if !self.steps.iter().any(is_its_end) {
            self.emit(Output::Cancel(id));
            self.push_event(id, Event::TimedOut);
        }
    }

    /// `emscripten_set_timeout`. Without a time, the call is due at once.
    pub(crate) fn set_timer(
        &mut self,
        due: Option<Instant>,
        function: unsafe extern "C" fn(*mut c_void),
        argument: *mut c_void,
    ) -> c_int {
        self.last_timer = self.last_timer.checked_add(1).unwrap_or(1);
        let call = TimerCall { id: self.last_timer, function, argument };
        match due {
            None => self.steps.push_back(Step::Timer(call)),
            Some(due) => _ = self.timers.set(due, Alarm::Call(call)),
        }
        self.last_timer
    }

    /// `emscripten_clear_timeout`. A step before a call that is due may clear it.
    pub(crate) fn clear_timer(&mut self, timer: c_int) {
        self.timers.clear_call(timer);
        self.steps.retain(|step| !matches!(step, Step::Timer(call) if call.id == timer));
    }
}
