//! The threads and the HTTP client that all requests of the process share.

use std::io;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};
use std::time::Duration;

use reqwest::{Client, ClientBuilder};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Semaphore;
use tokio::task::AbortHandle;

use super::cookies::Cookies;
use super::redirects;
use super::timers::Timeout;

/// As many transfers run at a time in the whole process; the rest wait in line, as in browsers.
const AT_ONCE: usize = 256;

/// How long the end of the program may wait for what cannot be interrupted: a name being looked up.
const PATIENCE: Duration = Duration::from_secs(1);

/// Lives as long as a thread that has started a request.
pub(super) struct Io {
    /// Taken when it is dropped.
    runtime: Option<Runtime>,
    clients: Arc<Clients>,
}

static SHARED: Mutex<Weak<Io>> = Mutex::new(Weak::new());

impl Io {
    pub(super) fn shared() -> io::Result<Arc<Self>> {
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(io) = shared.upgrade() {
            return Ok(io);
        }
        let runtime =
            Builder::new_multi_thread().worker_threads(2).thread_name("fetch").enable_all().build()?;
        let io = Arc::new(Self { runtime: Some(runtime), clients: Arc::new(Clients::new()) });
        *shared = Arc::downgrade(&io);
        Ok(io)
    }

    /// Runs a transfer, until it is over or the returned value is dropped.
    pub(super) fn spawn<F>(
        &self,
        timeout: Option<Timeout>,
        transfer: impl FnOnce(Arc<Clients>) -> F,
    ) -> Transfer
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let runtime = self.runtime.as_ref().expect("taken only by drop");
        let task = runtime.spawn(transfer(Arc::clone(&self.clients))).abort_handle();
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
pub(super) struct Transfer {
    /// None where a script answers.
    task: Option<AbortHandle>,
    _timeout: Option<Timeout>,
}

impl Transfer {
    pub(super) fn of_script(timeout: Option<Timeout>) -> Self {
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

/// The client is made when it is first needed, on a worker: reading the system's certificates takes a while.
pub(super) struct Clients {
    pub(super) places: Semaphore,
    client: OnceLock<Option<Client>>,
}

impl Clients {
    fn new() -> Self {
        Self { places: Semaphore::new(AT_ONCE), client: OnceLock::new() }
    }

    pub(super) fn client(&self) -> Option<&Client> {
        self.client.get_or_init(make).as_ref()
    }
}

fn make() -> Option<Client> {
    // An error: the program has installed one of its own.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = || -> ClientBuilder {
        Client::builder()
            .cookie_provider(Arc::new(Cookies::default()))
            .redirect(redirects::policy())
            .referer(false)
            .user_agent(concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")))
    };
    // A system without certificates can still do without TLS.
    builder().build().or_else(|_| builder().tls_certs_only([]).build()).ok()
}
