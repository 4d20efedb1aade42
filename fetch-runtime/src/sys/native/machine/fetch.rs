//! A fetch in memory: the struct that C sees, and the fields behind it that C does not see.
#![allow(unsafe_code)]

use std::ffi::{CStr, CString, c_char, c_void};
use std::ptr::NonNull;
use std::time::Duration;
use std::{ptr, slice};

use super::c_string::{cut, pairs, text};
use super::event::{Cause, Entry, FetchId};
use crate::sys::Accepts;
use crate::sys::abi::{
    Callback, EMSCRIPTEN_FETCH_LOAD_TO_MEMORY, EMSCRIPTEN_FETCH_PERSIST_FILE,
    EMSCRIPTEN_FETCH_STREAM_DATA, EMSCRIPTEN_FETCH_SYNCHRONOUS, STATUS_TEXT_SIZE,
    emscripten_fetch_attr_t, emscripten_fetch_t,
};
use crate::sys::cache_mode::CacheMode;

pub(super) const STORE: &str = "EM_IDB_STORE";
pub(super) const DELETE: &str = "EM_IDB_DELETE";

/// A pointer to it is a pointer to its first field, the struct that C sees.
#[repr(C)]
pub(crate) struct Fetch {
    pub(crate) abi: emscripten_fetch_t,
    pub(crate) id: FetchId,
    /// The handle that it was given. The program can overwrite the one that it sees.
    pub(crate) handle: u32,
    pub(crate) attributes: Attributes,
    pub(crate) response_url: Option<CString>,
    pub(crate) lookup: Option<Lookup>,
    /// The cause of its network error.
    pub(crate) cause: Option<Cause>,
    /// The entry that the cache has for it, until its end.
    pub(crate) entry: Option<Entry>,
}

/// A copy of `emscripten_fetch_attr_t`, and the extras.
pub(crate) struct Attributes {
    pub(crate) method: String,
    pub(crate) onsuccess: Option<Callback>,
    pub(crate) onerror: Option<Callback>,
    pub(crate) onprogress: Option<Callback>,
    pub(crate) onreadystatechange: Option<Callback>,
    pub(crate) flags: u32,
    pub(crate) timeout_ms: u32,
    pub(crate) with_credentials: bool,
    pub(crate) destination_path: Option<String>,
    pub(crate) second_key: Option<String>,
    pub(crate) accepts: Option<Accepts>,
    /// Its downloads count towards the budget. Those of fetches that C code starts do not.
    pub(crate) counts: bool,
    pub(crate) entry_lookup: Option<EntryLookup>,
    pub(crate) parts: Option<PartsTag>,
    pub(crate) user_name: Option<String>,
    pub(crate) password: Option<String>,
    /// Has an effect in browsers alone. A script records it.
    #[cfg(feature = "script")]
    pub(crate) mime_type: Option<String>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) reports_upload: bool,
    has_synchronous_timeout: bool,
    request_data: *const c_char,
    request_data_size: usize,
}

/// Arguments that `emscripten_fetch` does not have.
#[derive(Default)]
pub(crate) struct Extras {
    /// A key that a lookup tries when it finds nothing under the first one.
    pub(crate) second_key: Option<String>,
    pub(crate) lookup: Option<Lookup>,
    /// Says which records and bodies the cache may have. `None` for all of them.
    pub(crate) accepts: Option<Accepts>,
    pub(crate) entry_lookup: Option<EntryLookup>,
    /// The cache keeps the parts of the body under this tag.
    pub(crate) parts: Option<PartsTag>,
    /// The timeout of a synchronous fetch counts. Upstream ignores it.
    pub(crate) has_synchronous_timeout: bool,
    /// `onprogress` is called as the request's body leaves, too. Upstream does not report that.
    pub(crate) reports_upload: bool,
}

/// Tells the download that keeps its parts from all others of the same key.
pub(crate) type PartsTag = u64;

/// The function to call when a lookup in the cache has ended, and its first argument.
#[derive(Clone, Copy)]
pub(crate) struct Lookup {
    pub(crate) ended: crate::sys::Lookup,
    pub(crate) token: *mut c_void,
}

/// The function that decides what an entry is good for, its first argument, and the request's mode.
#[derive(Clone, Copy)]
pub(crate) struct EntryLookup {
    pub(crate) decide: crate::sys::Decide,
    pub(crate) token: *mut c_void,
    #[cfg_attr(not(feature = "script"), allow(dead_code))]
    pub(crate) mode: CacheMode,
}

impl Attributes {
    /// # Safety
    /// `attr` and its strings are live.
    unsafe fn copy(attr: &emscripten_fetch_attr_t, extras: Extras) -> Self {
        let bytes = attr.requestMethod.map(|byte| byte as u8);
        let method = bytes.split(|&byte| byte == 0).next().unwrap_or_default();
        Self {
            method: String::from_utf8_lossy(method).into_owned(),
            onsuccess: attr.onsuccess,
            onerror: attr.onerror,
            onprogress: attr.onprogress,
            onreadystatechange: attr.onreadystatechange,
            flags: attr.attributes,
            timeout_ms: attr.timeoutMSecs,
            with_credentials: attr.withCredentials[0] != 0,
            // SAFETY: the caller guarantees live strings.
            destination_path: unsafe { text(attr.destinationPath) },
            second_key: extras.second_key,
            accepts: extras.accepts,
            counts: extras.lookup.is_some(),
            entry_lookup: extras.entry_lookup,
            parts: extras.parts,
            // SAFETY: the caller guarantees live strings.
            user_name: unsafe { text(attr.userName) },
            // SAFETY: the caller guarantees live strings.
            password: unsafe { text(attr.password) },
            #[cfg(feature = "script")]
            // SAFETY: the caller guarantees live strings.
            mime_type: unsafe { text(attr.overriddenMimeType) },
            // SAFETY: the caller guarantees live strings.
            headers: unsafe { pairs(attr.requestHeaders) },
            reports_upload: extras.reports_upload,
            has_synchronous_timeout: extras.has_synchronous_timeout,
            request_data: attr.requestData,
            request_data_size: attr.requestDataSize,
        }
    }

