//! On the browser's main thread: the event loop turns while the stack is suspended.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use super::interrupt::Signal;
use crate::StartError;
use crate::sys::backend;

pub(super) fn block_on<F: Future>(mut future: Pin<&mut F>) -> Result<F::Output, StartError> {
    if !backend::may_suspend() {
        return Err(StartError::WouldBlock);
    }
    let signal = Signal::new();
    let waker = Waker::from(Arc::clone(&signal));
    let mut context = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return Ok(output);
        }
        while !signal.take() {
            if !backend::suspend() {
                return Err(StartError::WouldBlock);
            }
        }
    }
}
