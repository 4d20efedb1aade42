//! A request as a future: `fetch!(…).await`.

use std::cell::Cell;
use std::fmt;
use std::mem;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use crate::bridge::start::start;
use crate::flight::{Call, InFlight};
use crate::sys::backend::Waiting;
use crate::task::hooks;
use crate::{Request, Response, StartError, panic};

/// The future of a request's [`Response`]. `request.await` makes it.
///
/// The request starts when the future is first polled. If the future is dropped before it is ready,
/// the request is aborted, as by [`Fetch::abort`](crate::Fetch::abort); none of its callbacks is
/// called any more.
///
/// Any executor can run it, on the thread of the request: a future that waits for a fetch is not
/// `Send`. On the desktop, it lets the thread's event loop turn whenever it is polled: nothing has
/// to call [`run`](crate::run()).
///
/// # Errors
/// If the request cannot begin. However it ends after that, its response says so:
/// [`Response::into_result`].
///
/// # Panics
/// On the desktop, if a callback that runs meanwhile panics, as [`run`](crate::run()) does.
///
/// ```
/// use fetch_runtime::{Error, StartError, fetch};
///
/// async fn motd() -> Result<String, Box<dyn std::error::Error>> {
///     let response = fetch!(GET "data:,hello").await?.into_result()?;
///     Ok(response.text().into_owned())
/// }
///
/// assert_eq!(fetch_runtime::block_on(motd())??, "hello");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "a request does nothing until it is awaited"]
pub struct ResponseFuture {
    state: State,
}

enum State {
    Unsent(Request),
    InFlight { flight: Rc<InFlight>, waiting: Waiting },
    Over,
}

/// The task that awaits a request, in the place of a handler.
#[derive(Default)]
struct Awaiting(Cell<Option<Waker>>);

impl Call for Awaiting {
    fn call(self: Box<Self>, flight: Rc<InFlight>) {
        let waker = self.0.take();
        // The task may never return.
        drop(self);
        drop(flight);
        if let Some(waker) = waker {
            hooks::resume(waker);
        }
    }

    fn set_waker(&self, waker: &Waker) {
        let old = self.0.take();
        let same = old.filter(|old| old.will_wake(waker));
        self.0.set(Some(same.unwrap_or_else(|| waker.clone())));
    }
}

impl Future for ResponseFuture {
    type Output = Result<Response, StartError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let state = &mut self.state;
        if let State::Unsent(_) = state {
            let State::Unsent(request) = mem::replace(state, State::Over) else { unreachable!() };
            // No event loop would wake the future.
            #[cfg(target_os = "emscripten")]
            if let Some(blocked) = hooks::blocked() {
                return Poll::Ready((blocked.send)(request));
            }
            match start(request, Box::new(Awaiting::default())) {
                Ok(flight) => *state = State::InFlight { waiting: flight.waiting(), flight },
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
        let State::InFlight { flight, waiting } = state else {
            panic!("the future of a request was polled again after it was ready");
        };
        let waker = context.waker();
        let mut response = flight.poll_response(waker);
        if response.is_none() && waiting.turn(waker, panic::resume) {
            response = flight.poll_response(waker);
        }
        let Some(response) = response else { return Poll::Pending };
        *state = State::Over;
        Poll::Ready(Ok(response))
    }
}

impl Drop for ResponseFuture {
    fn drop(&mut self) {
        if let State::InFlight { flight, waiting } = mem::replace(&mut self.state, State::Over) {
            // First, so that the abort does not wake the task.
            drop(waiting);
            flight.abandon();
        }
    }
}

impl IntoFuture for Request {
    type Output = Result<Response, StartError>;
    type IntoFuture = ResponseFuture;

    fn into_future(self) -> ResponseFuture {
        ResponseFuture { state: State::Unsent(self) }
    }
}

impl fmt::Debug for ResponseFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}
