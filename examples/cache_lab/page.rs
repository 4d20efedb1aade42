//! The page, cache_lab.html, whose script has an object `cacheLab`.
#![allow(unsafe_code)] // The page is controlled through C functions of Emscripten.

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::fmt::Display;
use std::time::Duration;

use fetch_runtime::cache::{Entry, Usage};
use serde::Serialize;

use crate::leak::{self, Leak};
use crate::{Checked, buttons, text};

/// Whether the heap is measured.
pub(crate) const MEASURES: bool = true;

type OnClick = extern "C-unwind" fn(c_int, *const c_void, *mut c_void) -> bool;

unsafe extern "C-unwind" {
    fn emscripten_run_script(script: *const c_char);
    fn emscripten_run_script_string(script: *const c_char) -> *const c_char;
    fn emscripten_async_call(
        function: extern "C-unwind" fn(*mut c_void),
        data: *mut c_void,
        ms: c_int,
    );
    fn emscripten_runtime_keepalive_push();
    fn emscripten_set_click_callback_on_thread(
        selector: *const c_char,
        data: *mut c_void,
        captures: c_int,
        callback: OnClick,
        thread: *const c_void,
    ) -> c_int;
}

fn run(script: &str) {
    let script = CString::new(script).unwrap_or_default();
    // SAFETY: it is a live C string, and the page's script does not touch Rust's memory.
    unsafe { emscripten_run_script(script.as_ptr()) };
}

/// Calls a function of the page. The arguments become JSON, which is JavaScript.
fn call(name: &str, arguments: &[&dyn Display]) {
    let arguments: Vec<_> = arguments.iter().map(ToString::to_string).collect();
    run(&format!("cacheLab.{name}({})", arguments.join(",")));
}

fn json(value: impl Serialize) -> String {
    serde_json::to_string(&value).unwrap_or_default()
}

/// The value of an expression.
fn ask(script: &str) -> String {
    let script = CString::new(script).unwrap_or_default();
    // SAFETY: as for `run`.
    let value = unsafe { emscripten_run_script_string(script.as_ptr()) };
    if value.is_null() {
        return String::new();
    }
    // SAFETY: Emscripten keeps it until the next call.
    unsafe { CStr::from_ptr(value) }.to_string_lossy().into_owned()
}

/// Whether a person uses the page: otherwise the tour does.
pub(crate) fn is_attended() -> bool {
    ask("cacheLab.isAttended") == "true"
}

/// Passes each click on a button to `buttons::press`.
pub(crate) fn open() {
    // The program must not exit when nothing is in flight.
    // SAFETY: the function only increments a counter.
    unsafe { emscripten_runtime_keepalive_push() };
    /// `EM_CALLBACK_THREAD_CONTEXT_CALLING_THREAD`
    const THIS_THREAD: *const c_void = std::ptr::without_provenance(2);
    let (main, no_data) = (c"main".as_ptr(), std::ptr::null_mut());
    // SAFETY: Emscripten copies the selector, and the callback is static.
    unsafe { emscripten_set_click_callback_on_thread(main, no_data, 0, clicked, THIS_THREAD) };
}

extern "C-unwind" fn clicked(_: c_int, _: *const c_void, _: *mut c_void) -> bool {
    // Clicks beside the buttons come here as well.
    let button = ask("cacheLab.clicked()");
    if !button.is_empty() {
        buttons::press(&button);
    }
    false
}

/// Shows a text at its place.
pub(crate) fn set(id: &str, text: &str) {
    call("set", &[&json(id), &json(text)]);
}

/// Shows the records.
pub(crate) fn list(entries: &[Entry]) {
    let row = |entry: &Entry| (entry.key.clone(), text::bytes(entry.size), text::age(entry.age));
    call("list", &[&json(entries.iter().map(row).collect::<Vec<_>>())]);
}

/// Shows the use of the storage.
pub(crate) fn usage(usage: Usage) {
    let Usage { used, quota, .. } = usage;
    let of = quota.map_or(String::new(), |quota| format!(" of {}", text::bytes(quota)));
    set("usage", &format!("{}{of}", text::bytes(used)));
    call("meter", &[&used, &quota.unwrap_or(0)]);
}

/// Adds a line to the list of responses.
pub(crate) fn log(status: &str, line: &str) {
    call("log", &[&json(status), &json(line)]);
}

/// How many loads of each kind the user wants.
pub(crate) fn loads() -> u32 {
    ask("cacheLab.loads()").parse().unwrap_or(0)
}

/// Shows whether the leak is being measured.
pub(crate) fn measuring(is_measuring: bool) {
    call("measuring", &[&is_measuring]);
}

/// Calls `leak::go_on` after a pause, so that a person can watch.
pub(crate) fn later() {
    extern "C-unwind" fn go_on(_: *mut c_void) {
        leak::go_on();
    }
    // SAFETY: the callback uses no data.
    unsafe { emscripten_async_call(go_on, std::ptr::null_mut(), 20) };
}

/// Shows the leak.
pub(crate) fn leak(leak: &Leak) {
    let Leak { plain, guarded } = leak;
    call("leak", &[&plain.bytes, &plain.refused, &guarded.bytes, &guarded.refused]);
}

/// Clicks on the button, as a person would.
pub(crate) fn press(button: &str) {
    call("press", &[&json(button)]);
}

/// Writes into the field of the budget.
pub(crate) fn enter_budget(kilobytes: &str) {
    call("enter", &[&json("kilobytes"), &json(kilobytes)]);
}

/// The text at a place, as it is shown.
pub(crate) fn shown(id: &str) -> String {
    ask(&format!("cacheLab.shown({})", json(id)))
}

/// The texts of the records, as they are shown.
pub(crate) fn shown_records() -> Vec<String> {
    serde_json::from_str(&ask("cacheLab.shownRecords()")).unwrap_or_default()
}

/// Looks for mistakes of the layout. Returns the first one.
pub(crate) async fn check_layout() -> Checked {
    run(include_str!("layout.js"));
    loop {
        fetch_runtime::sleep(Duration::from_millis(20)).await;
        match &*ask("cacheLab.layout") {
            "pending" => {}
            "good" => return Ok(()),
            mistake => return Err(mistake.into()),
        }
    }
}

/// Ends the program, unless a person uses the page.
pub(crate) fn end(result: Checked) -> Checked {
    let Err(error) = &result else { std::process::exit(0) };
    set("message", &error.to_string());
    if !is_attended() {
        eprintln!("{error}");
        std::process::exit(1);
    }
    result
}
