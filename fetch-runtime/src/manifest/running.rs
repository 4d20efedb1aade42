//! Runs a limited number of futures side by side.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};

type Pending<T> = Pin<Box<dyn Future<Output = T>>>;

/// Futures of which a limited number runs at a time.
pub(super) struct Running<T> {
    waiting: VecDeque<Pending<T>>,
    running: Vec<Pending<T>>,
    limit: usize,
}

impl<T> Running<T> {
    pub(super) fn new(futures: impl Iterator<Item = Pending<T>>, limit: usize) -> Self {
        Self { waiting: futures.collect(), running: Vec::new(), limit }
    }

    /// Gives each result that is there to `done`. Ready when all futures are.
    pub(super) fn poll(&mut self, context: &mut Context<'_>, mut done: impl FnMut(T)) -> Poll<()> {
        loop {
            while self.running.len() < self.limit {
                let Some(next) = self.waiting.pop_front() else { break };
                self.running.push(next);
            }
            let before = self.running.len();
            self.running.retain_mut(|future| match future.as_mut().poll(context) {
                Poll::Ready(result) => {
                    done(result);
                    false
                }
                Poll::Pending => true,
            });
            if self.running.is_empty() && self.waiting.is_empty() {
                return Poll::Ready(());
            }
            // If there is room, the next futures have to be polled as well.
            if self.running.len() == before || self.waiting.is_empty() {
                return Poll::Pending;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::future::{poll_fn, ready};
    use std::rc::Rc;
    use std::task::Waker;

    use super::*;

    #[test]
    fn a_limited_number_runs() {
        let (begun, open) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(0)));
        let futures = (0..5).map(|number| {
            let (begun, open) = (Rc::clone(&begun), Rc::clone(&open));
            let mut has_begun = false;
            let future = poll_fn(move |_| {
                if !std::mem::replace(&mut has_begun, true) {
                    begun.set(begun.get() + 1);
                }
                if number < open.get() { Poll::Ready(number) } else { Poll::Pending }
            });
            Box::pin(future) as Pending<_>
        });
        let mut running = Running::new(futures, 2);
        let context = &mut Context::from_waker(Waker::noop());
        let mut done = Vec::new();
        // Each one that ends makes room for another one, at once.
        for (may_end, expected) in [(0, 2), (1, 3), (1, 3), (3, 5), (4, 5)] {
            open.set(may_end);
            assert!(running.poll(context, |number| done.push(number)).is_pending());
            assert_eq!((begun.get(), done.len()), (expected, may_end));
        }
        open.set(5);
        assert!(running.poll(context, |number| done.push(number)).is_ready());
        assert_eq!(done, [0_usize, 1, 2, 3, 4]);
    }

    #[test]
    fn all_are_ready_at_once() {
        let mut done = Vec::new();
        let futures = (0..9).map(|number| Box::pin(ready(number)) as Pending<_>);
        let context = &mut Context::from_waker(Waker::noop());
        let mut running = Running::new(futures, 2);
        assert!(running.poll(context, |number| done.push(number)).is_ready());
        assert_eq!(done, (0..9).collect::<Vec<_>>());
        assert!(Running::<()>::new([].into_iter(), 1).poll(context, |()| ()).is_ready());
    }
}
