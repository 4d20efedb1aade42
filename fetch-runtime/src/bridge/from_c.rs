//! Handlers of fetches that C code started.
#![allow(unsafe_code)]

use std::borrow::Cow;
use std::ptr::NonNull;

use super::completion::complete;
use super::trampoline::terminal;
use crate::extras::progress;
use crate::flight::{CallHandler, InFlight, Phase, WithContext};
use crate::raw::snapshot::{self, Snapshot};
use crate::request::Operation;
use crate::sys::emscripten_fetch_t;
use crate::{CacheMode, Handler, Progress, Request, counters, panic};

/// `onsuccess` of a fetch that C code or this crate started.
///
/// # Safety
/// C calls it as the terminal callback of a live fetch, once; its userData is null, or was set by
/// this crate for the same `H`. The caller does not use the fetch after.
pub unsafe extern "C-unwind" fn onsuccess_of_any<H: Handler<Context = ()>>(
    fetch: *mut emscripten_fetch_t,
) {
    // SAFETY: the caller's guarantee is the same.
    unsafe { terminal_of_any(fetch, true, Box::new(WithContext::<H>(()))) };
}

/// `onerror` of a fetch that C code or this crate started.
///
/// # Safety
/// As for [`onsuccess_of_any`].
pub unsafe extern "C-unwind" fn onerror_of_any<H: Handler<Context = ()>>(
    fetch: *mut emscripten_fetch_t,
) {
    // SAFETY: the caller's guarantee is the same.
    unsafe { terminal_of_any(fetch, false, Box::new(WithContext::<H>(()))) };
}

/// # Safety
/// As for [`onsuccess_of_any`].
unsafe fn terminal_of_any(fetch: *mut emscripten_fetch_t, succeeded: bool, handler: CallHandler) {
    let Some(fetch) = NonNull::new(fetch) else { return };
    // SAFETY: the caller guarantees a live fetch.
    if !unsafe { fetch.as_ref() }.userData.is_null() {
        // SAFETY: the caller guarantees that it is ours then.
        return unsafe { terminal(fetch.as_ptr(), succeeded) };
    }
    counters::started();
    // SAFETY: the caller guarantees a live fetch.
    let snapshot = unsafe { Snapshot::take(fetch) };
    // SAFETY: the caller guarantees a live fetch.
    let url = unsafe { snapshot::url(fetch) };
    let operation = guess_operation(&snapshot, succeeded);
    let request = Request::from_operation(operation, Cow::Borrowed(""), url.into());
    // If JS has written nothing yet, C code is still in its `emscripten_fetch`.
    let phase = if snapshot.ready_state == 0 { Phase::Starting } else { Phase::Transfer };
    let received_status = (snapshot.id != 0 && snapshot.status != 0).then_some(snapshot.status);
    let flight = InFlight::new(request, handler);
    flight.set_from_c(phase, received_status);
    // SAFETY: the caller guarantees a live fetch, which is not used after this.
    unsafe { complete(fetch, snapshot, flight, succeeded) };
}

/// The operation that C code probably asked for. The struct does not say it exactly.
fn guess_operation(snapshot: &Snapshot, succeeded: bool) -> Operation {
    Operation::Download(match snapshot.id {
        0 if snapshot.status == 413 => return Operation::Store,
        // A body from the cache has an allocation, even if it is empty.
        0 if succeeded && !snapshot.body.is_allocated() => return Operation::Delete,
        0 => CacheMode::OnlyIfCached,
        _ if succeeded && snapshot.status == 413 => CacheMode::Reload,
        _ => CacheMode::NoStore,
    })
}

/// `onprogress` of a fetch that C code or this crate started.
///
/// # Safety
/// C calls it during a live fetch, whose userData is null, or was set by this crate.
pub unsafe extern "C-unwind" fn onprogress_of_any<H: Handler<Context = ()>>(
    fetch: *mut emscripten_fetch_t,
) {
    // SAFETY: the caller guarantees a live fetch; C does not touch it during its callback.
    let progress = match unsafe { fetch.as_ref() } {
        Some(fetch) if fetch.userData.is_null() => {
            Progress::new(fetch.dataOffset, fetch.totalBytes)
        }
        // SAFETY: the caller guarantees that it is ours then.
        Some(_) => return unsafe { progress::onprogress(fetch) },
        None => return,
    };
    if let Some(on_progress) = H::ON_PROGRESS {
        panic::catch(|| on_progress(progress));
    }
}
