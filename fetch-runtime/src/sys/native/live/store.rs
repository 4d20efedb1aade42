//! The cache on disk: one table in one SQLite file, and a thread that does its tasks one by one.

use std::cell::RefCell;
use std::io;
use std::iter;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use rusqlite::{Error, TransactionBehavior, ffi};

use super::bodies;
use super::cache_request::{Budget, Of};
use super::database::Database;
use super::keeper::{Download, Keeper, Part, PartsTask};
use super::ledger::{self, Hits};
use super::parts;
use super::records;
use super::reporter::Reporter;
use crate::sys::housekeeping::{Answer, Failure, Work};
use crate::sys::native::machine::buffer::Buffer;
use crate::sys::native::machine::event::{Entry, Event, FetchId};
use crate::sys::native::machine::fetch::PartsTag;
use crate::sys::native::machine::task::Task;
use crate::sys::native::mailbox;
use crate::sys::native::replier::Replier;

enum Job {
    /// A task of a request.
    Task(Task, Of, Reporter),
    /// Replaces the text of an entry, if it is still the old one. Nothing waits for that.
    Update {
        cache_key: String,
        old: String,
        new: Option<String>,
    },
    Parts(Download, PartsTask),
    Work(Work, String, Replier),
    Measure(Replier),
    /// The store is closed.
    End,
}

/// Does tasks in the order in which they begin, as IndexedDB does. Its drop waits for them.
pub(in crate::sys::native) struct Store {
    /// Taken by the drop.
    jobs: Option<Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Store {
    /// # Errors
    /// If the folder cannot hold a database.
    pub(super) fn open(folder: &Path) -> io::Result<Self> {
        let database = Database::open(folder)?;
        let (jobs, queue) = mpsc::channel();
        let thread = thread::Builder::new().name("fetch-cache".to_owned()).spawn(move || {
            Worker { database, hits: RefCell::default(), budget: None }.run(queue)
        })?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread) })
    }

    /// Begins `task`. Its end will be an event of this fetch. A body that is not accepted is not
    /// stored; a stored one is deleted, and counts as missing.
    pub(super) fn begin(&self, task: Task, of: Of, (id, events): (FetchId, mailbox::Sender)) {
        // The end if the thread panics.
        let failure = match task {
            Task::Load(_) | Task::LoadEntry => Event::Missing,
            Task::Store(_) | Task::StoreEntry(..) => {
                Event::Stored { body: Buffer::new(), stored: false }
            }
            Task::Delete => Event::Deleted(false),
        };
        self.send(Job::Task(task, of, Reporter::new(id, events, failure)));
    }

    /// Replaces the text of an entry, if it is still the old one.
    pub(super) fn update(&self, cache_key: String, old: String, new: Option<String>) {
        self.send(Job::Update { cache_key, old, new });
    }

    /// Keeps the parts of a download.
    pub(super) fn keeper(&self, download: Download) -> Option<Keeper> {
        let jobs = self.jobs.clone()?;
        // An error: the cache is closed.
        let begin = move |download, task| _ = jobs.send(Job::Parts(download, task));
        Some(Keeper::new(download, begin))
    }

    /// Begins work on records.
    pub(in crate::sys::native) fn work_on_records(
        &self,
        work: Work,
        text: String,
        replier: Replier,
    ) {
        self.send(Job::Work(work, text, replier));
    }

    /// Begins to measure the storage.
    pub(in crate::sys::native) fn measure(&self, replier: Replier) {
        self.send(Job::Measure(replier));
    }

    fn send(&self, job: Job) {
        if let Some(jobs) = &self.jobs {
            // An error: the thread has ended. The drop of the job reports that.
            let _ = jobs.send(job);
        }
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        // The keepers of parts have senders, too.
        self.send(Job::End);
        self.jobs = None;
        // On Windows, thread-locals are dropped under a lock that a thread needs in order to end.
        if let Some(thread) = self.thread.take().filter(|_| !cfg!(windows)) {
            let _ = thread.join();
        }
    }
}

/// The thread's side.
struct Worker {
    database: Database,
    hits: RefCell<Hits>,
    /// The latest budget.
    budget: Option<Budget>,
}

impl Worker {
    fn run(mut self, queue: Receiver<Job>) {
        loop {
            let due = self.hits.borrow().due();
            let job = match due {
                None => queue.recv().ok(),
                Some(due) => {
                    match queue.recv_timeout(due.saturating_duration_since(Instant::now())) {
                        Err(RecvTimeoutError::Timeout) => {
                            self.write_hits();
                            continue;
                        }
                        job => job.ok(),
                    }
                }
            };
            match job {
                Some(Job::End) | None => return self.write_hits(),
                Some(job) => self.work(job),
            }
        }
    }

