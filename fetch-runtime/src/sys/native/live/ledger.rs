//! The notes about downloads that were stored under a budget: when each was last used.
//!
//! A note is a row of the same table, whose key is not text but a blob: no record has such a key.
//! So programs without a budget see nothing of it.

use std::collections::HashMap;
use std::time::{Duration, Instant, SystemTime};

use rusqlite::{Connection, Result, params};

use super::cache_request::Budget;
use super::parts;
use crate::sys::namespace;

/// The text that the key of a note begins with. The key of the download follows.
const NAME: &[u8] = b"fetch-runtime-used\0";

/// Hits are written down so long after the first of them.
const DELAY: Duration = Duration::from_secs(1);

/// The hits that are not yet written down.
#[derive(Default)]
pub(super) struct Hits {
    /// By the keys of the downloads: the number of the latest hit of each.
    used: HashMap<String, u64>,
    count: u64,
    /// The latest time. Times of use increase, also if the clock is set back.
    last: i64,
    due: Option<Instant>,
}

/// A note about a download that exists.
pub(super) struct Note {
    row: i64,
    pub(super) key: String,
    pub(super) size: u64,
    used: i64,
    /// Milliseconds since 1970.
    pub(super) stored: i64,
}

impl Hits {
    fn now(&mut self) -> i64 {
        self.last = millis().max(self.last.saturating_add(1));
        self.last
    }

    /// A request has found this record.
    pub(super) fn add(&mut self, key: String) {
        self.count += 1;
        self.used.insert(key, self.count);
        self.due.get_or_insert_with(|| Instant::now() + DELAY);
    }

    /// When they are to be written down, if there are any.
    pub(super) fn due(&self) -> Option<Instant> {
        self.due
    }

    pub(super) fn clear(&mut self) {
        self.used.clear();
        self.due = None;
    }
}

impl Budget {
    /// Whether the key is one of this namespace, and of no other.
    pub(super) fn owns(&self, key: &str) -> bool {
        match self.namespace.as_str() {
            "" => !namespace::has_prefix(key),
            namespace => key.starts_with(namespace),
        }
    }
}

/// Milliseconds since 1970.
pub(super) fn millis() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

fn key_of(key: &str) -> Vec<u8> {
    [NAME, key.as_bytes()].concat()
}

/// Writes down the download of this key, which was just stored, and deletes others until all are
/// within the budget.
pub(super) fn stored(
    database: &Connection,
    key: &str,
    budget: &Budget,
    hits: &mut Hits,
) -> Result<()> {
    // The namespace may have changed since the download began.
    if !budget.owns(key) {
        return forget(database, key);
    }
    let all = write(database, budget, hits)?;
    let used = hits.now();
    let note = [&used.to_le_bytes(), &millis().to_le_bytes(), budget.namespace.as_bytes()].concat();
    database.execute(
        "INSERT OR REPLACE INTO files (key, data) VALUES (?1, ?2)",
        params![key_of(key), note],
    )?;
    let length = "SELECT length(data) FROM files WHERE key = ?1";
    let this: i64 = database.query_row(length, [key], |row| row.get(0))?;
    let others = all.iter().filter(|note| note.key != key);
    let total = this.unsigned_abs() + others.map(|note| note.size).sum::<u64>();
    // Parts are the first to go.
    if total + parts::size(database, |key| budget.owns(key))? > budget.bytes {
        parts::forget_all(database, |key| budget.owns(key))?;
    }
    evict(database, &all, key, total.saturating_sub(budget.bytes)).map(drop)
}

/// Whether there is room for so many bytes more of the parts of downloads.
pub(super) fn has_room(database: &Connection, budget: &Budget, bytes: u64) -> Result<bool> {
    let whole = notes(database, budget)?.iter().map(|note| note.size).sum::<u64>();
    let parts = parts::size(database, |key| budget.owns(key))?;
    Ok(whole + parts + bytes <= budget.bytes)
}

/// Deletes so many bytes of downloads, but for this key, unless the others have fewer. Returns how
/// many it has deleted.
pub(super) fn make_room(
    database: &Connection,
    key: &str,
    bytes: u64,
    budget: &Budget,
    hits: &mut Hits,
) -> Result<u64> {
    let all = write(database, budget, hits)?;
    let others = all.iter().filter(|note| note.key != key).map(|note| note.size).sum::<u64>();
    if others < bytes { Ok(0) } else { evict(database, &all, key, bytes) }
}

