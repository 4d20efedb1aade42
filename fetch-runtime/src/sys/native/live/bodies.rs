//! The whole bodies in the cache's table: the records of programs, and their downloads.

use rusqlite::blob::ZeroBlob;
use rusqlite::{
    Connection, Error, MAIN_DB, OptionalExtension, Result, TransactionBehavior, params,
};

use super::ledger;
use super::parts;
use crate::sys::native::machine::buffer::Buffer;
use crate::sys::native::machine::event::Entry;

/// Loads the record of the first key that has one. Returns the position of the key, too.
pub(super) fn load(database: &mut Connection, keys: &[String]) -> Result<Option<(usize, Buffer)>> {
    // All reads see the same state.
    let transaction = database.transaction()?;
    let mut found = None;
    for (at, key) in keys.iter().enumerate() {
        let row = transaction
            .query_row("SELECT rowid FROM files WHERE key = ?1", [key], |row| row.get(0))
            .optional()?;
        if let Some(row) = row {
            found = Some((at, row));
            break;
        }
    }
    let Some((at, row)) = found else { return Ok(None) };
    Ok(Some((at, read(&transaction, row)?)))
}

fn read(database: &Connection, row: i64) -> Result<Buffer> {
    let blob = database.blob_open(MAIN_DB, "files", "data", row, true)?;
    let mut body = Buffer::zeroed(blob.len());
    if !body.is_lost() {
        blob.read_at_exact(body.as_mut_slice(), 0)?;
    }
    Ok(body)
}

/// Loads a record that was stored with a text.
pub(super) fn load_entry(database: &mut Connection, key: &str) -> Result<Option<Entry>> {
    let transaction = database.transaction()?;
    let row = transaction
        .query_row(
            "SELECT rowid, entry FROM files WHERE key = ?1 AND typeof(entry) = 'text'",
            [key],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()?;
    let Some((row, text)) = row else { return Ok(None) };
    let body = read(&transaction, row)?;
    // Without memory for the body, there is nothing to be validated.
    Ok(Some(Entry { body, text }).filter(|entry| !entry.body.is_lost()))
}

pub(super) fn update(
    database: &Connection,
    key: &str,
    old: &str,
    new: &Option<String>,
) -> Result<()> {
    let sql = "UPDATE files SET entry = ?3 WHERE key = ?1 AND entry = ?2";
    database.execute(sql, params![key, old, new]).map(drop)
}

/// Writes the body into a blob of its length, as passing it by value would copy it. A body that is
/// stored without a text replaces the text of another one, too. Then does the rest in the same
/// transaction.
pub(super) fn store(
    database: &mut Connection,
    key: &str,
    (body, text): (&Buffer, Option<&str>),
    then: impl FnOnce(&Connection) -> Result<()>,
) -> Result<()> {
    let len =
        i32::try_from(body.len()).ok().filter(|_| !body.is_lost()).ok_or(Error::BlobSizeError)?;
    let transaction = database.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.execute(
        "INSERT OR REPLACE INTO files (key, data, entry) VALUES (?1, ?2, ?3)",
        params![key, ZeroBlob(len), text],
    )?;
    let mut blob =
        transaction.blob_open(MAIN_DB, "files", "data", transaction.last_insert_rowid(), false)?;
    blob.write_all_at(body.as_slice(), 0)?;
    blob.close()?;
    parts::forget(&transaction, key)?;
    then(&transaction)?;
    transaction.commit()
}

/// Deletes the record of this key; with a body, only if it has that.
pub(super) fn delete(database: &mut Connection, key: &str, body: Option<&Buffer>) -> Result<()> {
    let transaction = database.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let deleted = match body {
        None => transaction.execute("DELETE FROM files WHERE key = ?1", [key])?,
        Some(body) => transaction.execute(
            "DELETE FROM files WHERE key = ?1 AND data = ?2",
            params![key, body.as_slice()],
        )?,
    };
    if deleted > 0 || body.is_none() {
        ledger::forget(&transaction, key)?;
    }
    if body.is_none() {
        parts::forget(&transaction, key)?;
    }
    transaction.commit()
}