    fn work(&mut self, job: Job) {
        match job {
            Job::Task(task, of, reporter) => {
                self.budget.clone_from(&of.budget);
                reporter.finish(self.task(task, of));
            }
            Job::Update { cache_key, old, new } => {
                // If it fails, the old text stays: the next request asks again.
                let _ = self
                    .database
                    .attempt(|database| bodies::update(database, &cache_key, &old, &new));
            }
            Job::Parts(Download { key, tag, budget }, task) => match task {
                PartsTask::Claim(url, reply, progress) => {
                    let claim =
                        |database: &mut _| parts::claim(database, &key, tag, &url, &progress);
                    // An error: the request has ended.
                    let _ = reply.send(self.database.attempt(claim).ok().flatten());
                }
                PartsTask::Keep(part, is_refused) => {
                    // After a part that failed, the head may be that of another version.
                    let is_kept = !is_refused.load(Ordering::SeqCst)
                        && self.keep_part(&key, tag, &part, budget.as_ref());
                    is_refused.fetch_or(!is_kept, Ordering::SeqCst);
                }
                PartsTask::Forget => self.forget_parts(&key, tag),
            },
            Job::End => {}
            Job::Work(work, text, replier) => {
                let answer = self.database.attempt(|database| records::work(database, work, &text));
                replier.reply(answer.map_err(|error| Failure::Failed(error.to_string())));
            }
            Job::Measure(replier) => {
                let answer = self.database.measure().map(|(used, free)| Answer {
                    number: used,
                    limit: Some(used.saturating_add(free)),
                    ..Answer::default()
                });
                replier.reply(answer.map_err(|error| Failure::Failed(error.to_string())));
            }
        }
    }

    fn task(&mut self, task: Task, of: Of) -> Event {
        let has_notes = of.budget.is_some();
        match task {
            Task::Load(second_key) => {
                let keys: Vec<_> = iter::once(of.cache_key.clone()).chain(second_key).collect();
                match self.find(keys, &of) {
                    Some((key, body)) => {
                        self.note_hit(key, has_notes);
                        Event::Found(body)
                    }
                    None => Event::Missing,
                }
            }
            Task::LoadEntry => match self.find_entry(&of) {
                Some(entry) => {
                    self.note_hit(of.cache_key, has_notes);
                    Event::FoundEntry(entry)
                }
                None => Event::Missing,
            },
            Task::Store(body) => self.keep(body, None, &of),
            Task::StoreEntry(body, text) => self.keep(body, Some(&text), &of),
            Task::Delete => Event::Deleted(self.delete(&of.cache_key, None).is_ok()),
        }
    }

    /// The record of the first of these keys that has an accepted one, and its key. Those that are
    /// refused are deleted.
    fn find(&mut self, mut keys: Vec<String>, of: &Of) -> Option<(String, Buffer)> {
        loop {
            let (at, body) =
                self.database.attempt(|database| bodies::load(database, &keys)).ok()??;
            if of.accepts(&body) {
                return Some((keys.swap_remove(at), body));
            }
            // Another process may have stored another one meanwhile. If it cannot be deleted, it is
            // refused again.
            let _ = self.delete(&keys[at], Some(&body));
            keys.drain(..=at);
        }
    }

    /// The entry, unless it is refused. Then it is deleted.
    fn find_entry(&mut self, of: &Of) -> Option<Entry> {
        let load = |database: &mut _| bodies::load_entry(database, &of.cache_key);
        let entry = self.database.attempt(load).ok()??;
        if of.accepts(&entry.body) {
            return Some(entry);
        }
        let _ = self.delete(&of.cache_key, Some(&entry.body));
        None
    }

    fn note_hit(&self, key: String, has_notes: bool) {
        if has_notes {
            self.hits.borrow_mut().add(key);
        }
    }

    /// Adds a part to those of a download. Returns whether it has.
    fn keep_part(
        &mut self,
        key: &str,
        tag: PartsTag,
        part: &Part,
        budget: Option<&Budget>,
    ) -> bool {
        let added = self.database.attempt(|database| {
            parts::add(database, key, tag, part, |database, bytes| {
                budget.map_or(Ok(true), |budget| ledger::has_room(database, budget, bytes))
            })
        });
        if added.is_err() {
            // Others need the room more.
            self.forget_parts(key, tag);
        }
        added.unwrap_or(false)
    }

    fn forget_parts(&mut self, key: &str, tag: PartsTag) {
        // If it fails, the next request asks whether they are of any use.
        let _ = self.database.attempt(|database| parts::forget_own(database, key, tag));
    }

