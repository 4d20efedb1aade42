//! The load of a manifest: [`Manifest::load`].

use std::cell::{Cell, RefCell};
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::task::Waker;
use std::time::Duration;

use super::error::Reason;
use super::running::Running;
use super::{FailedFile, File, Manifest, ManifestError, ManifestProgress};
use crate::{Error, Outcome, Progress, Request, sleep};

/// The statuses of a server that may answer otherwise later: [RFC 9110 §15], [RFC 6585 §4].
///
/// [RFC 9110 §15]: https://www.rfc-editor.org/rfc/rfc9110#section-15
/// [RFC 6585 §4]: https://www.rfc-editor.org/rfc/rfc6585#section-4
const TEMPORARY: [u16; 6] = [408, 429, 500, 502, 503, 504];

/// The load of a manifest, which `.await` starts. It comes from [`Manifest::load`].
#[must_use = "nothing is loaded until it is awaited"]
pub struct ManifestLoad {
    manifest: Manifest,
    limit: usize,
    retries: u32,
    retry_delay: Duration,
    options: Rc<dyn Fn(Request) -> Request>,
    on_progress: Box<dyn FnMut(ManifestProgress)>,
}

impl Manifest {
    /// Brings all files into the cache. A file that is there and matches its integrity is read, but
    /// not downloaded again. So a load that has failed, or was dropped, goes on where it ended.
    ///
    /// The result is an error if one of the files could not be loaded. All others were stored. A
    /// [budget](crate::cache::set_budget) that is smaller than [`size`](Manifest::size) deletes the
    /// first of them again: set a larger one.
    /// Dropping the future aborts what is in flight.
    ///
    /// ```
    /// use fetch_runtime::{Manifest, Response, fetch};
    ///
    /// # #[cfg(feature = "json")]
    /// async fn assets() -> Result<Manifest, Box<dyn std::error::Error>> {
    ///     let response = fetch!(GET "/assets/manifest.json").await?.into_result()?;
    ///     let manifest = response.json::<Manifest>()?.base("/assets/");
    ///     manifest
    ///         .load()
    ///         .limit(4)
    ///         .on_progress(|progress| println!("{} of {}", progress.loaded, progress.total))
    ///         .await?;
    ///     Ok(manifest)
    /// }
    ///
    /// /// From the cache.
    /// async fn level(manifest: &Manifest) -> Result<Response, Box<dyn std::error::Error>> {
    ///     let request = manifest.request("level/1.pak").ok_or("there is no such level")?;
    ///     Ok(request.await?.into_result()?)
    /// }
    /// ```
    pub fn load(&self) -> ManifestLoad {
        ManifestLoad {
            manifest: self.clone(),
            limit: 4,
            retries: 2,
            retry_delay: Duration::from_millis(500),
            options: Rc::new(|request| request),
            on_progress: Box::new(|_| ()),
        }
    }
}

impl ManifestLoad {
    /// Sets how many files are loaded at a time: 4 if it is not set, and 1 at least. So many bodies
    /// can be in memory at once.
    pub fn limit(mut self, limit: usize) -> Self {
        self.limit = limit.max(1);
        self
    }

    /// Sets how often a file is tried again: 2 times if it is not set. That is so after a network
    /// error, a timeout, a body that does not match its integrity, and the statuses 408, 429, 500,
    /// 502, 503 and 504.
    pub fn retries(mut self, retries: u32) -> Self {
        self.retries = retries;
        self
    }

    /// Sets the time before a file is tried again: 500 ms if it is not set. Before each further
    /// attempt it is twice as long.
    pub fn retry_delay(mut self, delay: Duration) -> Self {
        self.retry_delay = delay;
        self
    }

    /// Sets options of each request, such as its timeout. Its cache mode, its integrity and its
    /// `on_progress` are the manifest's own.
    ///
    /// ```
    /// use std::time::Duration;
    /// use fetch_runtime::Manifest;
    ///
    /// let load = Manifest::new()
    ///     .load()
    ///     .with_options(|request| request.timeout(Duration::from_secs(60)));
    /// # drop(load);
    /// ```
    pub fn with_options(mut self, options: impl Fn(Request) -> Request + 'static) -> Self {
        self.options = Rc::new(options);
        self
    }

    /// Calls `on_progress` as bodies arrive, and when a file is loaded.
    pub fn on_progress(mut self, on_progress: impl FnMut(ManifestProgress) + 'static) -> Self {
        self.on_progress = Box::new(on_progress);
        self
    }

