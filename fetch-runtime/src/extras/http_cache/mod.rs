//! The HTTP cache: the modes [`CacheMode::NoCache`] and [`CacheMode::Default`], whose bodies are
//! stored with the headers that they came with.
#![allow(unsafe_code)]

mod control;
mod date;
mod entry;
mod freshness;
mod refresh;
mod validation;
mod vary;

use std::any::Any;
use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::mem::{self, ManuallyDrop};
use std::ptr::{self, NonNull};
use std::rc::Rc;
use std::time::Duration;

use control::Control;
use entry::Entry;
use freshness::Use;

use super::cache::{self, token};
use crate::flight::InFlight;
use crate::raw::snapshot::status_text;
#[cfg(emscripten_threads)]
use crate::request::Recipe;
use crate::request::{Access, Extra, Flight, RequestHeaders, RequestParts, Slot, Slots};
use crate::response::{FinalUrl, StatusText};
use crate::sys::{
    Decision, Exception, Received, backend, emscripten_fetch_attr_t, emscripten_fetch_t,
};
use crate::{
    Body, CacheMode, CacheStatus, Headers, Outcome, Request, RequestString, Response, StartError,
};

static HTTP_CACHE: Access = Access {
    prepare: |request| {
        cache::prepare(request);
        request.check(|request| refuse_conditions(request));
    },
    start,
    before_store,
    was_stored: backend::was_stored,
    complete: Some(complete),
    #[cfg(emscripten_threads)]
    elsewhere: Some(super::errand::send),
};

/// The headers by which a request is conditional.
const CONDITIONS: [&str; 5] =
    ["If-Match", "If-Modified-Since", "If-None-Match", "If-Range", "If-Unmodified-Since"];

impl Request {
    /// Has the HTTP cache's rules govern this request.
    #[inline(never)]
    pub(super) fn http_cache(self, mode: CacheMode) -> Self {
        let mut request = self.with_mode(mode);
        if request.parts.operation.cache_mode() == Some(mode) {
            request.access = Some(&HTTP_CACHE);
            Slots::set(&mut request.extras, Slot::HttpCache, Box::new(HttpCache::new(mode)));
        }
        request
    }
}

/// The cache makes a request conditional itself, and could not tell its own 304 from another.
pub(super) fn refuse_conditions(request: &RequestParts) -> Result<(), StartError> {
    let is_condition =
        |name: &&str| CONDITIONS.iter().any(|other| name.eq_ignore_ascii_case(other));
    match (request.headers.names().find(is_condition), request.operation.cache_mode()) {
        (Some(name), Some(mode)) => {
            Err(StartError::HeaderNotAllowed { name: name.to_owned(), mode })
        }
        _ => Ok(()),
    }
}

/// The state of a request that the HTTP cache's rules govern.
struct HttpCache {
    mode: CacheMode,
    /// When the request was sent, or the lookup began. In seconds since 1970.
    sent: u64,
    /// The URL that is requested.
    url: Option<RequestString>,
    /// The request's `Cache-Control`.
    control: Control,
    /// The entry that answers the request, or is validated.
    entry: Option<Entry>,
    /// The headers that the cache adds to the request: a line for each.
    conditions: CString,
    /// Whether the entry is the response.
    is_hit: bool,
    /// Whether the entry is used although it is stale.
    is_stale: bool,
    /// The request that validates the entry after its use.
    refresh: Option<Request>,
}

impl Extra for HttpCache {
    fn try_clone(&self) -> Option<Box<dyn Extra>> {
        Some(Box::new(Self::new(self.mode)))
    }

    fn state(&mut self) -> Option<&mut dyn Any> {
        Some(self)
    }

    #[cfg(emscripten_threads)]
    fn recipes(&self, add: &mut dyn FnMut(Recipe)) {
        let mode = self.mode;
        add((Slot::HttpCache, Box::new(move |_| Box::new(Self::new(mode)))));
    }
}

impl HttpCache {
    fn new(mode: CacheMode) -> Self {
        Self {
            mode,
            sent: 0,
            url: None,
            control: Control::default(),
            entry: None,
            conditions: CString::default(),
            is_hit: false,
            is_stale: false,
            refresh: None,
        }
    }

