//! Keeps the parts of one download in the cache, as they arrive.
//!
//! Invariant: after its end, it begins no write. Those that it has begun come before all later
//! tasks of the cache.

use std::mem;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::cache_request::Budget;
use crate::sys::native::machine::buffer::Buffer;
use crate::sys::native::machine::fetch::PartsTag;

/// So many bytes are written at a time. The last part may have fewer.
const PART: usize = 1 << 20;

/// So many parts may wait until they are written. Then the reading of the body waits, so that a
/// slow disk costs no memory; the server waits with it.
const PARTS_AHEAD: usize = 4;

#[derive(Clone)]
pub(super) struct Keeper(Arc<Inner>);

struct Inner {
    download: Download,
    begin: Box<dyn Fn(Download, PartsTask) + Send + Sync>,
    /// Whether the cache has read or written parts since the last [`Keeper::take_progress`].
    progress: Arc<AtomicBool>,
    /// Whether the cache takes no more parts.
    is_refused: Arc<AtomicBool>,
    state: Mutex<State>,
    ahead: Arc<Semaphore>,
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
    /// Its place among the parts that wait. The last part needs none.
    pub(super) _place: Option<OwnedSemaphorePermit>,
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
    /// Takes over the parts of an earlier download from this URL. Sets the flag at each part that
    /// it has read.
    Claim(String, oneshot::Sender<Option<Kept>>, Arc<AtomicBool>),
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
    /// The next part, and the number of bytes that come before it but have not arrived. The first
    /// part has a head.
    Keeping(Part, u64),
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
            progress: Arc::default(),
            is_refused: Arc::default(),
            state: Mutex::default(),
            ahead: Arc::new(Semaphore::new(PARTS_AHEAD)),
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
        self.begin_task(PartsTask::Claim(url, reply, Arc::clone(&self.0.progress)));
        let kept = answer.await.ok().flatten();
        // The clock of the request begins anew.
        self.0.progress.store(true, Ordering::SeqCst);
        kept
    }

    /// Whether the cache has read or written parts since the last call.
    pub(super) fn take_progress(&self) -> bool {
        self.0.progress.swap(false, Ordering::SeqCst)
    }

    /// Begins to keep the bytes from this offset on. A new download has a head. So many of the
    /// bytes before the offset will arrive, too.
    pub(super) fn begin(&self, head: Option<Head>, offset: u64, known: u64) {
        let mut state = self.state();
        if let State::Idle = *state {
            let part = Part { head, offset, bytes: Vec::new(), _place: None };
            *state = State::Keeping(part, known);
        }
    }

    /// More bytes have arrived. Waits if too many parts do.
    pub(super) async fn add(&self, mut bytes: &[u8]) {
        while self.fill(&mut bytes) {
            // It is never closed, so there will be a place.
            let place = Arc::clone(&self.0.ahead).acquire_owned().await.ok();
            self.0.progress.store(true, Ordering::SeqCst);
            self.keep_full(place);
        }
    }

    /// Takes bytes for the next part. Returns whether it is full.
    fn fill(&self, bytes: &mut &[u8]) -> bool {
        let mut state = self.state();
        if self.0.is_refused.load(Ordering::SeqCst) {
            *state = State::Ended;
        }
        let State::Keeping(part, known) = &mut *state else { return false };
        let skipped = bytes.len().min(usize::try_from(*known).unwrap_or(usize::MAX));
        *known -= skipped as u64;
        let fitting = (bytes.len() - skipped).min(PART - part.bytes.len());
        let (taken, rest) = bytes[skipped..].split_at(fitting);
        part.bytes.extend_from_slice(taken);
        *bytes = rest;
        part.bytes.len() == PART
    }

    /// Has the next part written, if it is full. Meanwhile, the download may have ended.
    fn keep_full(&self, place: Option<OwnedSemaphorePermit>) {
        if let State::Keeping(part, _) = &mut *self.state() {
            let offset = part.offset + PART as u64;
            let bytes = Vec::with_capacity(PART);
            let full = mem::replace(part, Part { head: None, offset, bytes, _place: None });
            self.keep(Part { _place: place, ..full });
        }
    }

    /// The download has ended early: the bytes that have arrived are kept.
    pub(super) fn end_early(&self) {
        if let State::Keeping(part, _) = mem::replace(&mut *self.state(), State::Ended) {
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

#[cfg(test)]
mod tests {
    use std::pin::{Pin, pin};
    use std::task::{Context, Poll, Waker};

    use super::*;

    type Tasks = Arc<Mutex<Vec<PartsTask>>>;

    /// A keeper, and the tasks that it has begun.
    fn keeper() -> (Keeper, Tasks) {
        let tasks = Tasks::default();
        let begun = Arc::clone(&tasks);
        let download = Download { key: String::new(), tag: 1, budget: None };
        let begin = move |_, task| begun.lock().unwrap().push(task);
        (Keeper::new(download, begin), tasks)
    }

    fn poll(future: Pin<&mut impl Future<Output = ()>>) -> Poll<()> {
        future.poll(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn the_reading_waits_for_a_slow_disk() {
        let (keeper, tasks) = keeper();
        keeper.begin(None, 0, 0);
        let body = vec![7; 6 * PART + 1];
        let mut adding = pin!(keeper.add(&body));
        for written in 0..2 {
            assert!(poll(adding.as_mut()).is_pending(), "{written}");
            assert_eq!(tasks.lock().unwrap().len(), PARTS_AHEAD);
            tasks.lock().unwrap().remove(0);
        }
        assert!(poll(adding.as_mut()).is_ready());
        assert!(keeper.take_progress() && !keeper.take_progress());
        keeper.end_early();
        assert_eq!(tasks.lock().unwrap().len(), PARTS_AHEAD + 1);
    }

    #[test]
    fn an_end_does_not_wait() {
        let (keeper, tasks) = keeper();
        keeper.begin(None, 0, 0);
        let body = vec![7; 6 * PART];
        let mut adding = pin!(keeper.add(&body));
        assert!(poll(adding.as_mut()).is_pending());
        keeper.end_early();
        tasks.lock().unwrap().remove(0);
        assert!(poll(adding.as_mut()).is_ready());
        assert_eq!(tasks.lock().unwrap().len(), PARTS_AHEAD);
    }

    #[test]
    fn bytes_that_were_kept_are_not_kept_again() {
        let (keeper, tasks) = keeper();
        keeper.begin(None, 5, 5);
        for bytes in ["012", "3456", "7"] {
            assert!(poll(pin!(keeper.add(bytes.as_bytes()))).is_ready());
        }
        keeper.end_early();
        let tasks = tasks.lock().unwrap();
        let [PartsTask::Keep(part, _)] = &tasks[..] else { panic!("{} tasks", tasks.len()) };
        assert_eq!((part.offset, &part.bytes[..]), (5, &b"567"[..]));
    }
}
