//! The event loop: carries out the machine's outputs, and makes its callbacks.
#![allow(unsafe_code)]

use std::ffi::{CStr, CString};

use super::driver::Wait;
use super::engine;
use super::machine::event::FetchId;
use super::machine::fetch::{EntryLookup, Lookup};
use super::machine::output::{Decided, Output};
use super::machine::step::Step;
use crate::sys::Decision;

/// While it lives, `run` and `poll` return at once.
struct Running;

impl Running {
    fn begin_loop() -> Option<Self> {
        if engine::is_alive() { Self::begin() } else { None }
    }

    fn begin() -> Option<Self> {
        // Not `then_some`, which would make a `Running` in any case: its drop ends the run.
        let was_running = engine::with(|engine| std::mem::replace(&mut engine.is_running, true));
        if was_running { None } else { Some(Self) }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        engine::with(|engine| engine.is_running = false);
    }
}

/// Handles events, waiting for them, until nothing is in flight or queued on this thread. Returns
/// at once inside a callback, and where the backend [is not available](engine::is_alive).
///
/// `after_each` is called after each step, that is, after each callback. When it unwinds, the rest
/// goes on with the next call of `run` or `poll`.
pub(crate) fn run(mut after_each: impl FnMut()) {
    let Some(_running) = Running::begin_loop() else { return };
    let _attended = attend();
    while wait() {
        do_steps(&mut after_each);
    }
}

/// Handles the events that have come, and no others. Otherwise it is as [`run`].
pub(crate) fn poll(mut after_each: impl FnMut()) {
    let Some(_running) = Running::begin_loop() else { return };
    let _attended = attend();
    turn(Wait::Nothing);
    do_steps(&mut after_each);
}

/// While it lives, the loop takes everything that arrives.
struct Attended;

fn attend() -> Attended {
    engine::with(|engine| engine.sender().set_attended(true));
    Attended
}

impl Drop for Attended {
    fn drop(&mut self) {
        // First: from now on, what arrives wakes the tasks that wait for it.
        let tasks_wait = engine::with(|engine| engine.sender().set_attended(false));
        if !tasks_wait {
            return;
        }
        // Something may have arrived before. A script has nothing that arrives by itself.
        if !engine::with(|engine| engine.is_scripted()) {
            turn(Wait::Nothing);
        }
        if engine::with(|engine| engine.set_alarm()) {
            engine::with(|engine| engine.sender().clone()).wake_all();
        }
    }
}

/// Does what [`poll`] does, for a task that waits. Returns whether the loop was free to turn.
pub(super) fn turn_once(mut after_each: impl FnMut()) -> bool {
    let Some(_running) = Running::begin_loop() else { return false };
    turn(Wait::Nothing);
    do_steps(&mut after_each);
    true
}

/// Handles events, waiting for them, until `main` is ready. `main` is polled first, and again
/// whenever `is_woken` is true. `None` inside a callback, and where the backend [is not
/// available](engine::is_alive).
///
/// # Panics
/// If a script plays, and neither its answers nor its clock go on.
pub(crate) fn run_until<T>(
    mut main: impl FnMut() -> Option<T>,
    is_woken: impl Fn() -> bool,
    mut after_each: impl FnMut(),
) -> Option<T> {
    let _running = Running::begin_loop()?;
    let _attended = attend();
    loop {
        if let Some(result) = main() {
            return Some(result);
        }
        let mut goes_on = is_woken();
        loop {
            let wait = engine::with(|engine| match engine.machine.queued() {
                0 if !goes_on => Wait::Event(engine.machine.poll_timeout()),
                // A future that wakes itself does not keep the callbacks from their turn.
                _ => Wait::Nothing,
            });
            let has_turned = turn(wait);
            if !has_turned && engine::with(|engine| engine.machine.queued()) == 0 {
                panic!(
                    "`block_on` waits for ever: release what the script holds, or advance its clock"
                );
            }
            do_steps(&mut after_each);
            goes_on |= is_woken();
            if goes_on {
                break;
            }
        }
    }
}

/// Waits until there are steps. `false` if there will be none by themselves.
fn wait() -> bool {
    turn(Wait::Nothing);
    while engine::with(|engine| engine.machine.queued()) == 0 {
        let Some(wait) = engine::with(|engine| engine.next_wait(None)) else { return false };
        if !turn(wait) {
            return engine::with(|engine| engine.machine.queued()) > 0;
        }
    }
    true
}

