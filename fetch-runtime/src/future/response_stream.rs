//! A response whose body is read chunk by chunk: [`Request::stream`].

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::mem;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker, ready};

use super::awaited::{Awaited, Begun};
use crate::extras::stream::{GATED, Sink, Stream, onreadystatechange};
use crate::request::{Slot, Slots};
use crate::response::{FinalUrl, Head};
use crate::sys::Callback;
use crate::sys::backend::{Gate, Permit};
use crate::sys::unwind::callback;
use crate::task::hooks;
use crate::{Chunk, Error, Headers, Outcome, Request, Response, StartError};

/// A response whose headers have arrived, and whose body is read as it arrives. It comes from
/// [`Request::stream`].
///
/// Dropping it ends the transfer.
#[must_use = "a stream does nothing until its chunks are asked for: call `next` in a loop"]
pub struct ResponseStream {
    /// `None` if the request had ended before them.
    head: Option<Head>,
    body: Body,
}

enum Body {
    InFlight(Awaited, Reader),
    Broken(Error),
    Over,
}

/// The part that the request in flight shares.
struct Shared {
    head: Cell<Option<Head>>,
    chunks: RefCell<VecDeque<(Chunk, Permit)>>,
    waker: Cell<Option<Waker>>,
    /// Set when the request starts.
    gate: Cell<Option<Gate>>,
    /// The body has an integrity, which an error page cannot have.
    #[cfg(feature = "integrity")]
    is_verified: bool,
}

/// The end of the queue at which chunks come in.
struct Queue(Rc<Shared>);

/// The end of the queue at which the program takes them.
struct Reader(Rc<Shared>);

impl Drop for Reader {
    fn drop(&mut self) {
        let Shared { waker, chunks, gate, .. } = &*self.0;
        // The request in flight may keep its end for a while.
        drop((waker.take(), chunks.take(), gate.take()));
    }
}

impl Sink for Queue {
    const ONREADYSTATECHANGE: Option<Callback> = Some(callback(onreadystatechange));

    fn head(&mut self, head: Head) {
        self.0.head.set(Some(head));
        self.0.wake();
    }

    fn chunk(&mut self, chunk: Chunk) {
        let Some(gate) = self.0.gate.take() else { return };
        let permit = gate.permit();
        self.0.gate.set(Some(gate));
        self.0.chunks.borrow_mut().push_back((chunk, permit));
        self.0.wake();
    }

    fn around_start(&mut self, start: &mut dyn FnMut()) {
        let (gate, ()) = Gate::around(start);
        self.0.gate.set(Some(gate));
    }
}

impl Shared {
    /// The end of the body, now that the request is over.
    fn end(&self, response: Response) -> Body {
        #[cfg(feature = "integrity")]
        let takes_error_pages = !self.is_verified;
        #[cfg(not(feature = "integrity"))]
        let takes_error_pages = true;
        match response.outcome() {
            Outcome::Success => Body::Over,
            Outcome::HttpError if takes_error_pages => Body::Over,
            _ => Body::Broken(Error::new(response)),
        }
    }

    /// The task goes on in the callback that brings the news.
    fn wake(&self) {
        if let Some(waker) = self.waker.take() {
            hooks::resume(waker);
        }
    }
}

impl Request {
    /// Streams the response: the future is ready when the headers are there, and then
    /// [`ResponseStream::next`] gives the body in chunks as they arrive. The body is never in
    /// memory as a whole.
    ///
    /// It starts when it is first polled. Dropping it, or the stream, aborts the request.
    ///
    /// While 16 chunks wait to be asked for, the stream reads no more from the network. The size of
    /// a chunk is the browser's or the HTTP client's choice, at most 8 MiB.
    ///
    /// For the web, the conditions of [`on_chunk`](Self::on_chunk) apply.
    ///
    /// # Errors
    /// The errors of [`send`](Self::send), and [`StartError::StreamNotAllowed`] if the request has
    /// an `on_chunk`, too.
    ///
    /// ```
    /// use fetch_runtime::{block_on, fetch};
    ///
    /// let length = block_on(async {
    ///     let mut stream = fetch!(GET "data:text/plain,hello").stream().await?;
    ///     assert_eq!(stream.status(), 200);
    ///     let mut length = 0;
    ///     while let Some(chunk) = stream.next().await {
    ///         length += chunk?.len();
    ///     }
    ///     Ok::<_, Box<dyn std::error::Error>>(length)
    /// });
    /// assert_eq!(length??, 5);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn stream(mut self) -> StreamFuture {
        let shared = Rc::new(Shared {
            head: Cell::new(None),
            chunks: RefCell::default(),
            waker: Cell::new(None),
            gate: Cell::new(None),
            #[cfg(feature = "integrity")]
            is_verified: self.verifier.is_some(),
        });
        if self.is_stream() {
            let reason = "both `stream` and `on_chunk` take its chunks: remove one of them";
            self.parts.record_error(StartError::StreamNotAllowed { reason });
        }
        if self.parts.require_download("stream") {
            let queue = Box::new(Stream(Queue(Rc::clone(&shared))));
            Slots::set(&mut self.extras, Slot::Stream, queue);
            self.access = Some(&GATED);
        }
        StreamFuture { state: State::Unsent(self, Reader(shared)) }
    }
}

