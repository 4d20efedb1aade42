//! The part of a function's attributes that also applies to the generated items: `cfg`,
//! `deprecated`, `doc(…)`, and, where the user's types appear, lint levels.

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Attribute, Meta, Token};

#[derive(Clone, Copy, PartialEq)]
pub(super) enum GeneratedItem {
    Marker,
    Impls,
}

/// The attributes that the item inherits from the function.
pub(super) fn inherited(
    attributes: &[Attribute],
    item: GeneratedItem,
) -> impl Iterator<Item = TokenStream> {
    attributes.iter().filter_map(move |attribute| inherited_meta(&attribute.meta, item))
}

fn inherited_meta(meta: &Meta, item: GeneratedItem) -> Option<TokenStream> {
    let name = meta.path().get_ident()?.to_string();
    match (name.as_str(), meta) {
        ("cfg", Meta::List(_)) => Some(meta.to_token_stream()),
        ("allow" | "warn" | "deny" | "forbid", Meta::List(_)) if item == GeneratedItem::Impls => {
            Some(meta.to_token_stream())
        }
        // The expectation itself concerns the function alone. `dead_code` is left out, because an
        // impl that allows it would keep an unused function alive.
        ("expect", Meta::List(list)) if item == GeneratedItem::Impls => {
            let lints =
                Punctuated::<Meta, Token![,]>::parse_terminated.parse2(list.tokens.clone()).ok()?;
            let lints = lints.iter().filter(|lint| {
                !lint.path().is_ident("dead_code") && !lint.path().is_ident("unused")
            });
            Some(quote!(allow(#(#lints),*)))
        }
        ("deprecated", _) if item == GeneratedItem::Impls => Some(quote!(allow(deprecated))),
        ("deprecated", _) => Some(meta.to_token_stream()),
        ("doc", Meta::List(_)) if item == GeneratedItem::Marker => Some(meta.to_token_stream()),
        ("cfg_attr", Meta::List(list)) => {
            let parser = |input: ParseStream| {
                let mut condition = TokenStream::new();
                while !input.peek(Token![,]) {
                    condition.extend(Some(input.parse::<TokenTree>()?));
                }
                input.parse::<Token![,]>()?;
                Ok((condition, Punctuated::<Meta, Token![,]>::parse_terminated(input)?))
            };
            let (condition, metas) = parser.parse2(list.tokens.clone()).ok()?;
            let metas: Vec<_> =
                metas.iter().filter_map(|meta| inherited_meta(meta, item)).collect();
            (!metas.is_empty()).then(|| quote!(cfg_attr(#condition, #(#metas),*)))
        }
        _ => None,
    }
}
