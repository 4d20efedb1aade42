//! A request as a future: `fetch!(…).await`.

use std::fmt;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::awaited::{Awaited, Begun};
use crate::{Request, Response, StartError};

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
/// On the desktop, if a callback that runs meanwhile panics, as [`run`](crate::run()) does. With
/// debug assertions, if it is polled again after it was ready; without, it then stays pending.
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
    InFlight(Awaited),
    Over,
}

impl Future for ResponseFuture {
    type Output = Result<Response, StartError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let awaited = match mem::replace(&mut self.state, State::Over) {
            State::Unsent(request) => match Awaited::start(request)? {
                Begun::InFlight(awaited) => awaited,
                #[cfg(target_os = "emscripten")]
                Begun::Ended(response) => return Poll::Ready(Ok(response)),
            },
            State::InFlight(awaited) => awaited,
            State::Over => {
                debug_assert!(false, "the future of a request was polled again after it was ready");
                return Poll::Pending;
            }
        };
        let waker = context.waker();
        let response = awaited.poll(waker, |awaited| awaited.response(waker));
        if response.is_pending() {
            self.state = State::InFlight(awaited);
        }
        response.map(Ok)
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
