//! The parts of a `fetch!`, as they were written.

use proc_macro2::{Ident, Span};
use syn::Expr;

use super::vocabulary::{OptionName, Verb};
use crate::crate_path::CratePath;
use crate::errors::Errors;

#[derive(Default)]
pub(super) struct Input {
    pub(super) krate: CratePath,
    /// None after an error, like the URL, and the handler's expression.
    pub(super) verb: Option<(Verb, Span)>,
    pub(super) url: Option<Expr>,
    pub(super) options: Vec<OptionArg>,
    pub(super) handler: Option<HandlerArg>,
    pub(super) errors: Errors,
}

/// `option: value`.
pub(super) struct OptionArg {
    pub(super) word: Ident,
    /// The option that `word` names, or that it was meant to name. None if there is no such
    /// option. Both mistakes have been reported.
    pub(super) name: Option<OptionName>,
    pub(super) value: Option<Value>,
}

impl OptionArg {
    /// The option that `word` names exactly.
    pub(super) fn exact_name(&self) -> Option<OptionName> {
        self.name.filter(|name| self.word == name.word())
    }
}

/// `name: value`, of a header for example.
pub(super) type Pair = (Expr, Expr);

pub(super) enum Value {
    Expr(Box<Expr>),
    /// `{ name: value, … }`
    Pairs(Vec<Pair>),
}

impl Value {
    pub(super) fn into_expr(self) -> Option<Expr> {
        match self {
            Self::Expr(expr) => Some(*expr),
            Self::Pairs(_) => None,
        }
    }
}

/// `=> handler`
pub(super) struct HandlerArg {
    pub(super) expr: Option<Expr>,
}
