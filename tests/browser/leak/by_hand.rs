//! Fetches as C programs make them, with each of the three closes that are in use.

use std::ffi::CStr;
use std::mem::MaybeUninit;

use fetch_runtime::sys::{
    self, EMSCRIPTEN_FETCH_LOAD_TO_MEMORY, EMSCRIPTEN_RESULT, emscripten_fetch_attr_t,
    emscripten_fetch_t,
};

use crate::task::Signal;

/// How a fetch is closed in its terminal callback.
#[derive(Clone, Copy)]
pub(crate) enum Close {
    /// As in Emscripten's documentation.
    Plain,
    /// The workaround that was published.
    Forced,
    /// As it has to be.
    Guarded,
}

/// A request as it is asked for in C.
#[derive(Clone, Copy)]
pub(crate) struct ByHand {
    pub(crate) method: &'static str,
    pub(crate) url: &'static CStr,
    pub(crate) attributes: u32,
    pub(crate) body: &'static [u8],
}

impl ByHand {
    /// Only from the cache.
    pub(crate) const fn cached(url: &'static CStr) -> Self {
        let attributes = EMSCRIPTEN_FETCH_LOAD_TO_MEMORY | sys::EMSCRIPTEN_FETCH_NO_DOWNLOAD;
        Self { method: "GET", url, attributes, body: &[] }
    }

    /// Starts it. The signal is the result of its close.
    pub(crate) fn start(self, close: Close) -> Signal<EMSCRIPTEN_RESULT> {
        let signal = Signal::new();
        let mut attr = MaybeUninit::<emscripten_fetch_attr_t>::uninit();
        // SAFETY: there is room for it.
        unsafe { sys::emscripten_fetch_attr_init(attr.as_mut_ptr()) };
        // SAFETY: it has just been initialized.
        let mut attr = unsafe { attr.assume_init() };
        for (to, from) in attr.requestMethod.iter_mut().zip(self.method.bytes()) {
            *to = from as _;
        }
        let over = match close {
            Close::Plain => plain,
            Close::Forced => forced,
            Close::Guarded => guarded,
        };
        attr.attributes = self.attributes;
        attr.onsuccess = Some(over);
        attr.onerror = Some(over);
        attr.requestData = self.body.as_ptr().cast();
        attr.requestDataSize = self.body.len();
        attr.userData = signal.clone().into_raw().cast_mut().cast();
        // SAFETY: C copies `attr` and the URL; the body is static; the callbacks take the signal
        // back from userData.
        unsafe { sys::emscripten_fetch(&mut attr, self.url.as_ptr()) };
        signal
    }
}

/// # Safety
/// It is a terminal callback of a fetch that [`ByHand::start`] started, the first.
unsafe extern "C" fn plain(fetch: *mut emscripten_fetch_t) {
    // SAFETY: the caller's guarantee is the same.
    unsafe { over(fetch, |_| ()) };
}

/// # Safety
/// As for [`plain`].
unsafe extern "C" fn forced(fetch: *mut emscripten_fetch_t) {
    let force = |fetch: &mut emscripten_fetch_t| {
        if fetch.id == 0 {
            fetch.id = 0xffff;
        }
    };
    // SAFETY: the caller's guarantee is the same.
    unsafe { over(fetch, force) };
}

/// # Safety
/// As for [`plain`].
unsafe extern "C" fn guarded(fetch: *mut emscripten_fetch_t) {
    let guard = |fetch: &mut emscripten_fetch_t| {
        fetch.readyState = sys::DONE;
        if fetch.id == 0 {
            fetch.id = u32::MAX;
        }
    };
    // SAFETY: the caller's guarantee is the same.
    unsafe { over(fetch, guard) };
}

/// # Safety
/// As for [`plain`].
unsafe fn over(fetch: *mut emscripten_fetch_t, prepare: impl FnOnce(&mut emscripten_fetch_t)) {
    // SAFETY: the caller guarantees that it is live; C does not touch it during its callback.
    let live = unsafe { &mut *fetch };
    // SAFETY: `start` put it there, and this is the only terminal callback.
    let signal = unsafe { Signal::from_raw(live.userData.cast_const().cast()) };
    prepare(live);
    // SAFETY: it is live, and nothing uses it afterwards.
    let result = unsafe { sys::emscripten_fetch_close(fetch) };
    signal.give(result);
}
