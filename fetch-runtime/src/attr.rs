//! Turns a request into `emscripten_fetch_attr_t` and the storage behind it.

use std::ffi::{c_char, c_void};
use std::ptr;

use crate::outcome::Asked;
use crate::sys::{
    Callback, EMSCRIPTEN_FETCH_LOAD_TO_MEMORY, EMSCRIPTEN_FETCH_STREAM_DATA,
    EMSCRIPTEN_FETCH_SYNCHRONOUS, REQUEST_METHOD_SIZE, emscripten_fetch_attr_t,
};
use crate::trampoline::{self, callback};
use crate::{Credentials, Request, RequestBody, RequestString};

/// The C view of a request. `emscripten_fetch` copies all of it but the body: its strings have to
/// live for that call, the body until the terminal callback. (Where a request's parts are moved to,
/// their bytes stay where they are.)
pub(crate) struct Attr {
    raw: emscripten_fetch_attr_t,
    pub(crate) url: *const c_char,
    /// What `requestHeaders` points at: name, value, name, value, …, null.
    _headers: Vec<*const c_char>,
}

/// What is different for every handler.
pub(crate) struct Terminal {
    pub onsuccess: Callback,
    pub onerror: Callback,
    pub user_data: *mut c_void,
}

impl Attr {
    /// Without its [`Terminal`] part.
    pub(crate) fn new(request: &Request) -> Self {
        let body = request.body.as_ref().map_or(&[][..], RequestBody::as_slice);
        let headers = header_pointers(&request.headers);
        let (user_name, password) = match &request.auth {
            Some((user, password)) => (user.as_ptr(), password.as_ptr()),
            None => (ptr::null(), ptr::null()),
        };
        let streams = if request.stream.is_some() { EMSCRIPTEN_FETCH_STREAM_DATA } else { 0 };
        let attributes = match request.asked {
            Asked::Download(mode) => EMSCRIPTEN_FETCH_LOAD_TO_MEMORY | mode.flags() | streams,
            Asked::Store | Asked::Delete => 0,
        };
        let raw = emscripten_fetch_attr_t {
            requestMethod: method(&request.method),
            userData: ptr::null_mut(),
            onsuccess: None,
            onerror: None,
            onprogress: request.onprogress,
            onreadystatechange: Some(callback(trampoline::onreadystatechange)),
            attributes,
            timeoutMSecs: request.timeout_ms,
            withCredentials: [u8::from(request.credentials == Credentials::Include), 0, 0, 0],
            destinationPath: pointer(request.cache_key.as_ref()),
            userName: user_name,
            password,
            requestHeaders: if headers.is_empty() { ptr::null() } else { headers.as_ptr() },
            overriddenMimeType: pointer(request.mime_type.as_ref()),
            requestData: if body.is_empty() { ptr::null() } else { body.as_ptr().cast() },
            requestDataSize: body.len(),
        };
        let url =
            request.absolute.as_ref().filter(|_| request.opens_its_url()).unwrap_or(&request.url);
        Self { raw, url: url.as_ptr(), _headers: headers }
    }

    /// Makes it one that `emscripten_fetch` waits for.
    pub(crate) fn synchronous(mut self) -> Self {
        self.raw.attributes |= EMSCRIPTEN_FETCH_SYNCHRONOUS;
        self.raw.onreadystatechange = Some(callback(trampoline::onreadystatechange_done));
        self
    }

    /// For `emscripten_fetch`.
    pub(crate) fn with(&mut self, terminal: Terminal) -> *mut emscripten_fetch_attr_t {
        self.raw.onsuccess = Some(terminal.onsuccess);
        self.raw.onerror = Some(terminal.onerror);
        self.raw.userData = terminal.user_data;
        &mut self.raw
    }
}

fn header_pointers(headers: &[(RequestString, RequestString)]) -> Vec<*const c_char> {
    if headers.is_empty() {
        return Vec::new();
    }
    // Nothing is pushed, which is more code.
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
