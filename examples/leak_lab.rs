//! Measures the leak: a load from the cache leaks with a plain close, and does not leak with the
//! guarded close. On the web, the example draws two curves. Natively, it counts the closes that are
//! refused.
#![allow(unsafe_code)] // The plain close calls C.

use std::cell::Cell;
use std::mem::MaybeUninit;
use std::process::ExitCode;

use fetch_runtime::sys::{self, EMSCRIPTEN_RESULT_INVALID_PARAM, emscripten_fetch_t};
use fetch_runtime::{Response, StartError, fetch, fetch_handler, stats};
use fetch_shared::heap;

/// The length of the record.
const LENGTH: usize = 1_000_000;
/// The least that a plain load leaks, where the heap is measured exactly: the body, its struct and
/// its URL.
const LEAK: i64 = 1_000_240;
/// After this many loads, everything that is allocated once and kept has been allocated.
const WARM: u32 = 10;

/// One of the two curves.
#[derive(Default)]
struct Curve {
    loads: Cell<u32>,
    /// The bytes that all loads have leaked.
    bytes: Cell<i64>,
    /// The bytes that the first [`WARM`] loads have leaked.
    bytes_when_warm: Cell<i64>,
    /// The least that one load has leaked.
    least: Cell<Option<i64>>,
}

impl Curve {
    fn add(&self, bytes: i64) {
        self.loads.set(self.loads.get() + 1);
        self.bytes.set(self.bytes.get() + bytes);
        if self.loads.get() == WARM {
            self.bytes_when_warm.set(self.bytes.get());
        }
        self.least.set(Some(self.least.get().map_or(bytes, |least| least.min(bytes))));
    }
}

#[derive(Default)]
struct Lab {
    plain: Curve,
    guarded: Curve,
    /// Closes that returned -5.
    refused: Cell<u32>,
    /// The heap in use before the current load.
    before: Cell<i64>,
    running: Cell<bool>,
}

impl Lab {
    /// The loads whose close would have returned -5 without the guard. The first guarded close was
    /// that of the store, which is not a load.
    fn saved(&self) -> u64 {
        stats().guarded.saturating_sub(1)
    }

    fn print(&self) {
        let of = |name, curve: &Curve, closes: &str| {
            let (loads, bytes) = (curve.loads.get(), curve.bytes.get());
            let leak = match bytes / i64::from(loads.max(1)) {
                _ if !page::MEASURES => String::new(),
                each => format!(" leak {bytes} bytes, {each} each"),
            };
            println!("{name} {loads} loads{leak}; closes {closes}");
        };
        of("plain close:  ", &self.plain, &format!("refused: {}", self.refused.get()));
        of("guarded close:", &self.guarded, &format!("saved from refusal: {}", self.saved()));
    }

    /// Whether the plain curve grows and the guarded one is flat.
    fn is_as_promised(&self) -> bool {
        let refused = self.plain.loads.get() > WARM && self.refused.get() == self.plain.loads.get();
        let flat = self.guarded.bytes.get() == self.guarded.bytes_when_warm.get();
        let grows = self.plain.least.get() >= Some(LEAK);
        refused && (flat && grows || !page::MEASURES)
    }
}

thread_local! {
    static LAB: Lab = Lab::default();
}

fn main() -> ExitCode {
    let _page = page::Page::open();
    if let Err(error) = fetch!(IDB_STORE "leak-lab/record", body: vec![7; LENGTH] => stored) {
        page::fail(&error.to_string());
    }
    fetch_runtime::run();
    LAB.with(page::status)
}

#[fetch_handler]
fn stored(response: Response) {
    if response.is_success() { page::ready() } else { page::fail(&response.outcome().to_string()) }
}

fn start() {
    if !LAB.with(|lab| lab.running.replace(true)) {
        go_on();
    }
}

/// Loads the record with a plain close, then with a guarded one, until there are enough loads.
fn go_on() {
    LAB.with(|lab| {
        if !lab.running.get() || lab.guarded.loads.get() >= page::loads() {
            lab.running.set(false);
            return page::rest(lab);
        }
        lab.before.set(heap::in_use());
        load_plainly();
    });
}

/// Loads the record as Emscripten's documentation does.
fn load_plainly() {
    let mut attr = MaybeUninit::uninit();
    // SAFETY: there is room for it.
    unsafe { sys::emscripten_fetch_attr_init(attr.as_mut_ptr()) };
    // SAFETY: it has just been initialized.
    let mut attr = unsafe { attr.assume_init() };
    for (to, from) in attr.requestMethod.iter_mut().zip(b"GET") {
        *to = *from as _;
    }
    attr.attributes = sys::EMSCRIPTEN_FETCH_LOAD_TO_MEMORY | sys::EMSCRIPTEN_FETCH_NO_DOWNLOAD;
    attr.onsuccess = Some(loaded_plainly);
    attr.onerror = Some(loaded_plainly);
    // SAFETY: both live through the call, and the callback takes a fetch of C's.
    unsafe { sys::emscripten_fetch(&mut attr, c"leak-lab/record".as_ptr()) };
}

/// # Safety
/// It is the terminal callback of a live fetch.
unsafe extern "C" fn loaded_plainly(fetch: *mut emscripten_fetch_t) {
    // SAFETY: the caller guarantees a live fetch, which is not used after this.
    let result = unsafe { sys::emscripten_fetch_close(fetch) };
    LAB.with(|lab| {
        lab.refused.set(lab.refused.get() + u32::from(result == EMSCRIPTEN_RESULT_INVALID_PARAM));
        lab.plain.add(heap::in_use() - lab.before.get());
        lab.before.set(heap::in_use());
    });
    if let Err(error) = load() {
        page::fail(&error.to_string());
    }
}

