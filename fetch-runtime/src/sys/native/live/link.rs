//! Connections, as the HTTP client sees them.

use std::error::Error;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use hyper::Response;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{Connected, Connection};

pub(super) type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// The client's `User-Agent`.
pub(super) const NAME: &str = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));

/// Whether a connection has brought a response.
#[derive(Clone, Default)]
pub(super) struct HasAnswered(Arc<AtomicBool>);

impl HasAnswered {
    /// That of a connection on which a request has failed.
    pub(super) fn of(connection: Option<&Connected>) -> bool {
        let mut extras = Response::new(());
        if let Some(connection) = connection {
            connection.get_extras(extras.extensions_mut());
        }
        extras.extensions().get::<Self>().is_some_and(|this| this.0.load(Ordering::Relaxed))
    }

    pub(super) fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Bytes to and from a server or a proxy.
pub(super) trait Stream: Connection + Read + Send + Unpin + Write {}

impl<S: Connection + Read + Send + Unpin + Write> Stream for S {}

/// A connection.
pub(super) struct Link {
    stream: Box<dyn Stream>,
    is_proxied: bool,
}

impl Link {
    /// If `is_proxied`, the other side is asked for whole URLs.
    pub(super) fn new(stream: Box<dyn Stream>, is_proxied: bool) -> Self {
        Self { stream, is_proxied }
    }
}

impl Connection for Link {
    /// Called once.
    fn connected(&self) -> Connected {
        self.stream.connected().proxy(self.is_proxied).extra(HasAnswered::default())
    }
}

impl Read for Link {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, into)
    }
}

impl Write for Link {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }
}
