//! The cache on disk: one table in one SQLite file, and a thread that does its tasks one by one.

use std::io;
use std::path::Path;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, JoinHandle};

use rusqlite::blob::ZeroBlob;
use rusqlite::{
    Connection, Error, MAIN_DB, OptionalExtension, Result, TransactionBehavior, params,
};

use super::database::Database;
use super::reporter::Reporter;
use crate::sys::native::machine::buffer::Buffer;
use crate::sys::native::machine::event::{Event, FetchId};
use crate::sys::native::machine::task::Task;
use crate::sys::native::mailbox;

struct Job {
    task: Task,
    cache_key: String,
    reporter: Reporter,
}

/// Does tasks in the order in which they begin, as IndexedDB does. Its drop waits for them.
pub(super) struct Store {
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
        let thread = thread::Builder::new()
            .name("fetch-cache".to_owned())
            .spawn(move || work(database, queue))?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread) })
    }

    /// Begins `task` for the entry `cache_key`. Its end will be an event of the fetch `id`.
    pub(super) fn begin(
        &self,
        task: Task,
        cache_key: String,
        id: FetchId,
        events: mailbox::Sender,
    ) {
        // The end if the thread panics.
        let failure = match task {
            Task::Load(_) => Event::Missing,
            Task::Store(_) => Event::Stored { body: Buffer::new(), stored: false },
            Task::Delete => Event::Deleted(false),
        };
        let reporter = Reporter::new(id, events, failure);
        if let Some(jobs) = &self.jobs {
            // An error: the thread has ended. The drop of the reporter reports that.
            let _ = jobs.send(Job { task, cache_key, reporter });
        }
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.jobs = None;
        // On Windows, thread-locals are dropped under a lock that a thread needs in order to end.
        if let Some(thread) = self.thread.take().filter(|_| !cfg!(windows)) {
            let _ = thread.join();
        }
    }
}

fn work(mut database: Database, queue: Receiver<Job>) {
    for Job { task, cache_key, reporter } in queue {
        reporter.finish(match task {
            Task::Load(second_key) => {
                let keys = [Some(cache_key), second_key];
                match database
                    .attempt(|database| load(database, keys.iter().flatten()))
                    .ok()
                    .flatten()
                {
                    Some(body) => Event::Found(body),
                    None => Event::Missing,
                }
            }
            Task::Store(body) => {
                let stored =
                    database.attempt(|database| store(database, &cache_key, &body)).is_ok();
                Event::Stored { body, stored }
            }
            Task::Delete => {
                Event::Deleted(database.attempt(|database| delete(database, &cache_key)).is_ok())
            }
        });
    }
}

/// Loads the record of the first key that has one.
fn load<'a>(
    database: &mut Connection,
    keys: impl Iterator<Item = &'a String>,
) -> Result<Option<Buffer>> {
    // All reads see the same state.
    let transaction = database.transaction()?;
    let mut row = None;
    for key in keys {
        row = transaction
            .query_row("SELECT rowid FROM files WHERE key = ?1", [key], |row| row.get(0))
            .optional()?;
        if row.is_some() {
            break;
        }
    }
    let Some(row) = row else { return Ok(None) };
    let blob = transaction.blob_open(MAIN_DB, "files", "data", row, true)?;
    let mut body = Buffer::zeroed(blob.len());
    if !body.is_lost() {
        blob.read_at_exact(body.as_mut_slice(), 0)?;
    }
    Ok(Some(body))
}

/// Writes the body into a blob of its length, as passing it by value would copy it.
fn store(database: &mut Connection, key: &str, body: &Buffer) -> Result<()> {
    let len =
        i32::try_from(body.len()).ok().filter(|_| !body.is_lost()).ok_or(Error::BlobSizeError)?;
    let transaction = database.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.execute(
        "INSERT OR REPLACE INTO files (key, data) VALUES (?1, ?2)",
        params![key, ZeroBlob(len)],
    )?;
    let mut blob =
        transaction.blob_open(MAIN_DB, "files", "data", transaction.last_insert_rowid(), false)?;
    blob.write_all_at(body.as_slice(), 0)?;
    blob.close()?;
    transaction.commit()
}

fn delete(database: &mut Connection, key: &str) -> Result<()> {
    database.execute("DELETE FROM files WHERE key = ?1", [key]).map(drop)
}