/// Goes on with one fetch until it is over. All others wait, as in a browser whose thread is
/// blocked.
pub(super) fn block_on(id: FetchId) {
    while let Some(wait) = engine::with(|engine| engine.next_wait(Some(id))) {
        match engine::with(|engine| engine.machine.take_step(Some(id))) {
            Some(step) => handle(step),
            None => _ = turn(wait),
        }
    }
}

fn turn(wait: Wait) -> bool {
    let goes_on = engine::with(|engine| engine.poll(wait));
    drain();
    goes_on
}

/// Does the steps that are queued now. A step that a callback adds waits for the next turn;
/// otherwise a turn might never end.
fn do_steps(after_each: &mut impl FnMut()) {
    let mut left = engine::with(|engine| engine.machine.queued());
    while left > 0 {
        let Some(step) = engine::with(|engine| engine.machine.take_step(None)) else { return };
        left -= 1;
        let continues_task = step.continues_task();
        handle(step);
        if continues_task && engine::with(|engine| engine.machine.queued()) > 0 {
            // No code of the program runs between two steps of a task. Neither a panic nor the end
            // of a turn separates them.
            left = left.max(1);
            continue;
        }
        check();
        after_each();
    }
}

fn handle(step: Step) {
    engine::with(|engine| engine.machine.handle(step));
    drain();
}

/// Carries out the outputs of the latest input. Nothing is borrowed while a callback runs. The
/// callback may start, close and wait for fetches, whose outputs are then carried out inside it.
///
/// # Panics
/// If JavaScript would throw.
pub(super) fn drain() {
    let mut thrown = None;
    while let Some(output) = engine::with(|engine| engine.machine.poll_output()) {
        match output {
            Output::Send(id, exchange) => engine::with(|engine| engine.send(id, *exchange)),
            Output::Cache(id, task) => engine::with(|engine| engine.cache(id, task)),
            Output::Cancel(id) => engine::with(|engine| engine.cancel(id)),
            Output::Call(callback, fetch) => without_reentry(|| {
                // SAFETY: the program gave the callback for this fetch. It is live: the machine
                // frees no fetch that has a callback to come.
                unsafe { callback(fetch.as_ptr()) };
            }),
            Output::Timer(call) => without_reentry(|| {
                // SAFETY: the caller of emscripten_set_timeout guarantees that it may be called,
                // once.
                unsafe { (call.function)(call.argument) };
            }),
            Output::LookupEnded(Lookup { ended, token }) => {
                // SAFETY: the caller of start_cached guarantees that it may be called, once.
                unsafe { ended(token, -1.0) };
            }
            Output::Decide(id, lookup, text) => {
                // SAFETY: the caller of start_with_entry guarantees that it may be called before
                // the lookup has ended.
                let decided = unsafe { decide(lookup, text) };
                engine::with(|engine| engine.machine.decided(id, decided));
            }
            Output::Throw(message) => thrown = Some(message),
        }
    }
    if let Some(message) = thrown {
        panic!("{message}");
    }
}

/// # Safety
/// The function of `lookup` may be called.
unsafe fn decide(lookup: EntryLookup, text: String) -> Decided {
    let Ok(text) = CString::new(text) else { return Decided::Forget };
    // SAFETY: the caller guarantees it.
    let decision = unsafe { (lookup.decide)(lookup.token, text.as_ptr(), 1) };
    match Decision::from_c(decision) {
        Decision::Forget => Decided::Forget,
        Decision::Use => Decided::Use,
        Decision::Ask(headers) => {
            // SAFETY: it is a C string that lives as long as the request.
            let headers = unsafe { CStr::from_ptr(headers) }.to_string_lossy();
            let headers = headers.lines().filter_map(|line| line.split_once(": "));
            Decided::Ask(headers.map(|(name, value)| (name.into(), value.into())).collect())
        }
    }
}

/// Makes a callback, which cannot run the loop.
fn without_reentry(callback: impl FnOnce()) {
    let _running = Running::begin();
    callback();
}

/// # Panics
/// If the audit has found faults.
fn check() {
    let faults = engine::with(|engine| engine.machine.audit().map(|audit| audit.take_faults()));
    let faults = faults.unwrap_or_default();
    if !faults.is_empty() {
        panic!("{}", faults.join("; "));
    }
}
