//! What the tests and the examples share.

#[cfg(not(target_os = "emscripten"))]
pub mod server;
pub mod scenario;
pub mod scenarios;
