//! The C attributes of a request: `emscripten_fetch_attr_t` with its storage.

use std::ffi::{c_char, c_void};
use std::ptr;

use super::trampoline;
use crate::request::Operation;
use crate::sys::unwind::callback;
use crate::sys::{
    EMSCRIPTEN_FETCH_LOAD_TO_MEMORY, EMSCRIPTEN_FETCH_STREAM_DATA, EMSCRIPTEN_FETCH_SYNCHRONOUS,
    REQUEST_METHOD_SIZE, emscripten_fetch_attr_t,
};
use crate::{Credentials, Request, RequestBody, RequestString};

/// The C view of a request. `emscripten_fetch` copies all of it but the body: its strings have to
/// live for that call, the body until the terminal callback.
pub(super) struct Attr {
    raw: emscripten_fetch_attr_t,
    pub(super) url: *const c_char,
    /// The key to look up if the cache has nothing under the first one, or null.
    pub(super) second_key: *const c_char,
    /// What `requestHeaders` points at: name, value, name, value, …, null.
    _headers: Vec<*const c_char>,
}

impl Attr {
    /// Makes the C view of a checked request. The flight takes over the parts of the request; their
    /// addresses stay the same.
    pub(super) fn new(request: &Request) -> Self {
        let Request { parts, extras, .. } = request;
        let body = parts.body.as_ref().map_or(&[][..], RequestBody::as_slice);
        let headers = header_pointers(&parts.headers);
        let (user_name, password) = match &parts.auth {
            Some((user, password)) => (user.as_ptr(), password.as_ptr()),
            None => (ptr::null(), ptr::null()),
        };
        let streams = if request.is_stream() { EMSCRIPTEN_FETCH_STREAM_DATA } else { 0 };
        let attributes = match parts.operation {
            Operation::Download(mode) => EMSCRIPTEN_FETCH_LOAD_TO_MEMORY | mode.flags() | streams,
            Operation::Store | Operation::Delete => 0,
        };
        let raw = emscripten_fetch_attr_t {
            requestMethod: method(&parts.method),
            userData: ptr::null_mut(),
            onsuccess: Some(callback(trampoline::onsuccess)),
            onerror: Some(callback(trampoline::onerror)),
            onprogress: extras.as_ref().and_then(|extras| extras.onprogress()),
            onreadystatechange: Some(callback(trampoline::onreadystatechange)),
            attributes,
            timeoutMSecs: parts.timeout_ms,
            withCredentials: [u8::from(parts.credentials == Credentials::Include), 0, 0, 0],
            destinationPath: pointer(parts.cache_key.as_ref()),
            userName: user_name,
            password,
            requestHeaders: if headers.is_empty() { ptr::null() } else { headers.as_ptr() },
            overriddenMimeType: pointer(parts.mime_type.as_ref()),
            requestData: if body.is_empty() { ptr::null() } else { body.as_ptr().cast() },
            requestDataSize: body.len(),
        };
        Self {
            raw,
            url: parts.sent_url().as_ptr(),
            second_key: pointer(parts.second_key()),
            _headers: headers,
        }
    }

    /// Makes the request synchronous: `emscripten_fetch` waits for it.
    pub(super) fn set_synchronous(&mut self) {
        self.raw.attributes |= EMSCRIPTEN_FETCH_SYNCHRONOUS;
        self.raw.onreadystatechange = Some(callback(trampoline::onreadystatechange_done));
    }

    /// Sets `userData`, and returns the pointer for `emscripten_fetch`.
    pub(super) fn with(&mut self, user_data: *mut c_void) -> *mut emscripten_fetch_attr_t {
        self.raw.userData = user_data;
        &mut self.raw
    }
}

fn header_pointers(headers: &[(RequestString, RequestString)]) -> Vec<*const c_char> {
    if headers.is_empty() {
        return Vec::new();
    }
    // Sized up front: `push` would link the growth path of `Vec`.
    let mut all = vec![ptr::null(); 2 * headers.len() + 1];
    for (pair, (name, value)) in all.chunks_exact_mut(2).zip(headers) {
        pair.copy_from_slice(&[name.as_ptr(), value.as_ptr()]);
    }
    all
}

fn pointer(text: Option<&RequestString>) -> *const c_char {
    text.map_or(ptr::null(), RequestString::as_ptr)
}

/// The method and the NUL after it; its length was checked.
fn method(text: &str) -> [c_char; REQUEST_METHOD_SIZE] {
    let mut method = [0; REQUEST_METHOD_SIZE];
    for (to, from) in method[..REQUEST_METHOD_SIZE - 1].iter_mut().zip(text.bytes()) {
        *to = from as c_char;
    }
    method
}
