//! The shared code of the tests and the examples.

#[cfg(feature = "scenarios")]
pub mod c_fetch;
#[cfg(not(target_os = "emscripten"))]
mod cors;
pub mod counting;
#[cfg(any(feature = "scenarios", not(target_os = "emscripten")))]
pub mod digest;
pub mod ending;
pub mod engine;
pub mod heap;
#[cfg(feature = "scenarios")]
pub mod matrix;
pub mod median;
pub mod noise;
pub mod pattern;
#[cfg(not(target_os = "emscripten"))]
pub mod raw_server;
#[cfg(feature = "scenarios")]
pub mod scenario;
#[cfg(feature = "scenarios")]
pub mod scenarios;
#[cfg(not(target_os = "emscripten"))]
pub mod server;
pub mod sets;
#[cfg(feature = "scenarios")]
pub mod soak;
pub mod version;

/// Compiles the README's examples.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;
