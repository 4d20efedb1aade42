//! The parts of downloads that have broken off, in the cache's table.
//!
//! The keys are not text but blobs: no record has such a key. Per download, there is a head, whose
//! text says what the parts are of, and a row for each part. The tag in the head is that of the
//! download which may add to them: of several downloads of one key, the one that began last.

use std::iter;
use std::sync::atomic::{AtomicBool, Ordering};

use rusqlite::{Connection, OptionalExtension, Result, TransactionBehavior, params};

use super::keeper::{Head, Kept, Part};
use crate::sys::native::machine::buffer::Buffer;
use crate::sys::native::machine::fetch::PartsTag;

/// The text that the key of a head or a part begins with. The key of the download follows, then a
/// NUL, which no key has, then the offset of a part.
const NAME: &[u8] = b"fetch-runtime-part\0";

/// The first key of a download, that of its head, and the first key behind its parts.
fn keys_of(key: &str) -> (Vec<u8>, Vec<u8>) {
    let key = key.as_bytes();
    ([NAME, key, &[0]].concat(), [NAME, key, &[1]].concat())
}

/// Takes over the parts of this key, so that no other download adds to them. Those of another URL,
/// or in another form, are deleted. Sets the flag at each part that it has read.
pub(super) fn claim(
    database: &mut Connection,
    key: &str,
    tag: PartsTag,
    url: &str,
    progress: &AtomicBool,
) -> Result<Option<Kept>> {
    let transaction = database.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let Some((_, size, head)) = head(&transaction, key)? else {
        forget(&transaction, key)?;
        transaction.commit()?;
        return Ok(None);
    };
    // The last byte is asked for again, if there is no other: a request has to ask for something.
    let wanted = size.min(head.total.saturating_sub(1));
    let body =
        read(&transaction, key, size, wanted, progress)?.filter(|_| wanted > 0 && head.url == url);
    match &body {
        Some(_) => write_head(&transaction, key, tag, size, &head)?,
        None => forget(&transaction, key)?,
    }
    transaction.commit()?;
    Ok(body.map(|body| Kept { head, body }))
}

/// So many bytes of the parts, which have `size` bytes. `None` if they have not.
fn read(
    database: &Connection,
    key: &str,
    size: u64,
    wanted: u64,
    progress: &AtomicBool,
) -> Result<Option<Buffer>> {
    let (first, end) = keys_of(key);
    let sql = "SELECT key, data FROM files WHERE key > ?1 AND key < ?2 ORDER BY key";
    let mut statement = database.prepare(sql)?;
    let mut rows = statement.query(params![first, end])?;
    let (mut body, mut offset) = (Buffer::expecting(wanted), 0);
    while let Some(row) = rows.next()? {
        let at = row.get_ref(0)?.as_blob()?.get(first.len()..).unwrap_or_default();
        let bytes = row.get_ref(1)?.as_blob()?;
        if *at != u64::to_be_bytes(offset) {
            return Ok(None);
        }
        offset += bytes.len() as u64;
        let rest = usize::try_from(wanted - body.len()).unwrap_or(usize::MAX);
        body.extend(&bytes[..bytes.len().min(rest)]);
        progress.store(true, Ordering::SeqCst);
    }
    Ok(Some(body).filter(|_| offset == size))
}

/// Adds a part, unless another download has taken over, or the parts have been deleted. If there
/// is no room for so many bytes, deletes the parts. Returns whether it has added it.
pub(super) fn add(
    database: &mut Connection,
    key: &str,
    tag: PartsTag,
    part: &Part,
    has_room: impl FnOnce(&Connection, u64) -> Result<bool>,
) -> Result<bool> {
    let transaction = database.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let head = match &part.head {
        Some(head) => {
            forget(&transaction, key)?;
            head.clone()
        }
        None => match head(&transaction, key)? {
            Some((of, size, head)) if (of, size) == (tag, part.offset) => head,
            _ => return Ok(false),
        },
    };
    let length = part.bytes.len() as u64;
    if !has_room(&transaction, length)? {
        forget(&transaction, key)?;
        transaction.commit()?;
        return Ok(false);
    }
    write_head(&transaction, key, tag, part.offset + length, &head)?;
    let (mut at, _) = keys_of(key);
    at.extend(part.offset.to_be_bytes());
    transaction
        .execute("INSERT INTO files (key, data) VALUES (?1, ?2)", params![at, part.bytes])?;
    transaction.commit()?;
    Ok(true)
}

