//! Tells the page of an error that no user code has caught.

#[cfg(panic = "unwind")]
pub(crate) use goes_on::report_error;

#[cfg(not(panic = "unwind"))]
pub(crate) use throws::report_error;

/// As a browser reports an exception in a JS event handler: by an `error` event of the page or worker, and in its console.
/// The program goes on.
#[cfg(panic = "unwind")]
mod goes_on {
    use core::ffi::{c_char, c_int};

    em_js! {
        __em_js__fetch_runtime_report: "const char* text,int length" "{\
            try{\
                reportError(Error('fetch-runtime: '+UTF8ToString(text,length)))\
            }catch(e){}\
        }" => fn fetch_runtime_report(text: *const c_char, length: c_int) -> ();
    }

    /// Hosts without `reportError` (Node) hear nothing: stderr has it.
    pub(crate) fn report_error(text: &str) {
        let length = c_int::try_from(text.len()).unwrap_or(c_int::MAX);
        // SAFETY: it reads so many bytes at most, and no exception of JS leaves it.
        unsafe { fetch_runtime_report(text.as_ptr().cast(), length) };
    }
}

/// Where a panic aborts, only an error that a handler has returned comes here. JS of our own would be in every program;
/// upstream's comes with programs that use it.
#[cfg(not(panic = "unwind"))]
mod throws {
    use core::ffi::c_void;

    use super::super::emscripten_set_timeout;

    unsafe extern "C" {
        /// Its argument is a C string.
        fn emscripten_throw_string(text: *mut c_void);
    }

    /// An uncaught exception, thrown from the event loop; stderr has the text.
    pub(crate) fn report_error(_: &str) {
        let text = c"fetch-runtime: a handler has returned an error".as_ptr();
        // SAFETY: the function takes a C string, which is static, and only the event loop is on the stack when it throws.
        unsafe { emscripten_set_timeout(emscripten_throw_string, 0.0, text.cast_mut().cast()) };
    }
}
