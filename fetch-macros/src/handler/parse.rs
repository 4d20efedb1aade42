//! Reads the input of `#[fetch_handler]`: syntax only, and the function only up to its body.

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Signature, Visibility, token};

use super::arguments::{self, Arguments};
use crate::errors::Errors;

pub(super) struct Input {
    pub(super) arguments: Arguments,
    /// The whole item, as written.
    pub(super) item: TokenStream,
    /// None if the item is not a function. This has been reported.
    pub(super) function: Option<Function>,
    pub(super) errors: Errors,
}

pub(super) struct Function {
    pub(super) attributes: Vec<Attribute>,
    pub(super) visibility: Visibility,
    pub(super) signature: Signature,
    pub(super) has_body: bool,
}

pub(super) fn parse(arguments: TokenStream, item: TokenStream) -> Input {
    let mut errors = Errors::default();
    let arguments = arguments::parse(arguments, &mut errors);
    let function =
        Parser::parse2(parse_function, item.clone()).map_err(|error| errors.add(error)).ok();
    Input { arguments, item, function, errors }
}

fn parse_function(input: ParseStream) -> syn::Result<Function> {
    let attributes = input.call(Attribute::parse_outer)?;
    let visibility = input.parse()?;
    if !is_function(&input.fork()) {
        return Err(input.error(
            "`#[fetch_handler]` goes on a function: `fn loaded(response: Response) { … }`",
        ));
    }
    let signature = input.parse()?;
    let has_body = input.peek(token::Brace);
    input.parse::<TokenStream>()?;
    Ok(Function { attributes, visibility, signature, has_body })
}

/// Whether `fn` follows, perhaps after qualifiers.
fn is_function(ahead: ParseStream) -> bool {
    while let Ok(token) = ahead.parse::<TokenTree>() {
        match token {
            TokenTree::Ident(word) if word == "fn" => return true,
            TokenTree::Ident(word) if is_qualifier(&word) => {}
            TokenTree::Literal(_) => {} // the "C" of `extern "C"`
            _ => return false,
        }
    }
    false
}

fn is_qualifier(word: &Ident) -> bool {
    ["const", "async", "safe", "unsafe", "extern"].iter().any(|qualifier| word == qualifier)
}
