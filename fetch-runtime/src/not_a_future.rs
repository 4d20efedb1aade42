//! A compile error that explains that a request with a handler is not awaited.

use std::pin::Pin;
use std::task::{Context, Poll};

use crate::thread::Unmet;
use crate::{Fetch, Response, StartError};

/// No type implements this trait.
#[diagnostic::on_unimplemented(
    message = "the response of this request goes to its handler",
    label = "a `Fetch` cannot be awaited",
    note = "to await the response, leave the handler away: `fetch!(GET url).await`"
)]
trait WithoutHandler {}

#[doc(hidden)]
impl Future for Fetch
where
    for<'a> Unmet<'a>: WithoutHandler,
{
    type Output = Result<Response, StartError>;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        unreachable!("no type implements `WithoutHandler`")
    }
}