    /// The lookup begins.
    fn begin(&mut self, request: &RequestParts) {
        self.sent = backend::unix_time();
        self.url = Some(request.sent_url().clone());
        let control = request.headers.get("cache-control");
        self.control = Control::parse(&control.unwrap_or_default());
    }

    /// Decides what this entry is good for. The request can only be made conditional if `may_ask`
    /// is true.
    fn decide(&mut self, entry: Entry, request: &RequestParts, may_ask: bool) -> Decision {
        self.sent = backend::unix_time();
        // A page does not see the `Vary` of another origin.
        let is_selected = match may_ask || entry.has_vary() {
            true => entry.answers(&request.headers),
            false => request.auth.is_none() && entry.has_same_headers(&request.headers),
        };
        if !is_selected {
            return Decision::Forget;
        }
        let uses = match self.mode {
            // A redirect has a freshness of its own, which is not known.
            CacheMode::Default if !entry.is_redirected => entry.judge(&self.control, self.sent),
            _ => Use::Ask,
        };
        self.is_stale = uses != Use::Fresh;
        match uses {
            Use::Fresh | Use::Stale => {}
            Use::StaleWhileRevalidating => self.refresh = Some(refresh::request(request)),
            Use::Ask => {
                let conditions = match may_ask {
                    true => self.conditions(&entry, &request.headers),
                    false => String::new(),
                };
                // Without an entry, there is nothing to be used after an error, nor by a 304.
                if conditions.is_empty() && self.mode != CacheMode::Default {
                    return Decision::Forget;
                }
                self.conditions = CString::new(conditions).unwrap_or_default();
                self.entry = Some(entry);
                return Decision::Ask(self.conditions.as_ptr());
            }
        }
        self.entry = Some(entry);
        self.is_hit = true;
        Decision::Use
    }

    /// The entry counts as missing.
    fn forget(&mut self) {
        let (url, control) = (self.url.take(), mem::take(&mut self.control));
        *self = Self { sent: self.sent, url, control, ..Self::new(self.mode) };
    }

    fn conditions(&self, entry: &Entry, request: &RequestHeaders) -> String {
        let validators = [
            ("If-None-Match", validation::etag(&entry.headers)),
            ("If-Modified-Since", validation::last_modified(&entry.headers)),
        ];
        let mut lines = String::new();
        for (name, value) in validators {
            if let Some(value) = value {
                lines.extend([name, ": ", value, "\n"]);
            }
        }
        // As in the Fetch standard: caches on the way to the server are to ask, too.
        if self.mode == CacheMode::NoCache && request.get("cache-control").is_none() {
            lines.push_str("Cache-Control: max-age=0\n");
        }
        lines
    }

    /// Whether the request was made conditional.
    fn is_conditional(&self) -> bool {
        self.conditions.to_bytes().starts_with(b"If-")
    }

    /// The entry that is to be stored with the body of a 200, if that may be stored.
    ///
    /// # Safety
    /// `fetch` has a handle, and its `readyState` is `DONE`.
    unsafe fn new_entry(
        &self,
        fetch: &emscripten_fetch_t,
        request: &RequestParts,
    ) -> Option<Entry> {
        // SAFETY: the caller guarantees it.
        let headers = Headers::from_raw(unsafe { backend::response_headers(fetch.into()) });
        // SAFETY: the caller guarantees a handle.
        let final_url = unsafe { backend::loaded_url(fetch.id) }.unwrap_or_default();
        let times = [self.sent, backend::unix_time()];
        let text = status_text(fetch);
        let urls = (request.sent_url().as_str(), final_url);
        let entry = Entry::new(times, text.as_str(), urls, &request.headers, &headers);
        freshness::is_storable(&self.control, &entry.control()).then_some(entry)
    }

