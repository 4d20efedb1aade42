//! A future that waits: [`sleep`].

use std::cell::Cell;
use std::fmt;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;
#[cfg(target_os = "emscripten")]
use std::time::Instant;

use super::hooks;
use crate::panic;
use crate::raw::timer::{LONGEST_MS, Timer, set_timer};
use crate::sys::backend::Waiting;

/// A future that is ready when its time has passed. See [`sleep`].
#[must_use = "a future does nothing until it is awaited"]
pub struct Sleep {
    /// `None` if no clock goes so far.
    #[cfg(target_os = "emscripten")]
    end: Option<Instant>,
    /// The time after that of `timer`.
    rest: Duration,
    timer: Timer,
    state: Rc<State>,
    waiting: Waiting,
}

#[derive(Default)]
struct State {
    is_over: Cell<bool>,
    waker: Cell<Option<Waker>>,
}

/// Waits for this time, which begins with the call. It is counted in milliseconds and rounded up.
/// Browsers make timers of background pages wait longer.
///
/// ```
/// use std::time::Duration;
///
/// fetch_runtime::spawn_local(async {
///     fetch_runtime::sleep(Duration::from_millis(10)).await;
///     println!("10 ms later");
/// });
/// fetch_runtime::run();
/// ```
pub fn sleep(duration: Duration) -> Sleep {
    let state = Rc::new(State::default());
    let (timer, rest) = start(duration, &state);
    Sleep {
        #[cfg(target_os = "emscripten")]
        end: Instant::now().checked_add(duration),
        rest,
        timer,
        state,
        waiting: Waiting::for_timer(),
    }
}

/// Starts a timer for as much of the time as a timer can wait. Returns the rest.
fn start(duration: Duration, state: &Rc<State>) -> (Timer, Duration) {
    let longest = Duration::from_millis(LONGEST_MS.into());
    let now = duration.min(longest);
    let ms = now.as_nanos().div_ceil(1_000_000) as u32;
    let state = Rc::clone(state);
    let timer = set_timer(ms, move || {
        state.is_over.set(true);
        if let Some(waker) = state.waker.take() {
            panic::catch(|| hooks::resume(waker));
        }
    });
    (timer, duration - now)
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let sleep = &mut *self;
        let waker = context.waker();
        sleep.state.waker.set(Some(waker.clone()));
        // The thread calls no timers.
        #[cfg(target_os = "emscripten")]
        if let Some(blocked) = hooks::blocked() {
            match sleep.end {
                Some(end) if end <= Instant::now() => return Poll::Ready(()),
                Some(end) => (blocked.wake_at)(end, waker),
                None => {}
            }
            return Poll::Pending;
        }
        if !sleep.state.is_over.get() && !sleep.waiting.turn(waker, panic::resume) {
            return Poll::Pending;
        }
        if !sleep.state.is_over.get() {
            return Poll::Pending;
        }
        if sleep.rest.is_zero() {
            return Poll::Ready(());
        }
        sleep.state.is_over.set(false);
        (sleep.timer, sleep.rest) = start(sleep.rest, &sleep.state);
        self.poll(context)
    }
}

impl fmt::Debug for Sleep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sleep").finish_non_exhaustive()
    }
}
