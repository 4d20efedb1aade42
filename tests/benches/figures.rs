//! Measures the layer's costs: `cargo bench -p fetch-tests`, or one figure alone: `… -- peak`.
//! Each ratio compares two programs in the same run. `cargo xtask bench` compares with other
//! clients.
#![allow(unsafe_code)]

use std::cell::Cell;
use std::ffi::CStr;
use std::process::Command;
use std::time::Instant;

use fetch_runtime::sys::{self, emscripten_fetch_t};
use fetch_runtime::{Request, Response, fetch, fetch_handler, native};
use fetch_shared::c_fetch;
use fetch_shared::counting::Counting;
use fetch_shared::median::median;
use fetch_shared::server::Server;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

// SAFETY: `count` sets a cell, which needs neither memory nor a destructor.
#[global_allocator]
static ALLOCATOR: Counting = unsafe { Counting::new(count) };

/// Counts the blocks that this thread gets from the allocator.
fn count(_: Option<usize>, after: Option<usize>) {
    if after.is_some() {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
    }
}

const MIB: u64 = 1024 * 1024;

/// A figure of /proc/self/status, in bytes.
fn status(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find(|line| line.starts_with(name)).expect("a figure");
    line.split_whitespace().nth(1).and_then(|kib| kib.parse::<u64>().ok()).expect("a number") * 1024
}

const KEY: &CStr = c"record";

/// Makes a record of that length, in a cache of its own.
fn record(length: usize) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    native::set_cache_dir(folder.path());
    Request::idb_store("record")
        .body(vec![7; length])
        .send_fn(|response| assert!(response.is_success()))
        .unwrap();
    fetch_runtime::run();
    folder
}

#[fetch_handler]
fn loaded(response: Response) {
    assert!(response.is_success());
}

fn load() {
    fetch!(GET "record", cache: OnlyIfCached => loaded).unwrap();
    fetch_runtime::run();
}

/// The guarded close, as a careful C program does it.
unsafe extern "C" fn close_guarded(fetch: *mut emscripten_fetch_t) {
    // SAFETY: the backend calls it with a live fetch.
    let live = unsafe { &mut *fetch };
    live.readyState = sys::DONE;
    if live.id == 0 {
        live.id = u32::MAX;
    }
    // SAFETY: as above; nothing uses it afterwards.
    unsafe { sys::emscripten_fetch_close(fetch) };
}

/// The close of Emscripten's documentation.
unsafe extern "C" fn close_plain(fetch: *mut emscripten_fetch_t) {
    // SAFETY: the backend calls it with a live fetch; nothing uses it afterwards.
    unsafe { sys::emscripten_fetch_close(fetch) };
}

fn by_hand(url: &CStr, attributes: u32, close: sys::Callback) {
    let attributes = sys::EMSCRIPTEN_FETCH_LOAD_TO_MEMORY | attributes;
    // SAFETY: both callbacks close a live fetch, and do not use its userData.
    unsafe { c_fetch::start(url, attributes, 0, [Some(close), Some(close), None]) };
    fetch_runtime::run();
}

/// 10,000 cached loads of 1 MB, with the guard and without.
fn leak() {
    let _folder = record(1_000_000);
    let mut after_100 = 0;
    for i in 1..=10_000 {
        load();
        if i == 100 {
            after_100 = status("VmRSS");
        }
    }
    let grown = status("VmRSS").saturating_sub(after_100);
    println!(
        "guarded close: {:.2} MB more resident after 10,000 cached loads of 1 MB than after 100",
        grown as f64 / 1e6
    );
    let before = status("VmRSS");
    for _ in 0..200 {
        by_hand(KEY, sys::EMSCRIPTEN_FETCH_NO_DOWNLOAD, close_plain);
    }
    let grown = status("VmRSS") - before;
    println!("plain close: {:.3} MB more for each load", grown as f64 / 1e6 / 200.0);
}

/// The most memory that a download of 64 MiB takes.
fn peak(base: &str) {
    Request::get(format!("{base}/empty")).send_fn(|_| ()).unwrap();
    fetch_runtime::run();
    let idle = status("VmRSS");
    Request::get(format!("{base}/files/big"))
        .send_fn(|response| assert_eq!(response.body().len() as u64, 64 * MIB))
        .unwrap();
    fetch_runtime::run();
    let peak = status("VmHWM") - idle;
    println!(
        "download of 64 MiB: {:.1} MiB more than idle at the peak, {:.2} times its size",
        peak as f64 / MIB as f64,
        peak as f64 / (64 * MIB) as f64
    );
}

/// Time and allocations for each of `count` requests.
fn cost(count: u32, mut request: impl FnMut()) -> (f64, f64) {
    let (start, allocations) = (Instant::now(), ALLOCATIONS.get());
    for _ in 0..count {
        request();
    }
    let time = start.elapsed().as_secs_f64() * 1e6 / f64::from(count);
    (time, (ALLOCATIONS.get() - allocations) as f64 / f64::from(count))
}

/// The layer's costs, compared with calls of the C functions by hand.
fn overhead(base: &str) {
    let _folder = record(1000);
    let url = std::ffi::CString::new(format!("{base}/empty")).unwrap();
    let text = url.to_str().unwrap();
    let mut rows: [(&str, Vec<f64>, Vec<f64>, f64); 2] =
        [("cached load", vec![], vec![], 0.0), ("GET", vec![], vec![], 0.0)];
    for _ in 0..15 {
        let by_layer = cost(1000, load);
        let by_c = cost(1000, || by_hand(KEY, sys::EMSCRIPTEN_FETCH_NO_DOWNLOAD, close_guarded));
        rows[0].1.push(by_layer.0 - by_c.0);
        rows[0].2.push(by_layer.0 / by_c.0);
        rows[0].3 = by_layer.1 - by_c.1;
        let by_layer = cost(300, || {
            Request::get(text).send::<loaded>().unwrap();
            fetch_runtime::run();
        });
        let by_c = cost(300, || by_hand(&url, sys::EMSCRIPTEN_FETCH_REPLACE, close_guarded));
        rows[1].1.push(by_layer.0 - by_c.0);
        rows[1].2.push(by_layer.0 / by_c.0);
        rows[1].3 = by_layer.1 - by_c.1;
    }
    for (name, added, ratio, allocations) in rows {
        println!(
            "{name}: the layer adds {:.2} µs ({:.3} times the C functions by hand) \
             and {allocations:.1} allocations",
            median(added),
            median(ratio)
        );
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["figure", "leak", _] => leak(),
        ["figure", "peak", base] => peak(base),
        ["figure", "overhead", base] => overhead(base),
        ["--bench", ..] | [] => all(&FIGURES),
        [name, ..] if FIGURES.contains(&name) => all(&[name]),
        _ => panic!("the figures are {FIGURES:?}"),
    }
}

const FIGURES: [&str; 3] = ["leak", "peak", "overhead"];

/// Each in a process of its own, and the server in another.
fn all(figures: &[&str]) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::create_dir(folder.path().join("files")).unwrap();
    std::fs::write(folder.path().join("files/big"), vec![7; 64 * MIB as usize]).unwrap();
    let server = Server::start(Some(folder.path())).expect("a port and a thread");
    for figure in figures {
        let this = std::env::current_exe().expect("its own path");
        let status = Command::new(this).args(["figure", figure, &server.url("")]).status();
        let status = status.expect("it starts");
        assert!(status.success(), "{status}");
    }
}
