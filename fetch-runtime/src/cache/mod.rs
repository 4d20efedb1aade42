//! Housekeeping of the cache: which records it has, how much room they take, and which of them go.
//!
//! The guide [*Housekeeping*](crate::guide::housekeeping) shows the functions together.

mod budget;
mod entry;
mod error;
mod namespace;
mod operation;
mod records;
mod storage;

pub use budget::set_budget;
pub use entry::{Entry, Usage};
pub use error::{CacheError, NamespaceError};
pub use namespace::set_namespace;
pub use operation::Operation;
pub use records::{clear, delete, delete_prefix, keys};
pub use storage::{persist, persisted, usage};
