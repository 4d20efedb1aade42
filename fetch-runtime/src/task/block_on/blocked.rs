//! On a worker of the web: the thread is blocked, and sends requests synchronously.

use std::cell::RefCell;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Instant;

use super::suspended;
use crate::StartError;
use crate::sys::backend;
use crate::task::executor::run_ready;
use crate::task::hooks::{self, Blocked};

static BLOCKED: Blocked = Blocked { send: crate::Request::send_blocking, wake_at };

thread_local! {
    /// The tasks that sleep. No timer of JavaScript wakes them meanwhile.
    static SLEEPERS: RefCell<Vec<(Instant, Waker)>> = const { RefCell::new(Vec::new()) };
}

pub(super) fn block_on<F: Future>(mut future: Pin<&mut F>) -> Result<F::Output, StartError> {
    if !backend::may_block() {
        return suspended::block_on(future);
    }
    let _blocked = Guard(hooks::set_blocked(Some(&BLOCKED)));
    let signal = Arc::new(Signal { is_woken: AtomicBool::new(false), thread: thread::current() });
    let waker = Waker::from(Arc::clone(&signal));
    let mut context = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return Ok(output);
        }
        while !signal.is_woken.swap(false, Ordering::AcqRel) {
            // The event loop, which runs the tasks otherwise, does not turn.
            if !run_ready() {
                wait();
            }
        }
    }
}

fn wake_at(end: Instant, waker: &Waker) {
    SLEEPERS.with_borrow_mut(|sleepers| {
        if !sleepers.iter().any(|(known, other)| *known == end && other.will_wake(waker)) {
            sleepers.push((end, waker.clone()));
        }
    });
}

/// Waits until another thread wakes this one, or until the next task has slept enough.
fn wait() {
    match SLEEPERS.with_borrow(|sleepers| sleepers.iter().map(|(end, _)| *end).min()) {
        Some(end) => thread::park_timeout(end.saturating_duration_since(Instant::now())),
        None => thread::park(),
    }
    let now = Instant::now();
    let (mut due, later): (Vec<_>, _) =
        SLEEPERS.take().into_iter().partition(|(end, _)| *end <= now);
    SLEEPERS.set(later);
    due.sort_by_key(|(end, _)| *end);
    // Nothing is borrowed: a waker may run any code.
    due.into_iter().for_each(|(_, waker)| waker.wake());
}

/// Its drop ends the wait: also if the future panics.
struct Guard(Option<&'static Blocked>);

impl Drop for Guard {
    fn drop(&mut self) {
        hooks::set_blocked(self.0);
        if self.0.is_none() {
            // The timers of JavaScript wake the tasks again.
            drop(SLEEPERS.take());
        }
    }
}

struct Signal {
    /// A wait inside this one may take the thread's token.
    is_woken: AtomicBool,
    thread: Thread,
}

impl Wake for Signal {
    fn wake(self: Arc<Self>) {
        self.is_woken.store(true, Ordering::Release);
        self.thread.unpark();
    }
}