    async fn run(self) -> Result<(), ManifestError> {
        let Self { manifest, limit, retries, retry_delay, options, mut on_progress } = self;
        let (total, files) = (manifest.size(), manifest.files.len());
        let manifest = Rc::new(manifest);
        let arrived = Rc::new(Arrived::default());
        let attempts = manifest.files.iter().map(|(name, file)| {
            let loaded = Loaded { bytes: Cell::new(0), all: Rc::clone(&arrived) };
            let attempts = Attempts {
                manifest: Rc::clone(&manifest),
                name: name.clone(),
                file: file.clone(),
                options: Rc::clone(&options),
                left: retries,
                delay: retry_delay,
                loaded: Rc::new(loaded),
            };
            Box::pin(attempts.run()) as Pin<Box<dyn Future<Output = _>>>
        });
        let mut running = Running::new(attempts, limit);
        let (mut failed, mut files_loaded, mut told) = (Vec::new(), 0, None);
        poll_fn(|context| {
            arrived.waker.replace(Some(context.waker().clone()));
            let polled = running.poll(context, |result: Result<(), FailedFile>| match result {
                Ok(()) => files_loaded += 1,
                // By name. Few files fail, and a sort is 4 kB of WebAssembly.
                Err(file) => {
                    let is_before = |other: &FailedFile| other.name() < file.name();
                    failed.insert(failed.partition_point(is_before), file);
                }
            });
            let progress =
                ManifestProgress { loaded: arrived.bytes.get(), total, files_loaded, files };
            if told.replace(progress) != Some(progress) {
                on_progress(progress);
            }
            polled
        })
        .await;
        if failed.is_empty() { Ok(()) } else { Err(ManifestError::new(failed, files)) }
    }
}

impl IntoFuture for ManifestLoad {
    type Output = Result<(), ManifestError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output>>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

impl fmt::Debug for ManifestLoad {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ManifestLoad")
            .field("manifest", &self.manifest)
            .field("limit", &self.limit)
            .field("retries", &self.retries)
            .field("retry_delay", &self.retry_delay)
            .finish_non_exhaustive()
    }
}

/// The bytes of all files that have arrived.
#[derive(Default)]
struct Arrived {
    bytes: Cell<u64>,
    /// The task of the load, which reports them.
    waker: RefCell<Option<Waker>>,
}

/// The bytes of one file that have arrived.
struct Loaded {
    bytes: Cell<u64>,
    all: Rc<Arrived>,
}

impl Loaded {
    fn set(&self, bytes: u64) {
        let others = self.all.bytes.get().saturating_sub(self.bytes.replace(bytes));
        self.all.bytes.set(others.saturating_add(bytes));
    }
}

/// The attempts to load one file.
struct Attempts {
    manifest: Rc<Manifest>,
    name: String,
    file: File,
    options: Rc<dyn Fn(Request) -> Request>,
    left: u32,
    delay: Duration,
    loaded: Rc<Loaded>,
}

impl Attempts {
    async fn run(mut self) -> Result<(), FailedFile> {
        loop {
            match Reason::of(self.request().await) {
                Ok(()) => {
                    self.loaded.set(self.file.size);
                    return Ok(());
                }
                Err(Reason::Failed(error)) if self.left > 0 && may_pass(&error) => {
                    self.loaded.set(0);
                    sleep(self.delay).await;
                    self.left -= 1;
                    self.delay = self.delay.saturating_mul(2);
                }
                Err(reason) => {
                    self.loaded.set(0);
                    return Err(FailedFile::new(self.name, reason));
                }
            }
        }
    }

    fn request(&self) -> Request {
        let (loaded, size) = (Rc::clone(&self.loaded), self.file.size);
        self.manifest
            .configured(&self.name, &self.file, &*self.options)
            // The next poll of the load reports it.
            .on_progress(move |progress: Progress| {
                loaded.set(progress.loaded.min(size));
                let waker = loaded.all.waker.borrow().clone();
                if let Some(waker) = waker {
                    waker.wake();
                }
            })
    }
}

/// Whether another attempt may succeed.
fn may_pass(error: &Error) -> bool {
    match error.outcome() {
        Outcome::NetworkError | Outcome::Timeout | Outcome::IntegrityMismatch => true,
        Outcome::HttpError => TEMPORARY.contains(&error.status()),
        _ => false,
    }
}
