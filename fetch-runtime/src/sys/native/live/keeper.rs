//! Keeps the parts of one download in the cache, as they arrive.
//!
//! Invariant: after its end, it begins no write. Those that it has begun come before all later
//! tasks of the cache.

use std::mem;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use super::cache_request::Budget;
use crate::sys::native::machine::buffer::Buffer;
use crate::sys::native::machine::fetch::PartsTag;

/// So many bytes are written at a time. The last part may have fewer.
const PART: usize = 1 << 20;

#[derive(Clone)]
pub(super) struct Keeper(Arc<Inner>);

struct Inner {
    download: Download,
    begin: Box<dyn Fn(Download, PartsTask) + Send + Sync>,
    is_reading: AtomicBool,
    /// Whether the cache takes no more parts.
    is_refused: Arc<AtomicBool>,
    state: Mutex<State>,
}

/// The response that the parts are of.
#[derive(Clone)]
pub(super) struct Head {
    /// Without a fragment.
    pub(super) url: String,
    /// A strong one.
    pub(super) etag: String,
    /// The length of the whole body.
    pub(super) total: u64,
    pub(super) status_text: String,
    pub(super) headers: String,
}

/// The head, and the parts put together: they are less than the whole.
pub(super) struct Kept {
    pub(super) head: Head,
    /// Is lost if there is no memory for it.
    pub(super) body: Buffer,
}

/// A part of a download.
pub(super) struct Part {
    /// The first part has the head, and replaces the parts of any other download of this key.
    pub(super) head: Option<Head>,
    pub(super) offset: u64,
    pub(super) bytes: Vec<u8>,
}

/// The download whose parts are kept.
#[derive(Clone)]
pub(super) struct Download {
    pub(super) key: String,
    pub(super) tag: PartsTag,
    pub(super) budget: Option<Budget>,
}

/// A task of the cache's thread.
pub(super) enum PartsTask {
    /// Takes over the parts of an earlier download from this URL.
    Claim(String, oneshot::Sender<Option<Kept>>),
    /// Adds a part. Sets the flag if that fails.
    Keep(Part, Arc<AtomicBool>),
    /// Deletes the parts, if they are of this download.
    Forget,
}

#[derive(Default)]
enum State {
    /// Nothing is to be kept yet.
    #[default]
    Idle,
    /// The next part, which begins at this offset. The first one has a head.
    Keeping(Part),
    Ended,
}

impl Keeper {
    /// `begin` begins a task of the cache.
    pub(super) fn new(
        download: Download,
        begin: impl Fn(Download, PartsTask) + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(Inner {
            download,
            begin: Box::new(begin),
            is_reading: AtomicBool::new(false),
            is_refused: Arc::default(),
            state: Mutex::default(),
        }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin_task(&self, task: PartsTask) {
        (self.0.begin)(self.0.download.clone(), task);
    }

    fn keep(&self, part: Part) {
        self.begin_task(PartsTask::Keep(part, Arc::clone(&self.0.is_refused)));
    }

    /// Takes over the parts of an earlier download from this URL.
    pub(super) async fn claim(&self, url: String) -> Option<Kept> {
        let (reply, answer) = oneshot::channel();
        self.0.is_reading.store(true, Ordering::SeqCst);
        self.begin_task(PartsTask::Claim(url, reply));
        let kept = answer.await.ok().flatten();
        self.0.is_reading.store(false, Ordering::SeqCst);
        kept
    }

    /// Whether it waits for the parts of an earlier download.
    pub(super) fn is_reading(&self) -> bool {
        self.0.is_reading.load(Ordering::SeqCst)
    }

    /// Begins to keep the bytes from this offset on. A new download has a head.
    pub(super) fn begin(&self, head: Option<Head>, offset: u64) {
        let mut state = self.state();
        if let State::Idle = *state {
            *state = State::Keeping(Part { head, offset, bytes: Vec::new() });
        }
    }

    /// More bytes have arrived.
    pub(super) fn add(&self, mut bytes: &[u8]) {
        let mut state = self.state();
        if self.0.is_refused.load(Ordering::SeqCst) {
            *state = State::Ended;
        }
        let State::Keeping(part) = &mut *state else { return };
        while !bytes.is_empty() {
            let fitting = bytes.len().min(PART - part.bytes.len());
            part.bytes.extend_from_slice(&bytes[..fitting]);
            bytes = &bytes[fitting..];
            if part.bytes.len() == PART {
                let offset = part.offset + PART as u64;
                let next = Part { head: None, offset, bytes: Vec::with_capacity(PART) };
                self.keep(mem::replace(part, next));
            }
        }
    }

    /// The download has ended early: the bytes that have arrived are kept.
    pub(super) fn end_early(&self) {
        if let State::Keeping(part) = mem::replace(&mut *self.state(), State::Ended) {
            if !part.bytes.is_empty() {
                self.keep(part);
            }
        }
    }

    /// The body is complete, or nothing is to be kept from here on.
    pub(super) fn end(&self) {
        *self.state() = State::Ended;
    }

    /// Deletes the parts of this download: they are of no use.
    pub(super) fn forget(&self) {
        self.begin_task(PartsTask::Forget);
    }
}
