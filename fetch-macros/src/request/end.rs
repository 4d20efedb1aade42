//! Decides how a request ends: as a `Request`, or sent to a handler.

use proc_macro2::Ident;
use syn::ext::IdentExt;
use syn::{Expr, ExprPath, PathSegment};

use super::expr;
use super::input::HandlerArg;
use super::model::{End, HandlerPath};
use crate::errors::Errors;

/// `context: value`: the word, and the value unless there was an error.
pub(super) type ContextArg = (Ident, Option<Expr>);

/// The end, or the handler alone if the context has no value. Of an unusable context, the
/// expression goes to `unplaced_exprs`.
pub(super) fn end(
    handler: Option<HandlerArg>,
    context: Option<ContextArg>,
    unplaced_exprs: &mut Vec<Expr>,
    errors: &mut Errors,
) -> (Option<End>, Option<HandlerPath>) {
    match (handler, context) {
        (None, None) => (Some(End::Request), None),
        (None, Some((word, context))) => {
            errors.push(word, "`context` needs a handler that takes it: add `=> handler`");
            unplaced_exprs.extend(context);
            (Some(End::Request), None)
        }
        (Some(HandlerArg { expr: None }), context) => {
            unplaced_exprs.extend(context.and_then(|(_, context)| context));
            (None, None)
        }
        (Some(HandlerArg { expr: Some(expr) }), context) => match expr::path(&expr) {
            Some(path) => to_path(handler_path(path, &expr), context),
            None => (Some(to_closure(expr, context, unplaced_exprs, errors)), None),
        },
    }
}

fn to_path(
    handler: HandlerPath,
    context: Option<ContextArg>,
) -> (Option<End>, Option<HandlerPath>) {
    match context {
        None => (Some(End::Send { handler, context: None }), None),
        Some((_, Some(context))) => {
            (Some(End::Send { handler, context: Some(Box::new(context)) }), None)
        }
        Some((_, None)) => (None, Some(handler)),
    }
}

fn to_closure(
    closure: Expr,
    context: Option<ContextArg>,
    unplaced_exprs: &mut Vec<Expr>,
    errors: &mut Errors,
) -> End {
    if let Some((word, context)) = context {
        errors.push(
            word,
            "a closure captures its context: remove `context`, and write `move |response| …`",
        );
        unplaced_exprs.extend(context);
    }
    End::SendFn(unparenthesized(closure))
}

/// Sorts by naming conventions: the name of a type begins in upper case, that of a module does
/// not.
fn handler_path(ExprPath { qself, path, .. }: &ExprPath, expr: &Expr) -> HandlerPath {
    let is_type = |segment: &PathSegment| {
        let word = segment.ident.unraw().to_string();
        word.trim_start_matches('_').starts_with(char::is_uppercase)
    };
    if path.segments.last().is_some_and(is_type) {
        return HandlerPath::Type(expr.clone());
    }
    let is_keyword = ["self", "super", "crate"].iter().any(|word| path.is_ident(word));
    if qself.is_some() || is_keyword {
        return HandlerPath::Value(expr.clone());
    }
    let is_item =
        path.segments.iter().all(|segment| segment.arguments.is_none() && !is_type(segment));
    match path.get_ident() {
        Some(name) => HandlerPath::Name(name.clone()),
        None if is_item => HandlerPath::Item(path.clone()),
        None => HandlerPath::Value(expr.clone()),
    }
}

/// `=> (closure)`: the parentheses only say that the path inside is a variable, and not a handler.
fn unparenthesized(expr: Expr) -> Expr {
    match expr {
        Expr::Paren(paren) if paren.attrs.is_empty() => *paren.expr,
        expr => expr,
    }
}
