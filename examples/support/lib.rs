//! What the examples need and are not about: a server, files, a progress bar, the heap's figures.

mod bar;
mod files;
mod heap;

pub use bar::Bar;
pub use files::{BIG, Files, SMALL};
pub use heap::heap_in_use;