    /// The request is over, and this is the response so far.
    ///
    /// # Safety
    /// `fetch` is live, and in its terminal callback.
    unsafe fn complete(&mut self, fetch: NonNull<emscripten_fetch_t>, response: &mut Response) {
        let Some(entry) = self.entry.take() else { return };
        let now = backend::unix_time();
        match (response.outcome, response.status) {
            (Outcome::Success, _) if response.cache_status == CacheStatus::Hit => {
                let status = if self.is_stale { CacheStatus::Stale } else { CacheStatus::Hit };
                answer(response, entry, now, status);
            }
            (Outcome::HttpError, 304) if self.is_conditional() => {
                let headers = response.headers.take().unwrap_or_else(|| entry::lines(""));
                // SAFETY: the caller guarantees a live fetch.
                let id = unsafe { fetch.as_ref() }.id;
                // SAFETY: a response has a handle.
                let url = unsafe { backend::loaded_url(id) };
                // A redirect that has changed leads to another resource, whose 304 is its own.
                let is_same = url.is_some_and(|url| {
                    let is_requested =
                        || self.url.as_ref().is_some_and(|asked| asked.as_str() == url);
                    url == entry.final_url || !entry.is_redirected && is_requested()
                });
                if !is_same || !validation::confirms(&headers, &entry.headers) {
                    // The next request asks for the whole response.
                    // SAFETY: the caller guarantees it.
                    unsafe { backend::update_entry(fetch, None) };
                    response.headers = Some(headers);
                    return;
                }
                let varies_as_before = headers.get("vary").is_none_or(|vary| entry.varies_by(vary));
                let entry = entry.updated([self.sent, now], &headers);
                let may_be_kept =
                    varies_as_before && freshness::is_storable(&self.control, &entry.control());
                let text = may_be_kept.then(|| entry.text());
                // SAFETY: the caller guarantees it.
                unsafe { backend::update_entry(fetch, text.as_deref()) };
                // SAFETY: the caller guarantees it.
                unsafe { use_stored(fetch, response) };
                answer(response, entry, now, CacheStatus::Revalidated);
            }
            (Outcome::HttpError, 500 | 502..=504) | (Outcome::NetworkError, _)
                if self.mode == CacheMode::Default
                    && entry.may_be_used_after_error(&self.control, now) =>
            {
                // SAFETY: the caller guarantees it.
                unsafe { use_stored(fetch, response) };
                answer(response, entry, now, CacheStatus::Stale);
            }
            // The conditions may be the cause: a redirect to another origin refuses them. And the
            // resource may be gone.
            (Outcome::NetworkError, _) | (Outcome::HttpError, 404 | 410)
                if self.is_conditional() =>
            {
                // SAFETY: the caller guarantees it.
                unsafe { backend::update_entry(fetch, None) };
            }
            _ => {}
        }
    }
}

/// Puts the stored body into the response.
///
/// # Safety
/// `fetch` is live, in its terminal callback, and the decision was to ask.
unsafe fn use_stored(fetch: NonNull<emscripten_fetch_t>, response: &mut Response) {
    // SAFETY: the caller guarantees it.
    let stored = unsafe { backend::take_entry(fetch) };
    (response.outcome, response.body) = match stored {
        Received::Bytes(bytes) => (Outcome::Success, Body::new(bytes)),
        Received::Lost => (Outcome::OutOfMemory, Body::EMPTY),
    };
    #[cfg(not(target_os = "emscripten"))]
    {
        response.cause = None;
    }
}

/// Makes this the response that was stored.
fn answer(response: &mut Response, entry: Entry, now: u64, status: CacheStatus) {
    response.cache_status = status;
    response.age = entry.age(now).map(Duration::from_secs);
    response.status = 200;
    response.status_text = StatusText::of(&entry.status_text);
    response.final_url = match CString::new(entry.final_url) {
        Ok(url) if url.as_bytes() == response.url().as_bytes() => FinalUrl::Same,
        Ok(url) if !url.is_empty() => FinalUrl::Other(url),
        _ => FinalUrl::Unknown,
    };
    response.headers = Some(entry.headers);
}

/// Gives access to the state of a request.
fn with_state<R>(flight: &InFlight, access: impl FnOnce(&mut HttpCache) -> R) -> Option<R> {
    flight.with_extras(|extras| Some(access(extras.state()?.downcast_mut()?))).flatten()
}

