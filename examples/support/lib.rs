//! Support code of the examples: a server, files, a progress bar.

mod bar;
mod files;

pub use bar::Bar;
pub use files::{BIG, Files, SMALL};
