//! What the examples need and are not about: a server, files, a progress bar.

mod bar;
mod files;

pub use bar::Bar;
pub use files::{BIG, Files, SMALL};
