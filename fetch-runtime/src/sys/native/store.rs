//! The cache on disk: one table in one SQLite file, worked on by a thread, task after task.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use std::{fs, io};

use rusqlite::blob::ZeroBlob;
use rusqlite::{
    Connection, Error, ErrorCode, MAIN_DB, OpenFlags, OptionalExtension, Result, TransactionBehavior, ffi,
    params,
};

use super::buffer::Buffer;
use super::events::{Event, Events, Key, Reporter};

/// As upstream calls its database.
const FILE: &str = "emscripten_filesystem.sqlite3";

/// How long to wait for another process that writes.
const PATIENCE: Duration = Duration::from_secs(5);

/// With a write-ahead log readers do not wait for a writer. It is cut when it has become larger than that.
const LOG: &str = "PRAGMA journal_mode = WAL; PRAGMA journal_size_limit = 4194304";

/// What is in the database, and nothing else is.
const FILES: &str = "files (key TEXT PRIMARY KEY, data BLOB NOT NULL)";

pub(super) enum Task {
    Load,
    Store(Buffer),
    Delete,
}

struct Job {
    task: Task,
    path: String,
    reporter: Reporter,
}

/// Tasks are done in the order they come in, as IndexedDB does them; when it is dropped, what was ordered is
/// done first.
pub(super) struct Store {
    /// Taken when it is dropped.
    jobs: Option<Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Store {
    /// # Errors
    /// If the folder cannot hold a database.
    pub(super) fn open(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let file = folder.join(FILE);
        let database = connect(&file).map_err(io::Error::other)?;
        let mut worker = Worker { database: Some(database), file };
        let (jobs, queue) = mpsc::channel();
        let thread =
            thread::Builder::new().name("fetch-cache".to_owned()).spawn(move || worker.work(queue))?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread) })
    }

    /// Orders `task` for the entry `path`; its end will be an event of `key`.
    pub(super) fn order(&self, task: Task, path: String, key: Key, events: Events) {
        // What is told if the thread panics.
        let failure = match task {
            Task::Load => Event::Missing,
            Task::Store(_) => Event::Stored { body: Buffer::new(), stored: false },
            Task::Delete => Event::Deleted(false),
        };
        let reporter = Reporter::new(key, events, failure);
        if let Some(jobs) = &self.jobs {
            // An error: the thread is gone. The reporter, dropped, tells of it.
            let _ = jobs.send(Job { task, path, reporter });
        }
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.jobs = None;
        // On Windows thread-locals are dropped under a lock that a thread needs in order to end.
        if let Some(thread) = self.thread.take().filter(|_| !cfg!(windows)) {
            let _ = thread.join();
        }
    }
}

struct Worker {
    /// `None` if it was corrupt and could not be replaced.
    database: Option<Connection>,
    file: PathBuf,
}

impl Worker {
    fn work(&mut self, queue: Receiver<Job>) {
        for Job { task, path, reporter } in queue {
            reporter.finish(match task {
                Task::Load => match self.attempt(|database| load(database, &path)).flatten() {
                    Some(body) => Event::Found(body),
                    None => Event::Missing,
                },
                Task::Store(body) => {
                    let stored = self.attempt(|database| store(database, &path, &body)).is_some();
                    Event::Stored { body, stored }
                }
                Task::Delete => Event::Deleted(self.attempt(|database| delete(database, &path)).is_some()),
            });
        }
    }

    /// Tries it; if that shows the database to be corrupt, starts anew with an empty one.
    fn attempt<T>(&mut self, task: impl FnOnce(&mut Connection) -> Result<T>) -> Option<T> {
        let result = task(self.database.as_mut()?);
        if result.as_ref().is_err_and(is_corrupt) {
            self.database = None;
            self.database = replace(&self.file).ok();
        }
        result.ok()
    }
}

fn connect(file: &Path) -> Result<Connection> {
    open(file).or_else(|error| if is_corrupt(&error) { replace(file) } else { Err(error) })
}

fn open(file: &Path) -> Result<Connection> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let database = Connection::open_with_flags(file, flags)?;
    database.busy_timeout(PATIENCE)?;
    match database.execute_batch(LOG) {
        // Another process is doing just that.
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => {}
        result => result?,
    }
    // With a log, this loses nothing when the program is killed, and at most the newest entries with the power.
    database.execute_batch("PRAGMA synchronous = NORMAL")?;
    database.execute_batch(&format!("CREATE TABLE IF NOT EXISTS {FILES}"))?;
    if is_ours(&database)? { Ok(database) } else { Err(not_a_database()) }
}

/// Another table of that name would refuse all that is stored, and a trigger could change it.
fn is_ours(database: &Connection) -> Result<bool> {
    let schema: Option<String> =
        database.query_row("SELECT group_concat(sql) FROM sqlite_schema", [], |row| row.get(0))?;
    Ok(schema == Some(format!("CREATE TABLE {FILES}")))
}

fn not_a_database() -> Error {
    Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_NOTADB), None)
}

/// Moves a corrupt database aside, for the curious, and makes a new one.
fn replace(file: &Path) -> Result<Connection> {
    let with = |suffix: &str| {
        let mut name = file.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    };
    // Errors show when the file is opened.
    let _ = fs::rename(file, with(".corrupt"));
    let _ = fs::remove_file(with("-wal"));
    let _ = fs::remove_file(with("-shm"));
    open(file)
}

fn is_corrupt(error: &Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
}

fn load(database: &mut Connection, path: &str) -> Result<Option<Buffer>> {
    // Both reads see the same state.
    let transaction = database.transaction()?;
    let row = transaction
        .query_row("SELECT rowid FROM files WHERE key = ?1", [path], |row| row.get(0))
        .optional()?;
    let Some(row) = row else { return Ok(None) };
    let blob = transaction.blob_open(MAIN_DB, "files", "data", row, true)?;
    let mut body = Buffer::zeroed(blob.len());
    if !body.is_lost() {
        blob.read_at_exact(body.as_mut_slice(), 0)?;
    }
    Ok(Some(body))
}

/// Writes the body into the place made for it, as to hand it over by value would copy it.
fn store(database: &mut Connection, path: &str, body: &Buffer) -> Result<()> {
    let len = i32::try_from(body.len()).ok().filter(|_| !body.is_lost()).ok_or(Error::BlobSizeError)?;
    let transaction = database.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction
        .execute("INSERT OR REPLACE INTO files (key, data) VALUES (?1, ?2)", params![path, ZeroBlob(len)])?;
    let mut blob = transaction.blob_open(MAIN_DB, "files", "data", transaction.last_insert_rowid(), false)?;
    blob.write_all_at(body.as_slice(), 0)?;
    blob.close()?;
    transaction.commit()
}

fn delete(database: &mut Connection, path: &str) -> Result<()> {
    database.execute("DELETE FROM files WHERE key = ?1", [path]).map(drop)
}
