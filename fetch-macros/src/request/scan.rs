//! Looks ahead in the input of `fetch!`, and skips the parts that cannot be read.

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::parse::discouraged::Speculative;
use syn::{Expr, Token, token};

use super::vocabulary::OptionName;

/// Reads an expression. On an error, the input stays where it is. The error never points at the end
/// of the input, because there are no tokens.
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

/// Whether the operand that was read last ends here.
pub(super) fn ends_operand(input: ParseStream) -> bool {
    input.is_empty() || input.peek(Token![,]) || input.peek(Token![=>])
}

pub(super) fn colon(input: ParseStream) -> bool {
    input.peek(Token![:]) && !input.peek(Token![::])
}

pub(super) fn equals(input: ParseStream) -> bool {
    input.peek(Token![=]) && !input.peek(Token![=>]) && !input.peek(Token![==])
}

/// The name of the option that starts here, if there is such an option. A variable of that name
/// starts none.
pub(super) fn option_follows(input: ParseStream) -> Option<Ident> {
    let ahead = input.fork();
    let word = ahead.call(Ident::parse_any).ok()?;
    (OptionName::find(&word.to_string()).is_some() && (colon(&ahead) || equals(&ahead)))
        .then_some(word)
}

/// Whether all of the rest is a path or a closure.
pub(super) fn is_handler(input: ParseStream) -> bool {
    let ahead = input.fork();
    matches!(ahead.parse(), Ok(Expr::Path(_) | Expr::Closure(_))) && ahead.is_empty()
}

/// Whether braces follow, and no expression that begins with a block.
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

/// Skips one token. Does nothing at the end.
pub(super) fn skip(input: ParseStream) {
    drop(input.parse::<TokenTree>());
}
