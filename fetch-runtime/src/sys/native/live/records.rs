//! Lists and deletes records.

use rusqlite::{Connection, Result, TransactionBehavior};

use super::{ledger, parts};
use crate::sys::entry_text::EntryText;
use crate::sys::housekeeping::{Answer, Record, Work};

/// Works on the record of this key, or on those whose keys begin with the text.
pub(super) fn work(database: &mut Connection, work: Work, text: &str) -> Result<Answer> {
    let behavior = match work {
        Work::List => TransactionBehavior::Deferred,
        // A transaction that reads first cannot wait for another process before it writes.
        Work::Delete | Work::DeletePrefix => TransactionBehavior::Immediate,
    };
    let transaction = database.transaction_with_behavior(behavior)?;
    let answer = match work {
        Work::List => Answer { records: list(&transaction, text)?, ..Answer::default() },
        Work::Delete => Answer { number: delete(&transaction, text)?, ..Answer::default() },
        Work::DeletePrefix => {
            let mut number = 0;
            for record in list(&transaction, text)? {
                number += delete(&transaction, &record.key)?;
            }
            parts::forget_all(&transaction, |key| key.starts_with(text))?;
            Answer { number, ..Answer::default() }
        }
    };
    transaction.commit()?;
    Ok(answer)
}

/// SQLite reads the length of a blob without the blob.
fn list(database: &Connection, prefix: &str) -> Result<Vec<Record>> {
    let stored = ledger::stored_times(database)?;
    let now = ledger::millis();
    let mut statement = database.prepare(
        "SELECT key, length(data), entry FROM files
        WHERE key >= ?1 AND typeof(key) = 'text' ORDER BY key",
    )?;
    let mut rows = statement.query([prefix])?;
    let mut records = Vec::new();
    while let Some(row) = rows.next()? {
        let key: String = row.get(0)?;
        if !key.starts_with(prefix) {
            break;
        }
        let text = row.get_ref(2)?.as_str().ok().and_then(EntryText::read);
        let received =
            text.map(|text| i64::try_from(text.received.saturating_mul(1000)).unwrap_or(i64::MAX));
        let stored = stored.get(&key).copied().max(received);
        let age = stored.map(|stored| now.saturating_sub(stored));
        records.push(Record {
            size: row.get::<_, i64>(1)?.unsigned_abs(),
            age_ms: age.map(|age| u64::try_from(age).unwrap_or_default()),
            key,
        });
    }
    Ok(records)
}

fn delete(database: &Connection, key: &str) -> Result<u64> {
    ledger::forget(database, key)?;
    parts::forget(database, key)?;
    database.execute("DELETE FROM files WHERE key = ?1", [key]).map(|deleted| deleted as u64)
}
