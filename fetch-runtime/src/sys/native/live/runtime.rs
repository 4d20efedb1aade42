//! The threads and the HTTP clients that all requests of the process share.

use std::io;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::runtime::{self, Builder};
use tokio::task::AbortHandle;

use super::clients::Clients;

/// How long the end of the program may wait for a DNS lookup, which cannot be interrupted.
const PATIENCE: Duration = Duration::from_secs(1);

/// Lives as long as a thread that has started a request.
pub(super) struct Runtime {
    /// Taken by the drop.
    runtime: Option<runtime::Runtime>,
    clients: Arc<Clients>,
}

static SHARED: Mutex<Weak<Runtime>> = Mutex::new(Weak::new());

impl Runtime {
    pub(super) fn shared() -> io::Result<Arc<Self>> {
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(runtime) = shared.upgrade() {
            return Ok(runtime);
        }
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("fetch")
            .enable_all()
            .build()?;
        let this = Arc::new(Self { runtime: Some(runtime), clients: Arc::default() });
        *shared = Arc::downgrade(&this);
        Ok(this)
    }

    /// Runs a job until it ends, or until the returned handle is dropped.
    pub(super) fn spawn<F>(&self, job: impl FnOnce(Arc<Clients>) -> F) -> JobHandle
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let runtime = self.runtime.as_ref().expect("taken only by drop");
        JobHandle(runtime.spawn(job(Arc::clone(&self.clients))).abort_handle())
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        let Some(runtime) = self.runtime.take() else { return };
        // On Windows, thread-locals are dropped under a lock that a thread needs in order to end.
        if cfg!(windows) {
            runtime.shutdown_background();
        } else {
            runtime.shutdown_timeout(PATIENCE);
        }
    }
}

/// Its drop ends the job.
pub(super) struct JobHandle(AbortHandle);

impl Drop for JobHandle {
    fn drop(&mut self) {
        self.0.abort();
    }
}