    /// Deletes all parts, so that there is room.
    fn forget_all_parts(&mut self) -> bool {
        let gone = self.database.attempt(|database| {
            let transaction = database.transaction_with_behavior(TransactionBehavior::Immediate)?;
            parts::forget_all(&transaction, |_| true)?;
            transaction.commit()?;
            let _ = database.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)");
            Ok(())
        });
        gone.is_ok()
    }

    /// Stores a body that is accepted, with a text if it has one.
    fn keep(&mut self, body: Buffer, text: Option<&str>, of: &Of) -> Event {
        if !of.accepts(&body) {
            if let Some(tag) = of.parts {
                self.forget_parts(&of.cache_key, tag);
            }
            return Event::Stored { body, stored: false };
        }
        let mut stored = self.store((&body, text), of);
        // Parts give way to whole bodies.
        if stored.as_ref().is_err_and(is_full) && self.forget_all_parts() {
            stored = self.store((&body, text), of);
        }
        if let (Err(error), Some(budget)) = (&stored, &of.budget) {
            if is_full(error) && self.make_room(&of.cache_key, &body, budget) {
                stored = self.store((&body, text), of);
            }
        }
        Event::Stored { body, stored: stored.is_ok() }
    }

    fn store(&mut self, record: (&Buffer, Option<&str>), of: &Of) -> io::Result<()> {
        let key = &of.cache_key;
        let stored = self.database.attempt(|database| {
            bodies::store(database, key, record, |transaction| match &of.budget {
                Some(budget) if of.is_download => {
                    ledger::stored(transaction, key, budget, &mut self.hits.borrow_mut())
                }
                _ => ledger::forget(transaction, key),
            })
        });
        if stored.is_ok() && of.is_download && of.budget.is_some() {
            self.hits.borrow_mut().clear();
        }
        stored
    }

    fn delete(&mut self, key: &str, body: Option<&Buffer>) -> io::Result<()> {
        self.database.attempt(|database| bodies::delete(database, key, body))
    }

    /// Deletes downloads, so that there is room for this one. Returns whether it has.
    fn make_room(&mut self, key: &str, body: &Buffer, budget: &Budget) -> bool {
        let bytes = body.len().max(1);
        let gone = self.database.attempt(|database| {
            let transaction = database.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let hits = &mut self.hits.borrow_mut();
            let gone = ledger::make_room(&transaction, key, bytes, budget, hits)?;
            transaction.commit()?;
            // The log gives its room back. A reader may keep it.
            let _ = database.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)");
            Ok(gone)
        });
        gone.is_ok_and(|gone| gone > 0)
    }

    fn write_hits(&mut self) {
        let has_hits = self.hits.borrow().due().is_some();
        if let Some(budget) = self.budget.as_ref().filter(|_| has_hits) {
            let _ = self.database.attempt(|database| {
                let transaction =
                    database.transaction_with_behavior(TransactionBehavior::Immediate)?;
                ledger::write(&transaction, budget, &mut self.hits.borrow_mut())?;
                transaction.commit()
            });
        }
        self.hits.borrow_mut().clear();
    }
}

/// Whether the disk has no room for the store, or the file may not grow.
fn is_full(error: &io::Error) -> bool {
    let error = error.get_ref().and_then(|error| error.downcast_ref::<Error>());
    let code = error.and_then(Error::sqlite_error).map(|error| error.extended_code);
    matches!(code, Some(ffi::SQLITE_FULL | ffi::SQLITE_IOERR_WRITE))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;

    use super::super::keeper::Head;
    use super::*;

    /// The head may be that of another version, which could neither be replaced nor deleted.
    #[test]
    fn after_a_refused_part_none_is_added() {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::open(folder.path()).unwrap();
        let mut worker = Worker { database, hits: RefCell::default(), budget: None };
        let mut work = |task| {
            let download = Download { key: "key".to_owned(), tag: 1, budget: None };
            worker.work(Job::Parts(download, task));
        };
        let head = Head {
            url: "http://a/b".to_owned(),
            etag: "\"1\"".to_owned(),
            total: 9,
            status_text: String::new(),
            headers: String::new(),
        };
        for (offset, is_refused) in [(0, false), (3, true), (3, false)] {
            let first = (offset == 0).then(|| head.clone());
            let part = Part { head: first, offset, bytes: vec![7; 3], _place: None };
            let flag = Arc::new(AtomicBool::new(is_refused));
            work(PartsTask::Keep(part, Arc::clone(&flag)));
            assert_eq!(flag.load(Ordering::SeqCst), is_refused);
            let (reply, mut answer) = tokio::sync::oneshot::channel();
            work(PartsTask::Claim(head.url.clone(), reply, Arc::default()));
            let kept = answer.try_recv().unwrap().expect("parts");
            assert_eq!(kept.body.len(), if is_refused { 3 } else { offset + 3 });
        }
    }
}
