//! Streams: [`Request::on_chunk`].
//!
//! Delivers the chunks of a body. Makes the end of a stream look like that of any other request.
#![allow(unsafe_code)]

use std::ffi::c_char;
use std::ops::ControlFlow;
use std::ptr::NonNull;
use std::rc::Rc;

use crate::flight::InFlight;
use crate::raw::snapshot::{final_url, is_lost, take_data};
use crate::raw::timeout;
use crate::request::{Access, BeforeEnd, Extra, Flight, RequestParts, Slot, Slots, option_rules};
use crate::response::Head;
use crate::sys::null_body_status::is_null_body_status;
use crate::sys::unwind::callback;
use crate::sys::{
    Callback, DONE, Exception, HEADERS_RECEIVED, Received, backend, emscripten_fetch_attr_t,
    emscripten_fetch_t,
};
use crate::{Body, Chunk, Headers, Outcome, Request, RequestString, StartError, panic};

/// A stream, and the part of the program that takes its chunks.
pub(crate) struct Stream<S>(pub(crate) S);

/// Takes the chunks of a stream.
pub(crate) trait Sink {
    /// The `onreadystatechange` of a stream that also takes the headers.
    const ONREADYSTATECHANGE: Option<Callback> = None;

    /// Called when the headers have arrived.
    fn head(&mut self, _: Head) {}

    fn chunk(&mut self, chunk: Chunk);

    /// Calls `start`, which starts the fetch.
    fn around_start(&mut self, start: &mut dyn FnMut()) {
        start();
    }
}

impl<F: FnMut(Chunk)> Sink for F {
    fn chunk(&mut self, chunk: Chunk) {
        self(chunk);
    }
}

impl<S: Sink> Extra for Stream<S> {
    fn check(&mut self, request: &mut RequestParts) {
        request.check(check);
    }

    fn blocking_conflict(&self) -> Option<&'static str> {
        Some("`on_chunk` cannot run while its thread is blocked: remove it")
    }

    fn set_callbacks(&self, attr: &mut emscripten_fetch_attr_t) {
        attr.onprogress = Some(callback(onprogress));
        attr.onreadystatechange = S::ONREADYSTATECHANGE.or(attr.onreadystatechange);
    }

    fn before_end(&self) -> Option<BeforeEnd> {
        Some(before_end)
    }

    fn around_start(&mut self, start: &mut dyn FnMut()) {
        self.0.around_start(start);
    }

    fn begun(&mut self, _: &Flight, id: u32) {
        if id != 0 {
            // SAFETY: that is the handle of a live fetch, a stream.
            unsafe { backend::guard_chunks(id) };
        }
    }

    fn head(&mut self, head: Head) {
        panic::catch(|| self.0.head(head));
    }

    fn chunk(&mut self, chunk: Chunk) -> ControlFlow<Outcome> {
        let mut flow = ControlFlow::Break(Outcome::Aborted);
        panic::catch(|| {
            self.0.chunk(chunk);
            flow = ControlFlow::Continue(());
        });
        flow
    }
}

/// The functions of a stream that has a gate.
pub(crate) static GATED: Access = Access {
    prepare: |_| (),
    start: start_gated,
    before_store: |_, _| false,
    complete: None,
    #[cfg(emscripten_threads)]
    elsewhere: None,
    was_stored: || false,
};

/// # Safety
/// As for `emscripten_fetch`.
unsafe fn start_gated(
    attr: *mut emscripten_fetch_attr_t,
    url: *const c_char,
    flight: &Flight,
) -> Result<*mut emscripten_fetch_t, Exception> {
    let mut started = Err(Exception { fetch: None });
    if let Some(flight) = flight.downcast_ref::<Rc<InFlight>>() {
        flight.with_extras(|extras| {
            // SAFETY: the caller's guarantee is the same.
            extras.around_start(&mut || started = unsafe { backend::start(attr, url) });
        });
    }
    started
}

impl Request {
    /// Streams the response: calls `on_chunk` with each chunk of its body as it arrives. The body
    /// is never in memory as a whole, and the handler's [`Response`](crate::Response) has none.
    /// Chunks come in order and without gaps, all of them before the handler is called. The native
    /// backend stops reading from the network while a few chunks wait.
    ///
    /// Chunks already delivered stay delivered. The handler's [`Outcome`] says whether the body was
    /// complete. If `on_chunk` panics or does not return, it is not called again, and the outcome
    /// is [`Aborted`](Outcome::Aborted).
    ///
    /// For the web, link the program with `-sFETCH_STREAMING` (Emscripten 4.0.21 or later). Streams
    /// use the browser's Fetch API in place of `XMLHttpRequest`: they cannot be combined with
    /// [`mime_type`](Self::mime_type), and send [`auth`](Self::auth) at once.
    ///
    /// ```no_run
    /// use std::io::Write;
    /// use fetch_runtime::{Chunk, Request};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mut file = std::fs::File::create("part")?;
    /// Request::get("https://example.com/level.pak")
    ///     .on_chunk(move |chunk: Chunk| {
    ///         if chunk.status() == 200 {
    ///             file.write_all(&chunk).expect("there is room");
    ///         }
    ///     })
    ///     .send_fn(|response| println!("complete: {}", response.is_success()))?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn on_chunk(mut self, on_chunk: impl FnMut(Chunk) + 'static) -> Self {
        if self.parts.require_download("on_chunk") {
            Slots::set(&mut self.extras, Slot::Stream, Box::new(Stream(on_chunk)));
        }
        self
    }
}

