//! Measures the leak: a load from the cache leaks with a plain close, and does not leak with the
//! guarded close. Natively, where the heap is not measured, it counts the closes that are refused.
#![allow(unsafe_code)] // The plain close calls C.

use std::cell::Cell;
use std::error::Error;
use std::fmt;
use std::future::poll_fn;
use std::mem::MaybeUninit;
use std::task::{Poll, Waker};

use fetch_runtime::sys::{self, EMSCRIPTEN_RESULT_INVALID_PARAM, emscripten_fetch_t};
use fetch_runtime::{Response, StartError, fetch, fetch_handler, stats};
use fetch_shared::heap;

use crate::{buttons, page};

/// The key of the record.
pub(crate) const KEY: &str = "leak/record";
/// The same for C, which knows no namespace.
const KEY_IN_C: &std::ffi::CStr = c"lab|leak/record";
/// The length of the record.
const LENGTH: usize = 1_000_000;
/// The least that a plain load leaks, where the heap is measured exactly: the body, its struct and
/// its URL.
const LEAK: i64 = 1_000_240;
/// After this many loads, everything that is allocated once and kept has been allocated.
const WARM: u32 = 10;

/// One of the two curves.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Curve {
    pub(crate) loads: u32,
    /// The bytes that all loads have leaked.
    pub(crate) bytes: i64,
    /// The bytes that the first [`WARM`] loads have leaked.
    bytes_when_warm: i64,
    /// The least that one load has leaked.
    least: Option<i64>,
    /// The closes that returned -5, or would have without the guard.
    pub(crate) refused: u64,
}

impl Curve {
    fn add(&mut self, bytes: i64, refused: u64) {
        self.loads += 1;
        self.bytes += bytes;
        if self.loads == WARM {
            self.bytes_when_warm = self.bytes;
        }
        self.least = Some(self.least.map_or(bytes, |least| least.min(bytes)));
        self.refused += refused;
    }
}

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Leak {
    pub(crate) plain: Curve,
    pub(crate) guarded: Curve,
}

thread_local! {
    static LEAK_SO_FAR: Cell<Leak> = Cell::default();
    static IS_STOPPED: Cell<bool> = const { Cell::new(false) };
    /// Before the current load: the heap in use, and the closes that the guard has saved.
    static BEFORE: Cell<(i64, u64)> = const { Cell::new((0, 0)) };
    /// The end of the measurement, and the task that waits for it.
    static ENDED: Cell<Option<Result<(), String>>> = const { Cell::new(None) };
    static WAKER: Cell<Option<Waker>> = const { Cell::new(None) };
}

impl Leak {
    pub(crate) fn current() -> Self {
        LEAK_SO_FAR.get()
    }

    /// Whether the plain curve grows and the guarded one is flat.
    pub(crate) fn is_as_promised(&self) -> bool {
        let Self { plain, guarded } = self;
        let is_refused = |curve: &Curve| curve.refused == u64::from(curve.loads);
        let refused = plain.loads > WARM && is_refused(plain) && is_refused(guarded);
        let flat = guarded.bytes == guarded.bytes_when_warm;
        let grows = plain.least >= Some(LEAK);
        refused && (flat && grows || !page::MEASURES)
    }
}

impl fmt::Display for Leak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { plain, guarded } = self;
        let (loads, refused, saved) = (plain.loads, plain.refused, guarded.refused);
        write!(f, "{loads} loads of each kind: {refused} closes refused, {saved} saved")?;
        if page::MEASURES {
            write!(f, "; leaks of {} and {} bytes", plain.bytes, guarded.bytes)?;
        }
        Ok(())
    }
}

/// Ends the measurement after the current load.
pub(crate) fn stop() {
    IS_STOPPED.set(true);
}

/// Loads the record with a plain close, then with a guarded one, until there are enough loads.
pub(crate) async fn measure() -> Result<String, Box<dyn Error>> {
    // Other buttons would be measured as well.
    page::measuring(true);
    let result = measure_alone().await;
    page::measuring(false);
    result
}

async fn measure_alone() -> Result<String, Box<dyn Error>> {
    IS_STOPPED.set(false);
    buttons::alone().await;
    fetch!(IDB_STORE KEY, body: vec![7; LENGTH]).await?.into_result()?;
    // From here on, neither a task nor a timer of the program uses the heap.
    page::later();
    let ended = poll_fn(|context| {
        WAKER.set(Some(context.waker().clone()));
        ENDED.take().map_or(Poll::Pending, Poll::Ready)
    });
    ended.await?;
    Ok(format!("Measured {} loads of each kind.", Leak::current().guarded.loads))
}

fn end(result: Result<(), String>) {
    ENDED.set(Some(result));
    if let Some(waker) = WAKER.take() {
        waker.wake();
    }
}

/// Begins the next load, unless there are enough.
pub(crate) fn go_on() {
    if IS_STOPPED.get() || Leak::current().guarded.loads >= page::loads() {
        return end(Ok(()));
    }
    BEFORE.set((heap::in_use(), 0));
    load_plainly();
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
    unsafe { sys::emscripten_fetch(&mut attr, KEY_IN_C.as_ptr()) };
}

/// # Safety
/// It is the terminal callback of a live fetch.
unsafe extern "C" fn loaded_plainly(fetch: *mut emscripten_fetch_t) {
    // SAFETY: the caller guarantees a live fetch, which is not used after this.
    let result = unsafe { sys::emscripten_fetch_close(fetch) };
    let (heap, mut leak) = (heap::in_use(), Leak::current());
    leak.plain.add(heap - BEFORE.get().0, (result == EMSCRIPTEN_RESULT_INVALID_PARAM).into());
    LEAK_SO_FAR.set(leak);
    BEFORE.set((heap, stats().guarded));
    if let Err(error) = load() {
        end(Err(error.to_string()));
    }
}

fn load() -> Result<(), StartError> {
    fetch!(GET KEY, cache: OnlyIfCached => loaded)?;
    Ok(())
}

#[fetch_handler]
fn loaded(response: Response) {
    if response.body().len() != LENGTH {
        return end(Err(format!("the record: {}", response.outcome())));
    }
    drop(response);
    let ((heap, guarded), mut leak) = (BEFORE.get(), Leak::current());
    leak.guarded.add(heap::in_use() - heap, stats().guarded - guarded);
    LEAK_SO_FAR.set(leak);
    page::leak(&leak);
    page::later();
}