/// The future of [`Request::stream`].
///
/// # Panics
/// As [`ResponseFuture`](super::ResponseFuture) does.
#[must_use = "a request does nothing until it is awaited"]
pub struct StreamFuture {
    state: State,
}

enum State {
    Unsent(Request, Reader),
    InFlight(Awaited, Reader),
    Over,
}

impl Future for StreamFuture {
    type Output = Result<ResponseStream, StartError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let (awaited, reader) = match mem::replace(&mut self.state, State::Over) {
            State::Unsent(request, reader) => match Awaited::start(request)? {
                Begun::InFlight(awaited) => (awaited, reader),
                #[cfg(target_os = "emscripten")]
                Begun::Ended(response) => {
                    return Poll::Ready(Ok(ResponseStream::ended(reader.0.end(response))));
                }
            },
            State::InFlight(awaited, reader) => (awaited, reader),
            State::Over => {
                debug_assert!(false, "the future of a stream was polled again after it was ready");
                return Poll::Pending;
            }
        };
        let waker = context.waker();
        let shared = &reader.0;
        shared.waker.set(Some(waker.clone()));
        let beginning = awaited.poll(waker, |awaited| {
            let head = shared.head.take().map(Ok);
            head.or_else(|| awaited.response(waker).map(Err))
        });
        Poll::Ready(Ok(match beginning {
            Poll::Ready(Ok(head)) => {
                ResponseStream { head: Some(head), body: Body::InFlight(awaited, reader) }
            }
            Poll::Ready(Err(response)) => ResponseStream::ended(reader.0.end(response)),
            Poll::Pending => {
                self.state = State::InFlight(awaited, reader);
                return Poll::Pending;
            }
        }))
    }
}

impl ResponseStream {
    /// A request that has ended before its headers arrived.
    const fn ended(body: Body) -> Self {
        Self { head: None, body }
    }

    /// The HTTP status that the server sent. An error page is streamed as well. Without an answer,
    /// it is 0, and [`next`](Self::next) says why.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.head.as_ref().map_or(0, |head| head.status)
    }

    /// The headers; `None` without an answer.
    #[must_use]
    pub fn headers(&self) -> Option<&Headers> {
        self.head.as_ref().map(|head| &head.headers)
    }

    /// The value of a header, as [`Response::header`] gives it.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers()?.get(name)
    }

    /// The URL after all redirects. `None` without an answer.
    #[must_use]
    pub fn final_url(&self) -> Option<&str> {
        match &self.head.as_ref()?.final_url {
            FinalUrl::Other(url) => url.to_str().ok(),
            FinalUrl::Same | FinalUrl::Unknown => None,
        }
    }

    /// The next chunk of the body, in order and without gaps. `None` at the end of a body that is
    /// complete, whatever its status is.
    ///
    /// # Errors
    /// Once, if the transfer has ended before the body was complete: a network error, the timeout,
    /// an abort. The error has no body: its chunks were delivered. Then comes `None`.
    pub async fn next(&mut self) -> Option<Result<Chunk, Error>> {
        poll_fn(|context| self.poll_chunk(context)).await
    }

    /// Itself if the server has answered, and otherwise the error of its end.
    #[cfg(feature = "http")]
    pub(crate) fn answered(self) -> Result<Self, Error> {
        match self.body {
            Body::Broken(error) if self.head.is_none() => Err(error),
            _ => Ok(self),
        }
    }

    /// Whether all has been read.
    #[cfg(feature = "http")]
    pub(crate) fn is_over(&self) -> bool {
        matches!(self.body, Body::Over)
    }

    pub(crate) fn poll_chunk(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Chunk, Error>>> {
        if let Body::InFlight(awaited, Reader(shared)) = &self.body {
            let waker = context.waker();
            shared.waker.set(Some(waker.clone()));
            let news = ready!(awaited.poll(waker, |awaited| {
                // The drop of the permit, outside the borrow, may let more chunks come.
                let next = shared.chunks.borrow_mut().pop_front();
                match next {
                    Some((chunk, _permit)) => Some(Ok(chunk)),
                    None => awaited.response(waker).map(Err),
                }
            }));
            match news {
                Ok(chunk) => return Poll::Ready(Some(Ok(chunk))),
                Err(response) => {
                    let end = shared.end(response);
                    self.body = end;
                }
            }
        }
        match mem::replace(&mut self.body, Body::Over) {
            Body::Broken(error) => Poll::Ready(Some(Err(error))),
            _ => Poll::Ready(None),
        }
    }
}

impl fmt::Debug for ResponseStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseStream")
            .field("status", &self.status())
            .field("headers", &self.headers())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for StreamFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamFuture").finish_non_exhaustive()
    }
}
