//! The result of a task, for a loop that looks for it once per frame.

use std::cell::RefCell;
use std::rc::Rc;

use fetch_runtime::spawn_local;

/// A task that runs between the frames.
pub(crate) struct Pending<T>(Rc<RefCell<Option<T>>>);

impl<T: 'static> Pending<T> {
    pub(crate) fn start(future: impl Future<Output = T> + 'static) -> Self {
        let slot = Rc::new(RefCell::new(None));
        let result = Rc::clone(&slot);
        spawn_local(async move {
            let value = future.await;
            *result.borrow_mut() = Some(value);
        });
        Self(slot)
    }

    /// The result, once.
    pub(crate) fn take(&self) -> Option<T> {
        self.0.borrow_mut().take()
    }
}
