//! The C attributes of a request.

use std::ptr;

use super::trampoline;
use crate::request::Operation;
use crate::sys::unwind::callback;
use crate::sys::{
    EMSCRIPTEN_FETCH_LOAD_TO_MEMORY, EMSCRIPTEN_FETCH_STREAM_DATA, REQUEST_METHOD_SIZE,
    emscripten_fetch_attr_t,
};
use crate::{Credentials, Request, RequestBody, RequestString};

/// Makes the C view of a checked request, without `userData`. Its pointers stay valid as long as
/// the parts of the request, which the flight takes over: `emscripten_fetch` copies the strings,
/// and C reads the body until the terminal callback.
pub(super) fn attributes(request: &Request) -> emscripten_fetch_attr_t {
    let Request { parts, extras, .. } = request;
    let body = parts.body.as_ref().map_or(&[][..], RequestBody::as_slice);
    let (user_name, password) = match &parts.auth {
        Some((user, password)) => (user.as_ptr(), password.as_ptr()),
        None => (ptr::null(), ptr::null()),
    };
    let streams = if request.is_stream() { EMSCRIPTEN_FETCH_STREAM_DATA } else { 0 };
    let attributes = match parts.operation {
        Operation::Download(mode) => EMSCRIPTEN_FETCH_LOAD_TO_MEMORY | mode.flags() | streams,
        Operation::Store | Operation::Delete => 0,
    };
    let pointer = |text: &Option<RequestString>| text.as_ref().map_or(ptr::null(), |t| t.as_ptr());
    let mut attr = emscripten_fetch_attr_t {
        requestMethod: [0; REQUEST_METHOD_SIZE],
        userData: ptr::null_mut(),
        onsuccess: Some(callback(trampoline::onsuccess)),
        onerror: Some(callback(trampoline::onerror)),
        onprogress: None,
        onreadystatechange: Some(callback(trampoline::onreadystatechange)),
        attributes,
        timeoutMSecs: parts.timeout_ms,
        withCredentials: [u8::from(parts.credentials == Credentials::Include), 0, 0, 0],
        destinationPath: pointer(&parts.cache_key),
        userName: user_name,
        password,
        requestHeaders: parts.headers.as_ptr(),
        overriddenMimeType: pointer(&parts.mime_type),
        requestData: if body.is_empty() { ptr::null() } else { body.as_ptr().cast() },
        requestDataSize: body.len(),
    };
    if let Some(extras) = extras {
        extras.set_callbacks(&mut attr);
    }
    // The length of the method was checked. The last byte stays NUL.
    let method = attr.requestMethod[..REQUEST_METHOD_SIZE - 1].iter_mut();
    method.zip(parts.method.bytes()).for_each(|(to, from)| *to = from as _);
    attr
}
