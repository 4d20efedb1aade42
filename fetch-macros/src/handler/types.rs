//! Looks at the types in a handler's signature.

use proc_macro2::{Group, Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Lifetime, Type};

/// The type without parentheses, and without the invisible parentheses that `macro_rules!` puts
/// around a `$ty:ty`.
pub(super) fn ungrouped(mut ty: &Type) -> &Type {
    loop {
        ty = match ty {
            Type::Group(group) => &group.elem,
            Type::Paren(paren) => &paren.elem,
            _ => return ty,
        };
    }
}

/// Whether `impl Trait` is part of the type.
pub(super) fn mentions_impl(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(word) => word == "impl",
        TokenTree::Group(group) => mentions_impl(group.stream()),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}

/// The type with `'static` for all its lifetimes. Sets `unnamed` if one of them had no name.
pub(super) fn with_static_lifetimes(tokens: TokenStream, unnamed: &mut bool) -> TokenStream {
    let tokens: Vec<_> = tokens.into_iter().collect();
    let mut result = TokenStream::new();
    for (at, token) in tokens.iter().enumerate() {
        let is = |at: usize, sign| match tokens.get(at) {
            Some(TokenTree::Punct(punct)) => punct.as_char() == sign,
            _ => false,
        };
        let after = |sign| at > 0 && is(at - 1, sign);
        let after_arrow = after('>') && at > 1 && is(at - 2, '-');
        let after_name = at > 0
            && match &tokens[at - 1] {
                TokenTree::Ident(word) => word != "mut" && word != "const" && word != "dyn",
                _ => false,
            };
        match token {
            // The parameters of `fn(…)` and `Fn(…)` borrow from the caller of that function, and
            // the input of a macro is unknown: these groups stay as they are.
            TokenTree::Group(group) if !after_name && !after('!') => {
                let inner = with_static_lifetimes(group.stream(), unnamed);
                result.extend([TokenTree::Group(Group::new(group.delimiter(), inner))]);
            }
            TokenTree::Ident(name) if after('\'') => {
                *unnamed |= name == "_";
                result.extend([TokenTree::Ident(Ident::new("static", name.span()))]);
            }
            // A reference, and neither an operator between two constants nor a function's output.
            TokenTree::Punct(sign) if sign.as_char() == '&' && !after_name && !after_arrow => {
                result.extend([token.clone()]);
                if !is(at + 1, '\'') {
                    *unnamed = true;
                    Lifetime::new("'static", sign.span()).to_tokens(&mut result);
                }
            }
            _ => result.extend([token.clone()]),
        }
    }
    result
}
