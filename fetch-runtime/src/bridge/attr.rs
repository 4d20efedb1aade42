//! The C attributes of a request.

use std::ffi::c_char;
use std::ptr;

use super::trampoline;
use crate::request::{Extras, Operation, RequestParts};
use crate::sys::unwind::callback;
use crate::sys::{
    EMSCRIPTEN_FETCH_LOAD_TO_MEMORY, EMSCRIPTEN_FETCH_STREAM_DATA, REQUEST_METHOD_SIZE, backend,
    emscripten_fetch_attr_t,
};
use crate::{Credentials, RequestBody, RequestString};

/// Makes the C view of a checked request, without `userData`, and of its URL. The pointers stay
/// valid as long as the parts, which the flight has: `emscripten_fetch` copies the strings, and C
/// reads the body until the terminal callback.
pub(super) fn attributes(
    parts: &RequestParts,
    extras: &Extras,
) -> (emscripten_fetch_attr_t, *const c_char) {
    let body = parts.body.as_ref().map_or(&[][..], RequestBody::as_slice);
    let (user_name, password) = match &parts.auth {
        Some((user, password)) => (user.as_ptr(), password.as_ptr()),
        None => (ptr::null(), ptr::null()),
    };
    let streams = if parts.is_streamed { EMSCRIPTEN_FETCH_STREAM_DATA } else { 0 };
    let attributes = match parts.operation {
        Operation::Download(mode) => EMSCRIPTEN_FETCH_LOAD_TO_MEMORY | mode.flags() | streams,
        Operation::Store | Operation::Delete => 0,
    };
    let pointer = |text: Option<&RequestString>| text.map_or(ptr::null(), RequestString::as_ptr);
    let mut attr = emscripten_fetch_attr_t {
        requestMethod: [0; REQUEST_METHOD_SIZE],
        userData: ptr::null_mut(),
        onsuccess: Some(callback(trampoline::onsuccess)),
        onerror: Some(callback(trampoline::onerror)),
        onprogress: None,
        onreadystatechange: Some(callback(trampoline::onreadystatechange)),
        attributes: attributes | backend::OWN,
        timeoutMSecs: parts.timeout_ms,
        withCredentials: [u8::from(parts.credentials == Credentials::Include), 0, 0, 0],
        destinationPath: pointer(parts.sent_key()),
        userName: user_name,
        password,
        requestHeaders: parts.headers.as_ptr(),
        overriddenMimeType: pointer(parts.mime_type.as_ref()),
        requestData: if body.is_empty() { ptr::null() } else { body.as_ptr().cast() },
        requestDataSize: body.len(),
    };
    if let Some(extras) = extras {
        extras.set_callbacks(&mut attr);
    }
    // The length of the method was checked. The last byte stays NUL.
    let method = attr.requestMethod[..REQUEST_METHOD_SIZE - 1].iter_mut();
    method.zip(parts.method.bytes()).for_each(|(to, from)| *to = from as _);
    (attr, parts.sent_url().as_ptr())
}
