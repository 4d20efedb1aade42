//! Reports how much of a request's body has been sent: [`Request::on_upload`].
#![allow(unsafe_code)]

use std::ffi::c_char;

use crate::flight::InFlight;
use crate::request::{Access, Extra, Flight, RequestParts, Slot, Slots, option_rules};
use crate::sys::unwind::callback;
use crate::sys::{
    Exception, HEADERS_RECEIVED, backend, emscripten_fetch_attr_t, emscripten_fetch_t,
};
use crate::{Progress, Request, StartError, panic};

/// The functions of a request whose upload is reported.
static UPLOAD: Access = Access {
    prepare: |_| (),
    start,
    before_store: |_, _| false,
    was_stored: || false,
    complete: None,
    #[cfg(emscripten_threads)]
    elsewhere: None,
};

struct OnUpload<F>(F);

impl<F: FnMut(Progress)> Extra for OnUpload<F> {
    fn check(&mut self, request: &mut RequestParts) {
        request.check(check);
    }

    fn blocking_conflict(&self) -> Option<&'static str> {
        Some("`on_upload` cannot run while its thread is blocked: remove it")
    }

    fn set_callbacks(&self, attr: &mut emscripten_fetch_attr_t) {
        attr.onprogress = Some(callback(onprogress));
    }

    fn upload(&mut self, progress: Progress) {
        panic::catch(|| (self.0)(progress));
    }
}

impl Request {
    /// Calls `on_upload` as the request's body is sent: from time to time, and when all of it has
    /// been sent. It is dropped before the handler is called.
    ///
    /// - The calls come before the headers of the response, and none comes after the end of the
    ///   request or an abort.
    /// - [`loaded`](Progress::loaded) grows with each call, also if a redirect sends the body
    ///   again. [`total`](Progress::total) is the length of the body.
    /// - "Sent" means handed to the system. The server may not have received it yet.
    /// - A request whose body is empty, or that ends before its body has been sent, has no call
    ///   with all of the body. A server may answer early, for example 413.
    ///
    /// GET and HEAD requests have no body. A [stream](Self::on_chunk) cannot be combined with
    /// `on_upload`, as browsers do not report its upload. In a browser, a request to another origin
    /// needs a CORS preflight: see the guide [*Uploads*](crate::guide::uploads).
    ///
    /// ```no_run
    /// use fetch_runtime::{Progress, Request, StartError};
    ///
    /// # fn main() -> Result<(), StartError> {
    /// let save = std::fs::read("save.dat").unwrap_or_default();
    /// Request::put("https://example.com/save/1")
    ///     .body(save)
    ///     .on_upload(|Progress { loaded, total, .. }| println!("{loaded} of {total:?} bytes"))
    ///     .send_fn(|response| println!("saved: {}", response.is_success()))?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn on_upload(mut self, on_upload: impl FnMut(Progress) + 'static) -> Self {
        if self.parts.require_download("on_upload") {
            self.parts.require_upload_method();
            self.access = Some(&UPLOAD);
            Slots::set(&mut self.extras, Slot::Upload, Box::new(OnUpload(on_upload)));
        }
        self
    }
}

fn check(request: &mut RequestParts) -> Result<(), StartError> {
    if request.is_streamed {
        return Err(StartError::StreamNotAllowed { reason: option_rules::STREAM_OF_UPLOAD });
    }
    if !backend::fetch_upload_supported() {
        return Err(StartError::Unavailable {
            reason: "the host does not report uploads: remove `on_upload`, or use a browser",
        });
    }
    Ok(())
}

/// # Safety
/// As for `emscripten_fetch`.
unsafe fn start(
    attr: *mut emscripten_fetch_attr_t,
    url: *const c_char,
    _: &Flight,
) -> Result<*mut emscripten_fetch_t, Exception> {
    // Without a body there is nothing to report, and a listener would cause a CORS preflight.
    // SAFETY: the caller gives attributes.
    if unsafe { (*attr).requestDataSize } == 0 {
        // SAFETY: the caller's guarantee is the same.
        return unsafe { backend::start(attr, url) };
    }
    // SAFETY: the caller's guarantee is the same.
    unsafe { backend::start_upload(attr, url) }
}

/// # Safety
/// C calls it during a fetch that bridge/start.rs started.
unsafe extern "C-unwind" fn onprogress(fetch: *mut emscripten_fetch_t) {
    // SAFETY: the caller guarantees a live fetch; C does not touch it during its callback.
    let fetch = unsafe { &*fetch };
    // SAFETY: bridge/start.rs put it there; it is taken back in the terminal callback.
    let flight = unsafe { InFlight::borrow(fetch.userData) };
    let progress = Progress::new(fetch.dataOffset, fetch.totalBytes);
    // The body of the request leaves before the headers of the response arrive.
    if fetch.readyState < HEADERS_RECEIVED {
        flight.upload(progress);
    } else {
        flight.progress(progress);
    }
}
