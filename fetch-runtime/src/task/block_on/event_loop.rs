//! On the desktop: turns the event loop until the future is ready.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use super::interrupt::Signal;
use crate::sys::backend;
use crate::{StartError, panic};

pub(super) fn block_on<F: Future>(mut future: Pin<&mut F>) -> Result<F::Output, StartError> {
    let signal = Signal::new();
    let waker = Waker::from(Arc::clone(&signal));
    let mut context = Context::from_waker(&waker);
    let main = || match future.as_mut().poll(&mut context) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    };
    backend::run_until(main, || signal.take(), panic::resume).ok_or(StartError::WouldBlock)
}