fn load() -> Result<(), StartError> {
    fetch!(GET "leak-lab/record", cache: OnlyIfCached => loaded)?;
    Ok(())
}

#[fetch_handler]
fn loaded(response: Response) {
    if response.body().len() != LENGTH {
        return page::fail(&response.outcome().to_string());
    }
    drop(response);
    LAB.with(|lab| {
        lab.guarded.add(heap::in_use() - lab.before.get());
        page::show(lab);
    });
    page::later();
}

/// Controls the page, leak_lab.html, whose script has an object `leakLab`.
#[cfg(target_os = "emscripten")]
mod page {
    use std::ffi::{CStr, CString, c_char, c_int, c_void};
    use std::process::ExitCode;
    use std::ptr;

    use super::{LAB, Lab, go_on, start};

    /// Whether the heap is measured.
    pub(super) const MEASURES: bool = true;

    type OnClick = extern "C-unwind" fn(c_int, *const c_void, *mut c_void) -> bool;

    unsafe extern "C-unwind" {
        fn emscripten_run_script(script: *const c_char);
        fn emscripten_run_script_int(script: *const c_char) -> c_int;
        fn emscripten_async_call(
            call: extern "C-unwind" fn(*mut c_void),
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

    fn run(script: String) {
        let script = CString::new(script).unwrap_or_default();
        // SAFETY: it is a live C string, and the page's script does not touch Rust's memory.
        unsafe { emscripten_run_script(script.as_ptr()) };
    }

    fn ask(script: &CStr) -> c_int {
        // SAFETY: as for `run`.
        unsafe { emscripten_run_script_int(script.as_ptr()) }
    }

    /// Whether a person uses the page: otherwise the example starts and exits by itself.
    fn is_attended() -> bool {
        ask(c"leakLab.attended") != 0
    }

    pub(super) struct Page;

    impl Page {
        pub(super) fn open() -> Self {
            // The program must not exit when main has returned and nothing is in flight.
            // SAFETY: the function only increments a counter.
            unsafe { emscripten_runtime_keepalive_push() };
            on_click(c"#start", started);
            on_click(c"#stop", stopped);
            Self
        }
    }

    fn on_click(selector: &CStr, callback: OnClick) {
        /// `EM_CALLBACK_THREAD_CONTEXT_CALLING_THREAD`
        const THIS_THREAD: *const c_void = ptr::without_provenance(2);
        // SAFETY: Emscripten copies the selector, and the callback is static.
        unsafe {
            emscripten_set_click_callback_on_thread(
                selector.as_ptr(),
                ptr::null_mut(),
                0,
                callback,
                THIS_THREAD,
            )
        };
    }

    extern "C-unwind" fn started(_: c_int, _: *const c_void, _: *mut c_void) -> bool {
        start();
        true
    }

    extern "C-unwind" fn stopped(_: c_int, _: *const c_void, _: *mut c_void) -> bool {
        LAB.with(|lab| lab.running.set(false));
        true
    }

    pub(super) fn ready() {
        run(String::from("leakLab.rest()"));
        if !is_attended() {
            start();
        }
    }

    pub(super) fn loads() -> u32 {
        ask(c"leakLab.loads()").unsigned_abs()
    }

    pub(super) fn show(lab: &Lab) {
        let (plain, guarded) = (lab.plain.bytes.get(), lab.guarded.bytes.get());
        run(format!("leakLab.show({plain}, {}, {guarded}, {})", lab.refused.get(), lab.saved()));
    }

    /// Goes on after a pause, so that a person can watch.
    pub(super) fn later() {
        extern "C-unwind" fn call(_: *mut c_void) {
            go_on();
        }
        // SAFETY: the callback uses no data.
        unsafe {
            emscripten_async_call(call, ptr::null_mut(), if is_attended() { 80 } else { 20 })
        };
    }

    pub(super) fn rest(lab: &Lab) {
        run(String::from("leakLab.rest()"));
        if !is_attended() {
            lab.print();
            std::process::exit((!lab.is_as_promised()).into());
        }
    }

    pub(super) fn fail(message: &str) {
        run(format!("leakLab.fail({message:?})"));
        if !is_attended() {
            eprintln!("{message}");
            std::process::exit(1);
        }
    }

    pub(super) fn status(_: &Lab) -> ExitCode {
        ExitCode::SUCCESS
    }
}

/// Stands in for the page on the desktop.
#[cfg(not(target_os = "emscripten"))]
mod page {
    use std::process::ExitCode;

    use super::{Lab, go_on, start};

    /// Whether the heap is measured.
    pub(super) const MEASURES: bool = false;

    /// A temporary cache, so that the user's cache is not touched.
    pub(super) struct Page(
        /// Deletes the cache when the example ends.
        #[expect(dead_code)]
        Option<tempfile::TempDir>,
    );

    impl Page {
        pub(super) fn open() -> Self {
            let folder = tempfile::tempdir().ok();
            if let Some(folder) = &folder {
                fetch_runtime::native::set_cache_dir(folder.path());
            }
            Self(folder)
        }
    }

    pub(super) fn ready() {
        start();
    }

    pub(super) fn loads() -> u32 {
        40
    }

    pub(super) fn show(_: &Lab) {}

    pub(super) fn later() {
        go_on();
    }

    pub(super) fn rest(lab: &Lab) {
        lab.print();
        println!(
            "to see in a browser how much a refused close leaks: tests/browser/run --open leak_lab"
        );
    }

    pub(super) fn fail(message: &str) {
        eprintln!("{message}");
    }

    pub(super) fn status(lab: &Lab) -> ExitCode {
        ExitCode::from(u8::from(!lab.is_as_promised()))
    }
}
