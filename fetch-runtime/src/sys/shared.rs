//! Values that threads share, and those of one thread: they cost nothing in a program without
//! threads.
#![cfg_attr(target_os = "emscripten", allow(unsafe_code))]

#[cfg(any(not(target_os = "emscripten"), target_feature = "atomics"))]
mod threads {
    use std::sync::{Mutex, PoisonError};

    /// A value that threads share.
    #[derive(Default)]
    pub(crate) struct Shared<T>(Mutex<T>);

    impl<T: Default> Shared<T> {
        /// Gives access to the value. Meanwhile no other access is possible.
        pub(crate) fn with<R>(&self, access: impl FnOnce(&mut T) -> R) -> R {
            access(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
        }
    }

    /// Declares a value that each thread has for itself. It is not dropped.
    macro_rules! of_each_thread {
        (static $name:ident: $type:ty = $value:expr;) => {
            ::std::thread_local! { static $name: $type = const { $value }; }
        };
    }
    pub(crate) use of_each_thread;

    /// A value that is dropped at the end of its thread.
    pub(crate) type OfThread<T> = Box<T>;

    /// A value that lives as long as it has owners.
    pub(crate) type Owned<T> = std::sync::Arc<T>;
}

#[cfg(all(target_os = "emscripten", not(target_feature = "atomics")))]
mod threads {
    use core::cell::Cell;
    use core::mem::{self, ManuallyDrop};
    use core::ops::Deref;

    /// A value that threads could share.
    #[derive(Default)]
    pub(crate) struct Shared<T>(Cell<T>);

    // SAFETY: without atomics, the program has one thread.
    unsafe impl<T: Send> Sync for Shared<T> {}

    impl<T: Default> Shared<T> {
        /// Gives access to the value. An access inside another one finds the default.
        pub(crate) fn with<R>(&self, access: impl FnOnce(&mut T) -> R) -> R {
            let mut value = self.0.take();
            let result = access(&mut value);
            // The cell has the default: nothing is dropped.
            mem::forget(self.0.replace(value));
            result
        }
    }

    /// Declares a value of the only thread.
    macro_rules! of_each_thread {
        (static $name:ident: $type:ty = $value:expr;) => {
            static $name: $crate::sys::OfOnlyThread<$type> = $crate::sys::OfOnlyThread($value);
        };
    }
    pub(crate) use of_each_thread;

    /// See `of_each_thread`.
    pub(crate) struct OfOnlyThread<T>(pub(crate) T);

    // SAFETY: without atomics, the program has one thread.
    unsafe impl<T> Sync for OfOnlyThread<T> {}

    impl<T> OfOnlyThread<T> {
        pub(crate) fn with<R>(&self, access: impl FnOnce(&T) -> R) -> R {
            access(&self.0)
        }
    }

    /// A value that lives as long as the program: the only thread never ends before.
    pub(crate) type OfThread<T> = ManuallyDrop<T>;

    /// A value that lives as long as the program.
    pub(crate) struct Owned<T: 'static>(&'static T);

    impl<T> Owned<T> {
        pub(crate) fn new(value: T) -> Self {
            Self(Box::leak(Box::new(value)))
        }
    }

    impl<T> Clone for Owned<T> {
        fn clone(&self) -> Self {
            Self(self.0)
        }
    }

    impl<T> Deref for Owned<T> {
        type Target = T;

        fn deref(&self) -> &T {
            self.0
        }
    }
}

#[cfg(all(target_os = "emscripten", not(target_feature = "atomics")))]
pub(crate) use threads::OfOnlyThread;
pub(crate) use threads::{OfThread, Owned, Shared, of_each_thread};
