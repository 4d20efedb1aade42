//! A limit for the time of a future: [`timeout`].

use std::fmt;
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use super::sleep::sleep;

/// The time of a [`timeout`] is over, and its future was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Elapsed;

impl fmt::Display for Elapsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the time is over")
    }
}

impl std::error::Error for Elapsed {}

/// Drops the future if it is not ready after this time, which begins with the call. The requests
/// that the future awaits are aborted.
///
/// For a single request, [`Request::timeout`](crate::Request::timeout) is simpler.
///
/// # Errors
/// [`Elapsed`] if the time is over.
///
/// ```
/// use std::time::Duration;
/// use fetch_runtime::{sleep, timeout};
///
/// fetch_runtime::spawn_local(async {
///     let long = sleep(Duration::from_secs(3600));
///     assert!(timeout(Duration::from_millis(5), long).await.is_err());
/// });
/// fetch_runtime::run();
/// ```
pub fn timeout<F: IntoFuture>(
    duration: Duration,
    future: F,
) -> impl Future<Output = Result<F::Output, Elapsed>> {
    let mut limit = sleep(duration);
    async move {
        let mut future = pin!(future.into_future());
        poll_fn(|context| {
            if let Poll::Ready(output) = future.as_mut().poll(context) {
                return Poll::Ready(Ok(output));
            }
            pin!(&mut limit).poll(context).map(|()| Err(Elapsed))
        })
        .await
    }
}
