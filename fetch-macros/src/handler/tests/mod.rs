//! Tests of `#[fetch_handler]`.

mod arguments;
mod errors;
mod expansion;
mod support;

pub(crate) use support::{VALID, survives};
