//! Looks at expressions that were read.

use proc_macro2::Ident;
use syn::{Expr, ExprPath};

/// The expression without the invisible parentheses that `macro_rules!` puts around a
/// `$expr:expr`.
pub(super) fn ungrouped(mut expr: &Expr) -> &Expr {
    while let Expr::Group(group) = expr {
        expr = &group.expr;
    }
    expr
}

/// The path that the expression is, if it is nothing else.
pub(super) fn path(expr: &Expr) -> Option<&ExprPath> {
    match ungrouped(expr) {
        Expr::Path(path) if path.attrs.is_empty() => Some(path),
        _ => None,
    }
}

/// The word that the expression is, if it is nothing else.
pub(super) fn word(expr: &Expr) -> Option<&Ident> {
    path(expr).filter(|path| path.qself.is_none()).and_then(|path| path.path.get_ident())
}