/// # Safety
/// As for `emscripten_fetch`.
unsafe fn start(
    attr: *mut emscripten_fetch_attr_t,
    url: *const c_char,
    flight: &Flight,
) -> Result<*mut emscripten_fetch_t, Exception> {
    let Some(flight) = flight.downcast_ref::<Rc<InFlight>>() else { return Ok(ptr::null_mut()) };
    let mode = with_state(flight, |state| {
        flight.with_parts(|request| state.begin(request));
        state.mode
    });
    let mode = mode.unwrap_or_default();
    let (token, accepts) = (token(flight), flight.accepts());
    // SAFETY: the caller's guarantee is the same; the token is given up by the last call of
    // `lookup`, and `decide` is not called after that.
    unsafe { backend::start_with_entry(attr, url, mode, lookup, decide, token, accepts) }
}

/// As that of the other modes. A body that the request asks about is compared first: it is refused,
/// or with 2 there is no memory to compare it. Then it counts as missing.
///
/// # Safety
/// As for [`cache::lookup`].
unsafe extern "C" fn lookup(token: *mut c_void, length: f64) -> usize {
    if length != cache::COMPARE {
        // SAFETY: the caller guarantees it.
        return unsafe { cache::lookup(token, length) };
    }
    // SAFETY: `start` made it by `Rc::into_raw`, and `cache::lookup` gives it up.
    let flight = ManuallyDrop::new(unsafe { Rc::from_raw(token.cast_const().cast::<InFlight>()) });
    let is_hit = with_state(&flight, |state| state.is_hit).unwrap_or_default();
    let result = match flight.refuses_record() {
        true => 1,
        false if is_hit => 0,
        // The backend keeps the body.
        false => match flight.take_received() {
            Some(Received::Lost) => 2,
            _ => 0,
        },
    };
    if result > 0 {
        with_state(&flight, HttpCache::forget);
    }
    result
}

/// Called if the lookup has found an entry.
///
/// # Safety
/// `token` comes from [`start`], and `lookup` has not ended. `text` is a live C string.
unsafe extern "C" fn decide(
    token: *mut c_void,
    text: *const c_char,
    may_ask: c_int,
) -> *const c_char {
    // SAFETY: `start` made it by `Rc::into_raw`, and `lookup` gives it up.
    let flight = ManuallyDrop::new(unsafe { Rc::from_raw(token.cast_const().cast::<InFlight>()) });
    // SAFETY: the caller guarantees a C string.
    let text = unsafe { CStr::from_ptr(text) }.to_str();
    let Some(entry) = text.ok().and_then(Entry::read) else { return Decision::Forget.to_c() };
    with_state(&flight, |state| {
        flight.with_parts(|request| state.decide(entry, request, may_ask != 0))
    })
    .flatten()
    .unwrap_or(Decision::Forget)
    .to_c()
}

/// # Safety
/// The fetch has a handle, and its `readyState` is `DONE`.
unsafe fn before_store(flight: &Flight, fetch: &emscripten_fetch_t) -> bool {
    let is_kept = |flight: &&InFlight| fetch.status == 200 && !flight.refuses_received();
    let entry = flight.downcast_ref::<InFlight>().filter(is_kept);
    let entry = entry.map(|flight| {
        let entry = with_state(flight, |state| {
            // SAFETY: the caller's guarantee is the same.
            flight.with_parts(|request| unsafe { state.new_entry(fetch, request) })
        });
        entry.flatten().flatten().map(|entry| entry.text())
    });
    // SAFETY: the caller's guarantee is the same.
    unsafe { backend::keep_entry(fetch.id, entry.flatten().as_deref()) };
    true
}

/// # Safety
/// `fetch` is live, and in its terminal callback.
unsafe fn complete(flight: &Flight, fetch: NonNull<emscripten_fetch_t>, response: &mut Response) {
    let Some(flight) = flight.downcast_ref::<InFlight>() else { return };
    let refresh = with_state(flight, |state| {
        // SAFETY: the caller's guarantee is the same.
        unsafe { state.complete(fetch, response) };
        state.refresh.take()
    });
    if let Some(mut request) = refresh.flatten() {
        flight.pass_integrity(&mut request);
        #[cfg(emscripten_threads)]
        if let Some(begin) = flight.guest() {
            return refresh::start_guest_later(request, begin);
        }
        refresh::start_later(request);
    }
}
