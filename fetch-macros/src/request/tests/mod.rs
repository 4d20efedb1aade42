//! Tests of `fetch!`.

mod expansion;
mod support;
mod syntax_errors;
mod template;
mod validation_errors;

pub(crate) use support::{VALID, survives};
