//! Stands in for the page on the desktop: it keeps what a page would show.

use std::cell::RefCell;
use std::collections::BTreeMap;

use fetch_runtime::cache::{Entry, Usage};

use crate::leak::{self, Leak};
use crate::{Checked, buttons, text};

/// Whether the heap is measured.
pub(crate) const MEASURES: bool = false;

thread_local! {
    static TEXTS: RefCell<BTreeMap<String, String>> = RefCell::default();
    static RECORDS: RefCell<Vec<String>> = RefCell::default();
    static KILOBYTES: RefCell<String> = RefCell::default();
}

pub(crate) fn is_attended() -> bool {
    false
}

pub(crate) fn open() {}

pub(crate) fn set(id: &str, text: &str) {
    TEXTS.with_borrow_mut(|texts| texts.insert(id.to_owned(), text.to_owned()));
}

pub(crate) fn list(entries: &[Entry]) {
    let row =
        |entry: &Entry| [&*entry.key, &text::bytes(entry.size), &text::age(entry.age)].join(", ");
    RECORDS.set(entries.iter().map(row).collect());
}

pub(crate) fn usage(usage: Usage) {
    set("usage", &text::bytes(usage.used));
}

pub(crate) fn log(status: &str, line: &str) {
    println!("  {status}: {line}");
}

pub(crate) fn loads() -> u32 {
    40
}

pub(crate) fn measuring(_: bool) {}

pub(crate) fn later() {
    leak::go_on();
}

pub(crate) fn leak(_: &Leak) {}

pub(crate) fn press(button: &str) {
    match button {
        "budget" => KILOBYTES.with_borrow(|number| buttons::press(&format!("budget {number}"))),
        button => buttons::press(button),
    }
}

pub(crate) fn enter_budget(kilobytes: &str) {
    KILOBYTES.set(kilobytes.to_owned());
}

pub(crate) fn shown(id: &str) -> String {
    TEXTS.with_borrow(|texts| texts.get(id).cloned().unwrap_or_default())
}

pub(crate) fn shown_records() -> Vec<String> {
    RECORDS.with_borrow(Clone::clone)
}

pub(crate) async fn check_layout() -> Checked {
    Ok(())
}

pub(crate) fn end(result: Checked) -> Checked {
    println!("to use the page: tests/browser/run cache_lab --open");
    result
}