/// Deletes the least recently used downloads, but for this key, until so many bytes have gone.
fn evict(database: &Connection, all: &[Note], kept: &str, bytes: u64) -> Result<u64> {
    let mut gone = 0;
    for note in all.iter().filter(|note| note.key != kept) {
        if gone >= bytes {
            break;
        }
        database.execute("DELETE FROM files WHERE key = ?1", [&note.key])?;
        forget(database, &note.key)?;
        gone += note.size;
    }
    Ok(gone)
}

/// Forgets the download of this key.
pub(super) fn forget(database: &Connection, key: &str) -> Result<()> {
    database.execute("DELETE FROM files WHERE key = ?1", [key_of(key)]).map(drop)
}

/// Writes the hits down, and returns the notes of the namespace, the least recently used ones
/// first. It deletes notes without a download: another program has deleted that.
pub(super) fn write(database: &Connection, budget: &Budget, hits: &mut Hits) -> Result<Vec<Note>> {
    let mut all = notes(database, budget)?;
    hits.last = all.iter().map(|note| note.used).fold(hits.last, i64::max);
    // The hits are later than all notes, whatever the clock says.
    all.sort_by_key(|note| hits.used.get(&note.key).copied());
    for note in &mut all {
        if !hits.used.contains_key(&note.key) {
            continue;
        }
        note.used = hits.now();
        let (used, stored) = (note.used.to_le_bytes(), note.stored.to_le_bytes());
        let data = [&used[..], &stored, budget.namespace.as_bytes()].concat();
        let update = "UPDATE files SET data = ?1 WHERE rowid = ?2";
        database.execute(update, params![data, note.row])?;
    }
    all.sort_by_key(|note| note.used);
    Ok(all)
}

/// The notes of the downloads in this namespace that exist.
fn notes(database: &Connection, budget: &Budget) -> Result<Vec<Note>> {
    let mut statement = database.prepare(
        "SELECT note.rowid, file.key, length(file.data), note.data
        FROM files AS note
        LEFT JOIN files AS file ON file.key = CAST(substr(note.key, ?2) AS TEXT)
        WHERE note.key >= ?1 AND typeof(note.key) = 'blob'",
    )?;
    let mut rows = statement.query(params![key_of(&budget.namespace), NAME.len() as i64 + 1])?;
    let mut all = Vec::new();
    let mut left = Vec::new();
    while let Some(row) = rows.next()? {
        // A note of another shape counts as none.
        let Ok(data) = row.get_ref(3)?.as_blob() else { continue };
        let Some((used, rest)) = data.split_first_chunk() else { continue };
        let Some((stored, of)) = rest.split_first_chunk() else { continue };
        if of != budget.namespace.as_bytes() {
            continue;
        }
        let note = row.get(0)?;
        match row.get::<_, Option<String>>(1)? {
            Some(key) if !budget.owns(&key) => {}
            Some(key) => all.push(Note {
                row: note,
                key,
                size: row.get::<_, i64>(2)?.unsigned_abs(),
                used: i64::from_le_bytes(*used),
                stored: i64::from_le_bytes(*stored),
            }),
            None => left.push(note),
        }
    }
    for note in left {
        database.execute("DELETE FROM files WHERE rowid = ?1", [note])?;
    }
    Ok(all)
}

/// When the download of each key was stored, in milliseconds since 1970.
pub(super) fn stored_times(database: &Connection) -> Result<HashMap<String, i64>> {
    let mut statement =
        database.prepare("SELECT key, data FROM files WHERE key >= ?1 AND typeof(key) = 'blob'")?;
    let mut rows = statement.query([NAME])?;
    let mut times = HashMap::new();
    while let Some(row) = rows.next()? {
        let key = row.get_ref(0)?.as_blob()?;
        let Ok(data) = row.get_ref(1)?.as_blob() else { continue };
        let Some(key) = key.strip_prefix(NAME) else { break };
        if let Some(stored) = data.get(8..).and_then(<[u8]>::first_chunk) {
            times.insert(String::from_utf8_lossy(key).into_owned(), i64::from_le_bytes(*stored));
        }
    }
    Ok(times)
}
