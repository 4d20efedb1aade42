//! The cache, as requests use it: builder methods, keys, lookups.
#![allow(unsafe_code)]

use std::borrow::Cow;
use std::cell::Cell;
use std::ffi::{c_char, c_void};
use std::mem::ManuallyDrop;
use std::ptr;
use std::rc::Rc;

use crate::flight::InFlight;
use crate::request::validate::Invalid;
use crate::request::{Access, Flight, Operation, RequestParts};
use crate::sys::{Exception, backend, emscripten_fetch_attr_t, emscripten_fetch_t};
use crate::{CacheMode, Request, RequestString, StartError};

static CACHE: Access = Access {
    prepare,
    start,
    before_store,
    was_stored: backend::was_stored,
    complete: None,
    #[cfg(emscripten_threads)]
    elsewhere: Some(super::errand::send),
};

thread_local! {
    static NAMESPACE: Cell<Option<fn(&mut RequestParts)>> = const { Cell::new(None) };
}

/// Sets the function that puts the keys of this thread's requests into a namespace. A program
/// without a namespace does not link it.
pub(crate) fn set_namespace(apply: Option<fn(&mut RequestParts)>) {
    let _ = NAMESPACE.try_with(|namespace| namespace.set(apply));
}

impl Request {
    /// Stores the [`body`](Self::body) in the cache under `key`. A GET of that key with
    /// [`CacheMode::OnlyIfCached`] reads it again. The key is used exactly as written: it need not
    /// be a URL, and a relative URL is not resolved.
    pub fn idb_store(key: impl Into<RequestString>) -> Self {
        Self::record(Operation::Store, "EM_IDB_STORE", key.into())
    }

    /// Deletes the record that the cache has under `key`. It also succeeds if there is none.
    pub fn idb_delete(key: impl Into<RequestString>) -> Self {
        Self::record(Operation::Delete, "EM_IDB_DELETE", key.into())
    }

    fn record(operation: Operation, method: &'static str, key: RequestString) -> Self {
        let request = Self::from_operation(operation, Cow::Borrowed(method), key);
        Self { access: Some(&CACHE), ..request }
    }

    /// Sets the mode.
    #[inline(never)]
    pub(super) fn with_mode(mut self, mode: CacheMode) -> Self {
        if self.parts.require_download("cache") {
            self.parts.require_cacheable_method(mode);
            self.parts.operation = Operation::Download(mode);
            self.access = match mode {
                // An upload has functions of its own. Only the HTTP cache's complete responses.
                CacheMode::NoStore => self
                    .access
                    .filter(|access| !ptr::eq(*access, &CACHE) && access.complete.is_none()),
                _ => Some(&CACHE),
            };
        }
        self
    }

    /// Sets the key that the cache keeps the body under, in place of the absolute URL without its
    /// fragment. The key is used exactly as written. [Records](Self::idb_store) share the same
    /// keys.
    ///
    /// All programs of an origin share its cache. On the desktop, all programs with the same cache
    /// directory share it. Begin the key with the name of your program.
    ///
    /// ```
    /// use fetch_runtime::{CacheMode, Request};
    ///
    /// let request = Request::get("/level/1?token=7")
    ///     .cache(CacheMode::ForceCache)
    ///     .cache_key("my-game/level/1");
    /// # drop(request);
    /// ```
    pub fn cache_key(mut self, key: impl Into<RequestString>) -> Self {
        self.parts.require_download("cache_key");
        let key = key.into();
        if let Err(Invalid { reason, .. }) = key.check(|checks| checks.key) {
            let key = key.as_str().to_owned();
            self.parts.record_error(StartError::InvalidKey { key, reason });
        }
        self.parts.cache_key = Some(key);
        self
    }
}

/// Gives the request its keys.
///
/// A download goes to its absolute URL, because the base of a relative URL may change before the
/// lookup is over. The cache keeps it under that URL, unless it has a key of its own.
pub(super) fn prepare(request: &mut RequestParts) {
    request.check(resolve);
    if let Some(apply) = NAMESPACE.try_with(Cell::get).ok().flatten() {
        apply(request);
    }
}