    pub(crate) fn has(&self, flag: u32) -> bool {
        self.flags & flag != 0
    }

    pub(crate) fn loads_to_memory(&self) -> bool {
        self.has(EMSCRIPTEN_FETCH_LOAD_TO_MEMORY)
    }

    pub(crate) fn streams(&self) -> bool {
        self.has(EMSCRIPTEN_FETCH_STREAM_DATA)
    }

    pub(crate) fn is_synchronous(&self) -> bool {
        self.has(EMSCRIPTEN_FETCH_SYNCHRONOUS)
    }

    pub(crate) fn persists(&self) -> bool {
        self.has(EMSCRIPTEN_FETCH_PERSIST_FILE)
    }

    /// `None` if there is no timeout, or if upstream ignores it.
    pub(crate) fn timeout(&self) -> Option<Duration> {
        let is_ignored = self.is_synchronous() && !self.has_synchronous_timeout;
        (self.timeout_ms > 0 && !is_ignored).then(|| Duration::from_millis(self.timeout_ms.into()))
    }

    pub(crate) fn auth(&self) -> Option<(String, String)> {
        match (&self.user_name, &self.password) {
            (None, None) => None,
            (user, password) => {
                Some((user.clone().unwrap_or_default(), password.clone().unwrap_or_default()))
            }
        }
    }

    /// The length of the request's body.
    pub(crate) fn request_data_size(&self) -> u64 {
        self.request_data_size as u64
    }

    /// The request's body. The program owns it, and keeps it until the terminal callback.
    ///
    /// # Safety
    /// The terminal callback has not been called.
    pub(crate) unsafe fn request_data(&self) -> Option<&[u8]> {
        if self.request_data.is_null() || self.request_data_size == 0 {
            return None;
        }
        // SAFETY: the caller of `emscripten_fetch` guarantees that many bytes until the terminal
        // callback.
        Some(unsafe { slice::from_raw_parts(self.request_data.cast(), self.request_data_size) })
    }
}

impl Fetch {
    /// # Safety
    /// `attr`, its strings and `url` are live.
    pub(crate) unsafe fn new(
        attr: &emscripten_fetch_attr_t,
        url: *const c_char,
        extras: Extras,
        id: FetchId,
    ) -> Box<Self> {
        let lookup = extras.lookup;
        // SAFETY: the caller guarantees a live string.
        let url = unsafe { CStr::from_ptr(url) };
        Box::new(Self {
            abi: emscripten_fetch_t {
                id: 0,
                userData: attr.userData,
                url: url.to_owned().into_raw(),
                data: ptr::null(),
                numBytes: 0,
                dataOffset: 0,
                totalBytes: 0,
                readyState: 0,
                status: 0,
                statusText: [0; STATUS_TEXT_SIZE],
            },
            id,
            handle: 0,
            // SAFETY: the caller guarantees live strings.
            attributes: unsafe { Attributes::copy(attr, extras) },
            response_url: None,
            lookup,
            cause: None,
            entry: None,
        })
    }

    pub(crate) fn free_data(&mut self) {
        let data = std::mem::replace(&mut self.abi.data, ptr::null());
        // SAFETY: `data` is null or from malloc, and a program that moves it out stores null.
        unsafe { libc::free(data.cast_mut().cast()) };
    }

    pub(crate) fn url(&self) -> String {
        // SAFETY: `new` made it; the program does not write to it.
        unsafe { CStr::from_ptr(self.abi.url) }.to_string_lossy().into_owned()
    }

    /// The method and the URL.
    pub(crate) fn name(&self) -> String {
        let method = &self.attributes.method;
        let method = match method.strip_prefix("EM_").unwrap_or(method) {
            "" => "GET",
            method => method,
        };
        format!("{method} {}", self.url())
    }

    /// Whether it is neither the store nor the deletion of a record.
    pub(crate) fn is_download(&self) -> bool {
        self.attributes.method != STORE && self.attributes.method != DELETE
    }

    pub(crate) fn cache_key(&self) -> String {
        self.attributes.destination_path.clone().unwrap_or_else(|| self.url())
    }

    /// A text that does not fit is cut between characters, as `stringToUTF8` does.
    pub(crate) fn set_status_text(&mut self, text: &str) {
        let text = cut(text, STATUS_TEXT_SIZE - 1);
        for (to, from) in self.abi.statusText.iter_mut().zip(text.bytes().chain([0])) {
            *to = from as c_char;
        }
    }
}

/// A fetch that is not over. The machine owns it until then.
pub(crate) struct InFlight(NonNull<Fetch>);

impl InFlight {
    pub(crate) fn new(fetch: Box<Fetch>) -> Self {
        Self(NonNull::from(Box::leak(fetch)))
    }

    pub(crate) fn pointer(&self) -> NonNull<Fetch> {
        self.0
    }

    /// Leaves it to the program, which has to close it.
    pub(crate) fn release(self) {
        std::mem::forget(self);
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        // SAFETY: `new` leaked it, and it was not released to the program, which might have freed
        // it.
        drop(unsafe { Box::from_raw(self.0.as_ptr()) });
    }
}

impl Drop for Fetch {
    fn drop(&mut self) {
        self.free_data();
        // SAFETY: `new` made it by `into_raw`, and C sees it as const.
        drop(unsafe { CString::from_raw(self.abi.url.cast_mut()) });
    }
}
