//! Looks ahead in `fetch!`'s input, and skips what cannot be read.

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::parse::discouraged::Speculative;
use syn::{Expr, Token, token};

use super::words::Name;

/// Leaves the input where it is if there is an error, and never points at the end of the input,
/// which has no tokens.
pub(super) fn expr(input: ParseStream) -> syn::Result<Expr> {
    let ahead = input.fork();
    match ahead.parse::<Expr>() {
        Ok(expr) => {
            input.advance_to(&ahead);
            Ok(expr)
        }
        Err(error) if ahead.is_empty() => {
            let rest: TokenStream = input.fork().parse().unwrap_or_default();
            match rest.into_iter().last() {
                None | Some(TokenTree::Group(_)) => Err(error),
                Some(last) => Err(syn::Error::new(last.span(), error)),
            }
        }
        Err(error) => Err(error),
    }
}

/// Whether nothing more belongs to the value before.
pub(super) fn ends_operand(input: ParseStream) -> bool {
    input.is_empty() || input.peek(Token![,]) || input.peek(Token![=>])
}

pub(super) fn colon(input: ParseStream) -> bool {
    input.peek(Token![:]) && !input.peek(Token![::])
}

pub(super) fn equals(input: ParseStream) -> bool {
    input.peek(Token![=]) && !input.peek(Token![=>]) && !input.peek(Token![==])
}

/// The word of an option that starts here, if its name is known and it is not a mere variable's.
pub(super) fn option_follows(input: ParseStream) -> Option<Ident> {
    let ahead = input.fork();
    let word = ahead.call(Ident::parse_any).ok()?;
    (Name::find(&word.to_string()).is_some() && (colon(&ahead) || equals(&ahead))).then_some(word)
}

/// Whether a path or a closure, and nothing else, follows to the end.
pub(super) fn is_handler(input: ParseStream) -> bool {
    let ahead = input.fork();
    matches!(ahead.parse(), Ok(Expr::Path(_) | Expr::Closure(_))) && ahead.is_empty()
}

/// Whether braces, and not an expression that goes on after them, follow.
pub(super) fn braces(input: ParseStream) -> bool {
    input.peek(token::Brace) && !input.peek2(Token![.]) && !input.peek2(Token![?])
}

/// Skips to the next `=>`, the next `,` before an option, or the end.
pub(super) fn resynchronize(input: ParseStream) {
    while !input.is_empty() && !input.peek(Token![=>]) {
        let ahead = input.fork();
        let comma = ahead.peek(Token![,]);
        skip(&ahead);
        if comma && (ahead.is_empty() || ahead.peek(Token![=>]) || option_follows(&ahead).is_some())
        {
            return;
        }
        input.advance_to(&ahead);
    }
}

pub(super) fn skip_to_comma(input: ParseStream) {
    while !input.is_empty() && !input.peek(Token![,]) {
        skip(input);
    }
}

pub(super) fn skip_all(input: ParseStream) {
    while !input.is_empty() {
        skip(input);
    }
}

/// Skips one token. At the end there is none, and nothing happens.
pub(super) fn skip(input: ParseStream) {
    drop(input.parse::<TokenTree>());
}