fn resolve(request: &mut RequestParts) -> Result<(), StartError> {
    if !backend::fetch_cache_supported() {
        return Err(StartError::CacheNotSupported);
    }
    let Operation::Download(mode) = request.operation else {
        return match (request.operation, &request.body) {
            (Operation::Store, None) => {
                Err(StartError::MissingBody { key: request.url.as_str().to_owned() })
            }
            _ => Ok(()),
        };
    };
    if let Some(range) = request.headers.names().find(|name| name.eq_ignore_ascii_case("range")) {
        return Err(StartError::HeaderNotAllowed { name: range.to_owned(), mode });
    }
    if !request.operation.needs_network() {
        return Ok(());
    }
    // SAFETY: the request has the URL, a C string. It has been checked.
    let absolute = unsafe { backend::absolute_url(request.url.as_ptr()) };
    let absolute = absolute.ok_or(StartError::Exception)?;
    request.absolute_url =
        Some(RequestString::accepted(absolute)).filter(|absolute| *absolute != request.url);
    Ok(())
}

/// # Safety
/// As for `emscripten_fetch`.
unsafe fn start(
    attr: *mut emscripten_fetch_attr_t,
    url: *const c_char,
    flight: &Flight,
) -> Result<*mut emscripten_fetch_t, Exception> {
    let Some(flight) = flight.downcast_ref::<Rc<InFlight>>() else { return Ok(ptr::null_mut()) };
    let token = token(flight);
    // An `OnlyIfCached` request may mean a record, whose key is the string as written, or a
    // download, whose key is its absolute URL. The record is looked up first.
    let also_absolute = flight.read(|parts, _| {
        let is_ambiguous = !parts.operation.needs_network() && parts.cache_key.is_none();
        is_ambiguous.then(|| parts.namespace_len())
    });
    let also_absolute = also_absolute.flatten();
    // SAFETY: the caller's guarantee is the same; the token is given up by the last call of
    // `lookup`.
    unsafe { backend::start_cached(attr, url, also_absolute, lookup, token, flight.accepts()) }
}

/// # Safety
/// The fetch has a handle, and its `readyState` is `DONE`.
pub(super) unsafe fn before_store(flight: &Flight, fetch: &emscripten_fetch_t) -> bool {
    let Some(flight) = flight.downcast_ref::<InFlight>() else { return false };
    let stores = flight.operation().cache_mode().is_some_and(CacheMode::stores);
    if stores {
        // A response with another status is not the whole resource.
        let refuse = fetch.status != 200 || flight.refuses_received();
        // SAFETY: the caller's guarantee is the same.
        unsafe { backend::prepare_store(fetch.id, refuse) };
    }
    stores
}

/// A count of the flight for [`lookup`].
pub(super) fn token(flight: &Rc<InFlight>) -> *mut c_void {
    Rc::into_raw(Rc::clone(flight)).cast_mut().cast()
}

/// The number by which [`lookup`] is told that the bytes of a record are there.
pub(super) const COMPARE: f64 = -3.0;

/// The number by which [`lookup`] is asked whether the request is to end.
#[cfg(target_os = "emscripten")]
const ENDS: f64 = -4.0;

/// # Safety
/// `token` comes from [`token`]. It is not used after the call that ends the lookup.
pub(super) unsafe extern "C" fn lookup(token: *mut c_void, length: f64) -> usize {
    // SAFETY: `token` made it by `Rc::into_raw`.
    let flight = ManuallyDrop::new(unsafe { Rc::from_raw(token.cast_const().cast::<InFlight>()) });
    if length >= 0.0 {
        let (record, at) = backend::take_record(length);
        flight.on_record(record);
        return at;
    }
    #[cfg(target_os = "emscripten")]
    if length <= ENDS {
        return flight.forced_outcome().is_some().into();
    }
    if length <= COMPARE {
        return flight.refuses_record().into();
    }
    // The last use of the token.
    ManuallyDrop::into_inner(flight).on_lookup_end(length < -1.0).into()
}
