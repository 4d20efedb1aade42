//! A game's main loop: [`main_loop()`].

use std::ops::ControlFlow;

#[cfg(not(target_os = "emscripten"))]
use desktop as target;
#[cfg(target_os = "emscripten")]
use web as target;

/// Calls `frame` once per frame, until it returns [`ControlFlow::Break`]. Between two frames, the
/// callbacks of requests and the [tasks](crate::spawn_local) run.
///
/// On the web, that is [Emscripten's main loop][loop]: frames have the display's rate, and there
/// are none while the page is hidden. The call returns at once, and the loop goes on when the
/// program has returned to the browser.
///
/// On the desktop, there are 60 frames per second, and the call returns when the loop is over.
/// Inside a handler or a task it returns at once, as on the web; [`run`](crate::run()) then runs
/// the frames.
///
/// There is one main loop at a time: another one, started inside `frame`, takes its place. If
/// `frame` panics, the loop is over, and the panic is reported as that of a handler is.
///
/// A program with a loop of its own, such as that of SDL, raylib or winit, keeps it: it calls
/// [`poll`](crate::poll) once per frame.
///
/// # Panics
/// On the desktop, as [`run`](crate::run()).
///
/// ```
/// use std::ops::ControlFlow;
///
/// let mut left = 3;
/// fetch_runtime::main_loop(move || {
///     // Draw the frame.
///     left -= 1;
///     if left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
/// });
/// ```
///
/// [loop]: https://emscripten.org/docs/api_reference/emscripten.h.html#c.emscripten_set_main_loop
pub fn main_loop(frame: impl FnMut() -> ControlFlow<()> + 'static) {
    target::main_loop(Box::new(frame));
}

type Frame = Box<dyn FnMut() -> ControlFlow<()>>;

#[cfg(not(target_os = "emscripten"))]
mod desktop {
    use std::cell::Cell;
    use std::time::{Duration, Instant};

    use super::Frame;
    use crate::sys::backend;
    use crate::{block_on, sleep, spawn_local};

    const FRAME: Duration = Duration::from_nanos(1_000_000_000 / 60);

    thread_local! {
        /// The number of loops that were started.
        static LATEST: Cell<u32> = const { Cell::new(0) };
    }

    pub(super) fn main_loop(frame: Frame) {
        LATEST.set(LATEST.get() + 1);
        let frames = frames(frame, LATEST.get());
        if backend::is_running() {
            spawn_local(frames);
        } else {
            // An error: the thread is ending.
            let _ = block_on(frames);
        }
    }

    async fn frames(mut frame: Frame, this: u32) {
        let mut next = Instant::now();
        while this == LATEST.get() && frame().is_continue() {
            // A frame that took too long does not make the next ones shorter.
            next = (next + FRAME).max(Instant::now());
            sleep(next.saturating_duration_since(Instant::now())).await;
        }
    }
}

#[cfg(target_os = "emscripten")]
mod web {
    use std::cell::Cell;
    use std::task::Waker;

    use super::Frame;
    use crate::panic;
    use crate::sys::backend;
    use crate::task::hooks;

    thread_local! {
        /// Taken while it runs.
        static FRAME: Cell<Option<Frame>> = const { Cell::new(None) };
        static HAS_LOOP: Cell<bool> = const { Cell::new(false) };
    }

    pub(super) fn main_loop(frame: Frame) {
        drop(FRAME.replace(Some(frame)));
        if !HAS_LOOP.replace(true) {
            backend::set_main_loop(on_frame);
        }
    }

    extern "C-unwind" fn on_frame() {
        // There is none if the last frame did not return.
        if let Some(mut frame) = FRAME.take() {
            panic::catch(move || {
                if frame().is_continue() {
                    // If the frame has started another loop, that one takes its place.
                    FRAME.set(FRAME.take().or(Some(frame)));
                }
            });
        }
        let frame = FRAME.take();
        if frame.is_none() {
            HAS_LOOP.set(false);
            backend::cancel_main_loop();
        }
        FRAME.set(frame);
        // The tasks that the frame has woken.
        hooks::resume(Waker::noop().clone());
    }
}
