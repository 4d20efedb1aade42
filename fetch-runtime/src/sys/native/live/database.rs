//! The cache's database file, which is replaced if it is corrupt.
//!
//! Invariant: a connection is opened, used and closed under the shared lock, and the file is made
//! or replaced under the exclusive one. So a new file never meets the log of an old one, and a
//! record that is reported as stored is not in a file that has been replaced before.

use std::ffi::OsString;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{self, Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, Error, ErrorCode, OpenFlags, Result, ffi};
use url::Url;

use super::lock::{Lock, identity};
use super::system::{self, Mode};

/// The name of upstream's database.
const FILE: &str = "emscripten_filesystem.sqlite3";
const LOCK: &str = "emscripten_filesystem.lock";

/// How long to wait for another process that writes.
const PATIENCE: Duration = Duration::from_secs(5);

/// With a write-ahead log, readers do not wait for a writer. It is cut when it has become larger
/// than this.
const LOG: &str = "PRAGMA journal_mode = WAL; PRAGMA journal_size_limit = 4194304";

/// The table of the database, which has nothing else.
const FILES: &str = "files (key TEXT PRIMARY KEY, data BLOB NOT NULL, entry TEXT)";

/// The table of the first caches, without the last column, and how it gets that.
const FIRST_FILES: &str = "files (key TEXT PRIMARY KEY, data BLOB NOT NULL)";
const UPGRADE: &str = "ALTER TABLE files ADD COLUMN entry TEXT";

/// SQLite's `application_id`, in the file's header: "EmFe".
const APPLICATION: i32 = 0x456d_4665;

/// No database has fewer bytes: this is SQLite's smallest page.
const SMALLEST: u64 = 512;

/// The suffixes of the files that SQLite keeps beside a database. The database comes last.
const PARTS: [&str; 4] = ["-wal", "-shm", "-journal", ""];

/// The thing in the place of the cache's file.
#[derive(Debug, PartialEq)]
enum Found {
    Nothing,
    Ours,
    /// Ours and corrupt, or not a database.
    Corrupt,
    /// The database of another program, a symlink, or not a file.
    Foreign,
}

pub(super) struct Database {
    file: PathBuf,
    lock: Lock,
    open: Option<Open>,
}

struct Open {
    connection: Connection,
    identity: (u64, u64),
}

impl Database {
    /// # Errors
    /// If the folder cannot hold a cache, or has something else in its place.
    pub(super) fn open(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        // The folder may be behind a symlink, but the file may not. SQLite refuses a symlink
        // anywhere in a path.
        let folder = if cfg!(unix) { folder.canonicalize()? } else { path::absolute(folder)? };
        let mut database =
            Self { file: folder.join(FILE), lock: Lock::new(folder.join(LOCK)), open: None };
        database.attempt(|_| Ok(()))?;
        Ok(database)
    }

    /// The size of its files, and the free space of the disk, in bytes.
    ///
    /// # Errors
    /// If its folder cannot be read.
    pub(super) fn measure(&self) -> io::Result<(u64, u64)> {
        let size = |part| fs::metadata(with(&self.file, part)).map_or(0, |file| file.len());
        let folder = self.file.parent().unwrap_or(&self.file);
        Ok((PARTS.into_iter().map(size).sum(), system::available_space(folder)?))
    }

    /// Does `task`. If the file turns out to be corrupt, replaces it and does `task` again.
    ///
    /// # Errors
    /// If it cannot be done.
    pub(super) fn attempt<T>(
        &mut self,
        task: impl Fn(&mut Connection) -> Result<T>,
    ) -> io::Result<T> {
        let held = self.lock.acquire(Mode::Shared, PATIENCE)?;
        // Another process may have replaced it.
        self.open.take_if(|open| !open.is_at(&self.file));
        if self.open.is_none() && look(&self.file).is_ok_and(|found| found == Found::Ours) {
            self.open = Open::new(&self.file).ok();
        }
        if let Some(open) = &mut self.open {
            let result = task(&mut open.connection);
            if !result.as_ref().is_err_and(is_corrupt) {
                return result.map_err(io::Error::other);
            }
            self.open = None;
        }
        drop(held);
        self.attempt_alone(task)
    }

    /// Does `task` while no other thread or process works on the file. Checks the file again, as
    /// another process may have replaced it meanwhile.
    fn attempt_alone<T>(&mut self, task: impl Fn(&mut Connection) -> Result<T>) -> io::Result<T> {
        let _held = self.lock.acquire(Mode::Exclusive, PATIENCE)?;
        match look(&self.file).map_err(io::Error::other)? {
            Found::Foreign => return Err(io::Error::other("the file is not a cache")),
            Found::Nothing | Found::Corrupt => renew(&self.file)?,
            Found::Ours => {}
        }
        let both = |open: &mut Option<Open>| {
            let open = open.insert(Open::new(&self.file)?);
            task(&mut open.connection)
        };
        let mut result = both(&mut self.open);
        if result.as_ref().is_err_and(is_corrupt) {
            self.open = None;
            renew(&self.file)?;
            result = both(&mut self.open);
        }
        result.map_err(io::Error::other)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // The last connection to close deletes the log, by its path. The lock protects the log of a
        // new file from that.
        let _held = self.lock.acquire(Mode::Shared, PATIENCE);
        self.open = None;
    }
}

