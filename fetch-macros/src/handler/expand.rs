//! Writes the marker of a handler, and what it implements.
//!
//! Everything that is ours has mixed-site spans: locals are out of the user's reach, lints of the user's crate don't
//! look at it (so no `#[allow]` is needed, which a `#![forbid]` would refuse), and names are absolute.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Meta, Token, Type};

use super::validate::{Handler, Marker, Output, Rejected};

pub(super) fn handler(handler: &Handler) -> TokenStream {
    let Handler { marker, item, response, context, output } = handler;
    let krate = &marker.krate;
    // Call-site, or else the locals `response` and `context` could hide a function of that name.
    let function = ours(&marker.name, Span::call_site());

    let input = quote_spanned!(Span::mixed_site()=> #krate::__private::input::<#response>(response));
    let (parameter, call) = match context {
        None => (quote!(()), quote!(#function(#input))),
        Some(_) => {
            let context = Ident::new("context", Span::mixed_site());
            (quote!(#context), quote!(#function(#input, #context)))
        }
    };
    let output = match output {
        Output::Nothing | Output::Never => call,
        Output::Value(ty) => {
            quote_spanned!(Span::mixed_site()=> #krate::__private::output::<Self, #ty>(#call))
        }
        Output::Unnamed => quote_spanned!(Span::mixed_site()=> #krate::__private::output::<Self, _>(#call)),
    };
    let body = quote_spanned!(Span::mixed_site()=>
        fn handle(response: #krate::Response, #parameter: Self::Context) {
            #output
        }
    );
    let items = marker_items(marker, context.as_ref(), &body);
    let item = with_owned_response(item);
    quote!(#item #items)
}

/// The function as it is, its errors, and a marker that can be named but does nothing.
pub(super) fn rejected(rejected: &Rejected) -> TokenStream {
    let Rejected { errors, item, marker } = rejected;
    let errors = errors.to_compile_errors();
    let items = marker.as_ref().map(|(marker, context)| {
        let krate = &marker.krate;
        let body = quote_spanned!(Span::mixed_site()=>
            fn handle(_: #krate::Response, _: Self::Context) {
                loop {}
            }
        );
        marker_items(marker, context.as_ref(), &body)
    });
    quote!(#item #errors #items)
}

/// The lint wants `&Response`, and that is not what a handler is given.
fn with_owned_response(item: &TokenStream) -> TokenStream {
    let allow = quote_spanned!(Span::mixed_site()=> #[allow(clippy::needless_pass_by_value)]);
    quote!(#allow #item)
}

fn marker_items(marker: &Marker, context: Option<&Type>, handle: &TokenStream) -> TokenStream {
    let Marker { krate, attributes, visibility, name } = marker;
    let on_enum = attributes.iter().filter_map(|attribute| inherited(&attribute.meta, Place::Marker));
    let on_impls = attributes.iter().filter_map(|attribute| inherited(&attribute.meta, Place::Impls));
    let plain = name.unraw().to_string();
    let doc = format!(" The handler `{plain}`, as `fetch!` and `Request::send` name it.");
    let name = ours(name, Span::mixed_site());
    let for_c = context.is_none().then(|| for_c(marker, &name));
    // Where the type stands, should it be less visible than the marker.
    let context = match context {
        Some(ty) => quote_spanned!(Span::mixed_site().located_at(ty.span())=> type Context = #ty;),
        None => quote_spanned!(Span::mixed_site()=> type Context = ();),
    };

    quote_spanned!(Span::mixed_site()=>
        #[doc = #doc]
        #(#[#on_enum])*
        #visibility enum #name {}

        #(#[#on_impls])*
        const _: () = {
            #[automatically_derived]
            impl #krate::Handler for #name {
                #context
                const NAME: &'static ::core::primitive::str =
                    ::core::concat!(::core::module_path!(), "::", #plain);
                #handle
            }
            #for_c
        };
    )
}

/// The trampolines, for a fetch that C code starts. It has no context to give.
fn for_c(marker: &Marker, name: &Ident) -> TokenStream {
    let krate = &marker.krate;
    quote_spanned!(Span::mixed_site()=>
        impl #name {
            /// For `emscripten_fetch_attr_t::onsuccess`.
            pub const onsuccess: unsafe extern "C" fn(*mut #krate::__private::emscripten_fetch_t) =
                #krate::__private::onsuccess::<Self>();
            /// For `emscripten_fetch_attr_t::onerror`.
            pub const onerror: unsafe extern "C" fn(*mut #krate::__private::emscripten_fetch_t) =
                #krate::__private::onerror::<Self>();
        }
    )
}

/// The user's name where the user wrote it, but resolved, and looked at by lints, as ours.
fn ours(name: &Ident, site: Span) -> Ident {
    let mut name = name.clone();
    name.set_span(site.located_at(name.span()));
    name
}

#[derive(Clone, Copy, PartialEq)]
enum Place {
    Marker,
    Impls,
}

/// What of a function's attribute holds for a generated item as well: conditions, and whether it is to be used. Lints,
/// where the user's types are.
fn inherited(meta: &Meta, place: Place) -> Option<TokenStream> {
    let name = meta.path().get_ident()?.to_string();
    match (name.as_str(), meta) {
        ("cfg", Meta::List(_)) => Some(meta.to_token_stream()),
        ("allow" | "warn" | "deny" | "forbid", Meta::List(_)) if place == Place::Impls => {
            Some(meta.to_token_stream())
        }
        // Whether the expectation is met is the function's business: so no dead code is kept alive here.
        ("expect", Meta::List(list)) if place == Place::Impls => {
            let lints = Punctuated::<Meta, Token![,]>::parse_terminated.parse2(list.tokens.clone()).ok()?;
            let lints = lints
                .iter()
                .filter(|lint| !lint.path().is_ident("dead_code") && !lint.path().is_ident("unused"));
            Some(quote!(allow(#(#lints),*)))
        }
        ("deprecated", _) if place == Place::Impls => Some(quote!(allow(deprecated))),
        ("deprecated", _) => Some(meta.to_token_stream()),
        ("doc", Meta::List(_)) if place == Place::Marker => Some(meta.to_token_stream()),
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
            let metas: Vec<_> = metas.iter().filter_map(|meta| inherited(meta, place)).collect();
            (!metas.is_empty()).then(|| quote!(cfg_attr(#condition, #(#metas),*)))
        }
        _ => None,
    }
}
