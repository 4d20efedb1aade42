//! Emscripten's main loop.

use core::ffi::c_int;

unsafe extern "C-unwind" {
    fn emscripten_set_main_loop(
        frame: extern "C-unwind" fn(),
        fps: c_int,
        simulate_infinite_loop: bool,
    );
    fn emscripten_cancel_main_loop();
}

/// Has `frame` called once per frame of the display, from the event loop.
pub(crate) fn set_main_loop(frame: extern "C-unwind" fn()) {
    // SAFETY: `frame` may be called at any time. An fps of 0 means the display's frame rate.
    unsafe { emscripten_set_main_loop(frame, 0, false) };
}

/// Ends the main loop.
pub(crate) fn cancel_main_loop() {
    // SAFETY: it has no conditions.
    unsafe { emscripten_cancel_main_loop() };
}