impl Open {
    fn new(file: &Path) -> Result<Self> {
        let connection = connect(file, OpenFlags::empty())?;
        match connection.execute_batch(LOG) {
            // Another process is setting it at this moment.
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => {}
            result => result?,
        }
        // With a log, nothing is lost when the program is killed, and at most the newest entries in
        // a power failure.
        connection.execute_batch("PRAGMA synchronous = NORMAL")?;
        if has_schema(&connection, FIRST_FILES)? {
            // If another process does it at this moment, it is done.
            let _ = connection.execute_batch(UPGRADE);
        }
        if !has_schema(&connection, FILES)? {
            return Err(not_a_database());
        }
        let identity = fs::symlink_metadata(file).map(identity).map_err(|_| not_a_database())?;
        Ok(Self { connection, identity })
    }

    fn is_at(&self, file: &Path) -> bool {
        fs::symlink_metadata(file).is_ok_and(|metadata| identity(metadata) == self.identity)
    }
}

fn connect(file: &Path, more: OpenFlags) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_NOFOLLOW
        | more;
    let connection = Connection::open_with_flags(file, flags)?;
    connection.busy_timeout(PATIENCE)?;
    Ok(connection)
}

/// Checks a file without changing it. The log need not be read: our id and our schema are in the
/// file before it has a log. Only SQLite opens the file, as closing it elsewhere would release
/// SQLite's locks in the whole process.
fn look(file: &Path) -> Result<Found> {
    match fs::symlink_metadata(file) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Found::Nothing),
        Ok(metadata) if !metadata.is_file() => return Ok(Found::Foreign),
        Ok(metadata) if metadata.len() < SMALLEST => return Ok(Found::Corrupt),
        _ => {}
    }
    let mut url = Url::from_file_path(file).map_err(|()| Error::InvalidPath(file.to_owned()))?;
    url.set_query(Some("immutable=1"));
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_NOFOLLOW
        | OpenFlags::SQLITE_OPEN_URI;
    let database = Connection::open_with_flags(url.as_str(), flags)?;
    // With this, SQLite also reads the header of a file that has been cut.
    database.execute_batch("PRAGMA writable_schema = ON")?;
    let application: i32 = match database.query_row("PRAGMA application_id", [], |row| row.get(0)) {
        Err(error) if is_corrupt(&error) => return Ok(Found::Corrupt),
        application => application?,
    };
    match (application, has_our_schema(&database)) {
        // The first caches had no id.
        (APPLICATION | 0, Ok(true)) => Ok(Found::Ours),
        (APPLICATION, Ok(false)) => Ok(Found::Corrupt),
        (APPLICATION, Err(error)) if is_unreadable(&error) => Ok(Found::Corrupt),
        (_, Err(error)) if !is_unreadable(&error) => Err(error),
        _ => Ok(Found::Foreign),
    }
}

/// Another table of that name could refuse records, and a trigger could change them.
fn has_our_schema(database: &Connection) -> Result<bool> {
    Ok(has_schema(database, FILES)? || has_schema(database, FIRST_FILES)?)
}

fn has_schema(database: &Connection, files: &str) -> Result<bool> {
    let ours = format!("CREATE TABLE {files}");
    // SQLite compares it, as it need not be text.
    database
        .query_row("SELECT group_concat(sql) IS ?1 FROM sqlite_schema", [ours], |row| row.get(0))
}

/// Corrupt, or of an unknown format.
fn is_unreadable(error: &Error) -> bool {
    is_corrupt(error) || error.sqlite_error_code() == Some(ErrorCode::Unknown)
}

fn not_a_database() -> Error {
    Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_NOTADB), None)
}

fn is_corrupt(error: &Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
}

/// Makes an empty database beside the file, and moves it into its place. Keeps the old file under
/// another name, so that it can be examined.
fn renew(file: &Path) -> io::Result<()> {
    let new = with(file, ".new");
    // A process that was killed may have left one behind.
    remove(&new)?;
    let database = connect(&new, OpenFlags::SQLITE_OPEN_CREATE).map_err(io::Error::other)?;
    let sql = format!("PRAGMA application_id = {APPLICATION}; CREATE TABLE {FILES}; {LOG}");
    database.execute_batch(&sql).map_err(io::Error::other)?;
    database.close().map_err(|(_, error)| io::Error::other(error))?;

    let aside = with(file, ".corrupt");
    if fs::symlink_metadata(file).is_ok() {
        remove(&aside)?;
    }
    for part in PARTS {
        ignore_missing(fs::rename(with(file, part), with(&aside, part)))?;
    }
    fs::rename(new, file)
}

/// Removes a database and the files beside it.
fn remove(file: &Path) -> io::Result<()> {
    PARTS.iter().try_for_each(|part| ignore_missing(fs::remove_file(with(file, part))))
}

fn ignore_missing(result: io::Result<()>) -> io::Result<()> {
    result.or_else(|error| if error.kind() == ErrorKind::NotFound { Ok(()) } else { Err(error) })
}

fn with(file: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(file);
    name.push(suffix);
    name.into()
}