/// Refuses options that upstream's stream throws at, ignores, or treats differently from
/// `XMLHttpRequest`.
fn check(request: &mut RequestParts) -> Result<(), StartError> {
    check_can_stream(request)?;
    // Upstream's `setRequestHeader` replaces a value where the browser's appends.
    request.headers.join();
    request.is_streamed = true;
    check_auth(request)
}

/// Whether the program and the request's options allow a stream.
pub(crate) fn check_can_stream(request: &RequestParts) -> Result<(), StartError> {
    if !backend::fetch_streaming_supported() {
        return Err(StartError::StreamingNotSupported);
    }
    let reason = if request.is_method(option_rules::WITHOUT_RESPONSE_BODY) {
        "a HEAD request has no body"
    } else if request.operation.uses_cache() {
        option_rules::STREAM_OF_CACHE
    } else if request.mime_type.is_some() {
        option_rules::STREAM_OF_TYPE
    } else {
        return Ok(());
    };
    Err(StartError::StreamNotAllowed { reason })
}

/// Upstream's `open` makes a header of the user name and password. It throws at characters that are
/// not Latin-1.
fn check_auth(request: &mut RequestParts) -> Result<(), StartError> {
    let Some((user, password)) = &request.auth else { return Ok(()) };
    let is_latin1 =
        |text: &RequestString| text.as_str().chars().all(|character| character <= '\u{ff}');
    if user.as_str().is_empty() || !is_latin1(user) || !is_latin1(password) {
        return Err(StartError::InvalidAuth {
            reason: "with `on_chunk` the user name cannot be empty, and neither it nor the \
                     password can contain characters above U+00FF: \
                     add an `Authorization` header instead",
        });
    }
    if request.headers.names().any(|name| name.eq_ignore_ascii_case("Authorization")) {
        request.auth = None;
    }
    Ok(())
}

/// # Safety
/// C calls it during a fetch that bridge/start.rs started.
unsafe extern "C-unwind" fn onprogress(fetch: *mut emscripten_fetch_t) {
    // SAFETY: the caller guarantees a live fetch; C does not touch it during its callback.
    let fetch = unsafe { &mut *fetch };
    // SAFETY: bridge/start.rs put it there; it is taken back in the terminal callback.
    let flight = unsafe { InFlight::borrow(fetch.userData) };
    let offset = timeout::mark_chunk(fetch);
    let (body, is_lost) = match backend::take_chunk() {
        Some(Received::Bytes(bytes)) => (Body::new(bytes), false),
        Some(Received::Lost) => (Body::EMPTY, true),
        None => {
            let is_lost = is_lost(fetch);
            // Moved out: otherwise it would leak at the end.
            // SAFETY: the caller guarantees a live fetch.
            (unsafe { take_data(fetch) }, is_lost)
        }
    };
    if is_lost {
        flight.fail_stream(Outcome::OutOfMemory);
    } else if !body.is_empty() {
        let total = (fetch.totalBytes != 0).then_some(fetch.totalBytes);
        flight.chunk(Chunk { body, offset, total, status: fetch.status });
    }
}

/// An `onreadystatechange` that tells the stream of its headers.
///
/// # Safety
/// C calls it during a fetch that bridge/start.rs started.
pub(crate) unsafe extern "C-unwind" fn onreadystatechange(fetch: *mut emscripten_fetch_t) {
    let Some(mut pointer) = NonNull::new(fetch) else { return };
    // SAFETY: the caller guarantees a live fetch; C does not touch it during its callback.
    let fetch = unsafe { pointer.as_mut() };
    // SAFETY: bridge/start.rs put it there; it is taken back in the terminal callback.
    let flight = unsafe { InFlight::borrow(fetch.userData) };
    // SAFETY: it is live, and that of this request.
    unsafe { flight.on_ready_state_change(fetch) };
    if fetch.readyState == HEADERS_RECEIVED {
        let status = fetch.status;
        // SAFETY: it is live, and has a handle.
        let headers = Headers::from_raw(unsafe { backend::response_headers(pointer) });
        // SAFETY: it is live.
        let final_url = unsafe { final_url(pointer, || "") };
        flight.head(Head { status, headers, final_url });
    }
}

/// Leaves the struct as an `XMLHttpRequest` would have left it.
fn before_end(fetch: &mut emscripten_fetch_t, received_status: Option<u16>) {
    if fetch.readyState < DONE {
        // The stream broke: upstream has already decremented the keepalive counter, and will do so
        // again on close.
        backend::keep_alive(1);
        fetch.readyState = DONE;
        // Upstream reports a null-body response as an error, and puts the error's message into
        // statusText.
        fetch.status = received_status.filter(|status| is_null_body_status(*status)).unwrap_or(0);
        fetch.statusText[0] = 0;
    }
    // The last chunk poses as the body.
    // SAFETY: the trampoline has it from C, live and in its terminal callback.
    drop(unsafe { take_data(fetch) });
    fetch.numBytes = 0;
}
