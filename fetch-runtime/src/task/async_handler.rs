//! Handlers that are an `async fn`: each call is a task.

use std::borrow::Cow;
use std::fmt;
use std::future::poll_fn;
use std::pin::pin;

use super::executor;
use crate::handler::{HandlerInput, HandlerOutput, Named};
use crate::{Handler, Response, panic};

/// Calls an `async fn` as the handler `H`. Its future is polled at once, and then as a
/// [spawned](crate::spawn_local) one is. The type `T` of its output is a parameter of its own, so
/// that the compiler's errors point at it.
pub fn call_async<H, I, T, F>(response: Response, function: impl FnOnce(I) -> F + 'static)
where
    H: Handler,
    I: HandlerInput + 'static,
    T: HandlerOutput,
    F: Future<Output = T> + 'static,
{
    let source = Source { handler: Named(H::NAME), url: response.url.clone() };
    let input = I::from_response(response);
    executor::run_now(Box::pin(async move {
        let mut future = pin!(function(input));
        let poll = poll_fn(|context| panic::name(&source, || future.as_mut().poll(context)));
        poll.await.report(&source);
    }));
}

/// A call, as the source of an error. Its stack does not show the request any more, so it names
/// the URL as well.
struct Source {
    handler: Named,
    url: Cow<'static, str>,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.handler, self.url.trim_end_matches('\0'))
    }
}
