//! What the tests and the examples share.

pub mod scenario;
pub mod scenarios;
#[cfg(not(target_os = "emscripten"))]
pub mod server;
