//! Values as the page shows them.

use std::time::Duration;

/// A size, with three digits or four.
pub(crate) fn bytes(count: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if count < 1000 {
        return format!("{count} bytes");
    }
    // In hundreds of bytes, so that one digit is left behind the point.
    let (mut tenths, mut unit) = (count / 100, 0);
    while tenths >= 10_000 && unit + 1 < UNITS.len() {
        (tenths, unit) = (tenths / 1000, unit + 1);
    }
    match tenths {
        ..1000 => format!("{}.{} {}", tenths / 10, tenths % 10, UNITS[unit]),
        _ => format!("{} {}", tenths / 10, UNITS[unit]),
    }
}

/// An age.
pub(crate) fn age(age: Option<Duration>) -> String {
    match age.map(|age| age.as_secs()) {
        None => "of unknown age".to_owned(),
        Some(seconds @ ..120) => format!("{seconds} s old"),
        Some(seconds @ ..7200) => format!("{} min old", seconds / 60),
        Some(seconds) => format!("{} h old", seconds / 3600),
    }
}

/// A number with its noun.
pub(crate) fn count(number: u64, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}
