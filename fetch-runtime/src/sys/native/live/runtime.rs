//! The threads and the HTTP clients that all requests of the process share.

use std::io;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::Semaphore;
use tokio::task::AbortHandle;

use super::clients::Clients;
use crate::sys::backend::machine::timers::Timeout;

/// As many transfers run at a time in the whole process; the rest wait in line, as in browsers.
const AT_ONCE: usize = 256;

/// How long the end of the program may wait for what cannot be interrupted: a name being looked up.
const PATIENCE: Duration = Duration::from_secs(1);

/// Lives as long as a thread that has started a request.
pub(crate) struct Io {
    /// Taken when it is dropped.
    runtime: Option<Runtime>,
    shared: Arc<Shared>,
}

/// What transfers share.
pub(crate) struct Shared {
    pub(crate) places: Semaphore,
    pub(crate) clients: Clients,
}

static SHARED: Mutex<Weak<Io>> = Mutex::new(Weak::new());

impl Io {
    pub(crate) fn shared() -> io::Result<Arc<Self>> {
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(io) = shared.upgrade() {
            return Ok(io);
        }
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("fetch")
            .enable_all()
            .build()?;
        let parts = Shared { places: Semaphore::new(AT_ONCE), clients: Clients::default() };
        let io = Arc::new(Self { runtime: Some(runtime), shared: Arc::new(parts) });
        *shared = Arc::downgrade(&io);
        Ok(io)
    }

    /// Runs a transfer, until it is over or the returned value is dropped.
    pub(crate) fn spawn<F>(
        &self,
        timeout: Option<Timeout>,
        transfer: impl FnOnce(Arc<Shared>) -> F,
    ) -> Transfer
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let runtime = self.runtime.as_ref().expect("taken only by drop");
        let task = runtime.spawn(transfer(Arc::clone(&self.shared))).abort_handle();
        Transfer { task: Some(task), _timeout: timeout }
    }
}

impl Drop for Io {
    fn drop(&mut self) {
        let Some(runtime) = self.runtime.take() else { return };
        // On Windows thread-locals are dropped under a lock that a thread needs in order to end.
        if cfg!(windows) {
            runtime.shutdown_background();
        } else {
            runtime.shutdown_timeout(PATIENCE);
        }
    }
}

/// Dropping it ends the transfer, and stops its clock.
pub(crate) struct Transfer {
    /// None where a script answers.
    task: Option<AbortHandle>,
    _timeout: Option<Timeout>,
}

impl Transfer {
    pub(crate) fn of_script(timeout: Option<Timeout>) -> Self {
        Self { task: None, _timeout: timeout }
    }
}

impl Drop for Transfer {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}
