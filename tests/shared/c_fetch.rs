//! Fetches as C code starts them, without the library's own code around them.
#![allow(unsafe_code)]

use std::ffi::CStr;
use std::mem::MaybeUninit;

use fetch_runtime::sys::{self, Callback, emscripten_fetch_t};

/// Starts a GET with these attributes, and with `onsuccess`, `onerror` and `onprogress`. Without a
/// limit of time, `timeout_ms` is 0.
///
/// # Panics
/// If it does not start.
///
/// # Safety
/// C may call the callbacks with this fetch, whose `userData` is null.
pub unsafe fn start(
    url: &CStr,
    attributes: u32,
    timeout_ms: u32,
    callbacks: [Option<Callback>; 3],
) -> *mut emscripten_fetch_t {
    let mut attr = MaybeUninit::uninit();
    // SAFETY: there is room for it.
    unsafe { sys::emscripten_fetch_attr_init(attr.as_mut_ptr()) };
    // SAFETY: it has just been initialized.
    let mut attr = unsafe { attr.assume_init() };
    attr.attributes = attributes;
    attr.timeoutMSecs = timeout_ms;
    [attr.onsuccess, attr.onerror, attr.onprogress] = callbacks;
    // SAFETY: both live through the call, there is no request data, and the caller guarantees the
    // callbacks.
    let fetch = unsafe { sys::emscripten_fetch(&mut attr, url.as_ptr()) };
    assert!(!fetch.is_null());
    fetch
}
