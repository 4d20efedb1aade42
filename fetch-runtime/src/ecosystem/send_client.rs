//! A [`Client`] whose futures and bodies are `Send`, for clients that need it.

use std::error::Error as StdError;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use send_wrapper::SendWrapper;
use tower_service::Service;

use super::{Client, ClientError, ClientFuture, ResponseBody};
use crate::Error;

/// A [`Client`] whose futures and bodies are `Send`. Many clients ask for that, such as tonic's.
///
/// They still belong to the thread that made them. On any other thread their use panics, and so
/// does their drop. So the program runs its tasks on one thread: by
/// [`spawn_local`](crate::spawn_local), or by any executor that does not move them.
///
/// ```
/// use fetch_runtime::{Client, SendClient};
///
/// fn needs_send<T: Clone + Send + Sync + 'static>(_: T) {}
/// needs_send(SendClient::from(Client::new()));
/// ```
#[derive(Clone, Debug, Default)]
pub struct SendClient(Client);

impl From<Client> for SendClient {
    fn from(client: Client) -> Self {
        Self(client)
    }
}

impl<B> Service<http::Request<B>> for SendClient
where
    B: Body<Error: Into<Box<dyn StdError + Send + Sync>>> + 'static,
{
    type Response = http::Response<SendBody>;
    type Error = ClientError;
    type Future = SendClientFuture;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), ClientError>> {
        Service::<http::Request<B>>::poll_ready(&mut self.0, context)
    }

    fn call(&mut self, request: http::Request<B>) -> SendClientFuture {
        SendClientFuture(SendWrapper::new(self.0.call(request)))
    }
}

/// The future of a [`SendClient`]'s response. Dropping it aborts the request.
///
/// # Panics
/// If another thread than that of the call polls or drops it.
#[must_use = "a request does nothing until it is awaited"]
pub struct SendClientFuture(SendWrapper<ClientFuture>);

impl Future for SendClientFuture {
    type Output = Result<http::Response<SendBody>, ClientError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let response = Pin::new(&mut *self.0).poll(context);
        response.map_ok(|response| response.map(|body| SendBody(SendWrapper::new(body))))
    }
}

/// The body of a [`SendClient`]'s response: a [`ResponseBody`].
///
/// # Panics
/// If another thread than that of the call uses or drops it.
#[must_use = "a body does nothing until its frames are asked for"]
pub struct SendBody(SendWrapper<ResponseBody>);

impl Body for SendBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        Pin::new(&mut *self.0).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.size_hint()
    }
}

impl fmt::Debug for SendClientFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendClientFuture").finish_non_exhaustive()
    }
}

impl fmt::Debug for SendBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendBody").finish_non_exhaustive()
    }
}