/// The tag and the head of the parts of this key, and their number of bytes.
fn head(database: &Connection, key: &str) -> Result<Option<(PartsTag, u64, Head)>> {
    let sql = "SELECT entry FROM files WHERE key = ?1 AND typeof(entry) = 'text'";
    let text: Option<String> =
        database.query_row(sql, [keys_of(key).0], |row| row.get(0)).optional()?;
    Ok(text.as_deref().and_then(parse))
}

fn write_head(
    database: &Connection,
    key: &str,
    tag: PartsTag,
    size: u64,
    head: &Head,
) -> Result<()> {
    let Head { url, etag, total, status_text, headers } = head;
    let text = format!("{tag}\n{size}\n{total}\n{url}\n{etag}\n{status_text}\n{headers}");
    database
        .execute(
            "INSERT OR REPLACE INTO files (key, data, entry) VALUES (?1, x'', ?2)",
            params![keys_of(key).0, text],
        )
        .map(drop)
}

fn parse(text: &str) -> Option<(PartsTag, u64, Head)> {
    let mut lines = text.splitn(7, '\n');
    let (tag, size) = (lines.next()?.parse().ok()?, lines.next()?.parse().ok()?);
    let total = lines.next()?.parse().ok()?;
    let mut text = || lines.next().map(str::to_owned);
    let (url, etag, status_text, headers) = (text()?, text()?, text()?, text()?);
    let head = Head { url, etag, total, status_text, headers };
    (size <= total).then_some((tag, size, head))
}

/// Deletes the parts of this key.
pub(super) fn forget(database: &Connection, key: &str) -> Result<()> {
    let (first, end) = keys_of(key);
    let sql = "DELETE FROM files WHERE key >= ?1 AND key < ?2";
    database.execute(sql, params![first, end]).map(drop)
}

/// Deletes the parts of this key, if those are of this download.
pub(super) fn forget_own(database: &mut Connection, key: &str, tag: PartsTag) -> Result<()> {
    let transaction = database.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if head(&transaction, key)?.is_some_and(|(of, ..)| of == tag) {
        forget(&transaction, key)?;
    }
    transaction.commit()
}

/// Deletes the parts of these keys.
pub(super) fn forget_all(database: &Connection, of: impl Fn(&str) -> bool) -> Result<()> {
    for (key, _) in all(database)?.iter().filter(|(key, _)| of(key)) {
        forget(database, key)?;
    }
    Ok(())
}

/// The number of bytes of the parts of these keys.
pub(super) fn size(database: &Connection, of: impl Fn(&str) -> bool) -> Result<u64> {
    Ok(all(database)?.iter().filter(|(key, _)| of(key)).map(|(_, size)| size).sum())
}

/// The keys of the downloads that have parts, each with their number of bytes.
fn all(database: &Connection) -> Result<Vec<(String, u64)>> {
    let sql = "SELECT key, entry FROM files
        WHERE key >= ?1 AND key < ?2 AND typeof(key) = 'blob' AND typeof(entry) = 'text'";
    let mut statement = database.prepare(sql)?;
    let end: Vec<u8> = NAME.iter().copied().take(NAME.len() - 1).chain(iter::once(1)).collect();
    let mut rows = statement.query(params![NAME, end])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        let key = row.get_ref(0)?.as_blob()?;
        let key = key.get(NAME.len()..key.len() - 1).unwrap_or_default();
        let size = row.get_ref(1)?.as_str().ok().and_then(parse).map_or(0, |(_, size, _)| size);
        all.push((String::from_utf8_lossy(key).into_owned(), size));
    }
    Ok(all)
}
