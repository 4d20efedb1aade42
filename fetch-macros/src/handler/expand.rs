//! Writes the marker of a handler, and what it implements.
//!
//! Everything that is ours has mixed-site spans: locals are out of the user's reach, lints of the
//! user's crate don't look at it (so no `#[allow]` is needed, which a `#![forbid]` would refuse),
//! and names are absolute.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{LitStr, Meta, Token, Type};

use super::arguments::Arguments;
use super::validate::{Handler, Marker, Output, Rejected};

pub(super) fn handler(handler: &Handler) -> TokenStream {
    let Handler { marker, item, response, context, output } = handler;
    let krate = &marker.arguments.krate;
    // Call-site, or else the locals `response` and `context` could hide a function of that name.
    let function = ours(&marker.name, Span::call_site());

    let input =
        quote_spanned!(Span::mixed_site()=> #krate::__private::input::<#response>(response));
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
        Output::Unnamed => {
            quote_spanned!(Span::mixed_site()=> #krate::__private::output::<Self, _>(#call))
        }
    };
    let body = quote_spanned!(Span::mixed_site()=>
        fn handle(response: #krate::Response, #parameter: Self::Context) {
            #output
        }
    );
    let exports = exports(marker);
    let items = marker_items(marker, context.as_ref(), &body, &exports);
    let item = with_owned_response(item);
    quote!(#item #items)
}

/// The function as it is, its errors, and a marker that can be named but does nothing.
pub(super) fn rejected(rejected: &Rejected) -> TokenStream {
    let Rejected { errors, item, marker } = rejected;
    let errors = errors.to_compile_errors();
    let items = marker.as_ref().map(|(marker, context)| {
        let krate = &marker.arguments.krate;
        let body = quote_spanned!(Span::mixed_site()=>
            fn handle(_: #krate::Response, _: Self::Context) {
                loop {}
            }
        );
        marker_items(marker, context.as_ref(), &body, &TokenStream::new())
    });
    quote!(#item #errors #items)
}

/// The lint wants `&Response`, and that is not what a handler is given.
fn with_owned_response(item: &TokenStream) -> TokenStream {
    let allow = quote_spanned!(Span::mixed_site()=> #[allow(clippy::needless_pass_by_value)]);
    quote!(#allow #item)
}

fn marker_items(
    marker: &Marker,
    context: Option<&Type>,
    handle: &TokenStream,
    exports: &TokenStream,
) -> TokenStream {
    let Marker { arguments: Arguments { krate, on_progress, .. }, attributes, visibility, name } =
        marker;
    let on_enum =
        attributes.iter().filter_map(|attribute| inherited(&attribute.meta, Place::Marker));
    let on_impls =
        attributes.iter().filter_map(|attribute| inherited(&attribute.meta, Place::Impls));
    let plain = name.unraw().to_string();
    let doc = format!(" The handler `{plain}`, as `fetch!` and `Request::send` name it.");
    let name = ours(name, Span::mixed_site());
    let for_c = context.is_none().then(|| for_c(marker, &name));
    let on_progress = on_progress.as_ref().map(|path| {
        quote_spanned!(at(path.span())=>
            const ON_PROGRESS: ::core::option::Option<fn(#krate::Progress)> = {
                let on_progress: fn(#krate::Progress) = #path;
                ::core::option::Option::Some(on_progress)
            };
        )
    });
    // Where the type stands, should it be less visible than the marker.
    let context = match context {
        Some(ty) => quote_spanned!(at(ty.span())=> type Context = #ty;),
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
                #on_progress
                #handle
            }
            #for_c
            #exports
        };
    )
}

/// The trampolines, for a fetch that C code starts. It has no context to give.
fn for_c(marker: &Marker, name: &Ident) -> TokenStream {
    let krate = &marker.arguments.krate;
    let onprogress = marker.arguments.on_progress.is_some().then(|| {
        quote_spanned!(Span::mixed_site()=>
            /// For `emscripten_fetch_attr_t::onprogress`.
            pub const onprogress: unsafe extern "C" fn(*mut #krate::__private::emscripten_fetch_t) =
                #krate::__private::onprogress::<Self>();
        )
    });
    quote_spanned!(Span::mixed_site()=>
        impl #name {
            /// For `emscripten_fetch_attr_t::onsuccess`.
            pub const onsuccess: unsafe extern "C" fn(*mut #krate::__private::emscripten_fetch_t) =
                #krate::__private::onsuccess::<Self>();
            /// For `emscripten_fetch_attr_t::onerror`.
            pub const onerror: unsafe extern "C" fn(*mut #krate::__private::emscripten_fetch_t) =
                #krate::__private::onerror::<Self>();
            #onprogress
        }
    )
}

/// The trampolines as symbols of C. What passes through them may be a JS exception, so they can
/// unwind.
fn exports(marker: &Marker) -> TokenStream {
    let Marker { arguments: Arguments { krate, on_progress, export }, name, .. } = marker;
    let Some(prefix) = export else { return TokenStream::new() };
    let name = ours(name, Span::mixed_site());
    let mut callbacks = vec!["onsuccess", "onerror"];
    callbacks.extend(on_progress.is_some().then_some("onprogress"));
    let functions = callbacks.into_iter().map(|callback| {
        let symbol = LitStr::new(&format!("{}_{callback}", prefix.value()), at(prefix.span()));
        let (function, trampoline) = (internal(callback), internal(&format!("{callback}_of_any")));
        // At the name, of which there may be a second one.
        quote_spanned!(at(prefix.span())=>
            #[unsafe(export_name = #symbol)]
            unsafe extern "C-unwind" fn #function(fetch: *mut #krate::__private::emscripten_fetch_t) {
                unsafe { #krate::__private::#trampoline::<#name>(fetch) }
            }
        )
    });
    // In a block of their own, where they hide no handler of the same name.
    quote_spanned!(Span::mixed_site()=> const _: () = { #(#functions)* };)
}

fn internal(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}

fn at(span: Span) -> Span {
    Span::mixed_site().located_at(span)
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

/// What of a function's attribute holds for a generated item as well: conditions, and whether it is
/// to be used. Lints, where the user's types are.
fn inherited(meta: &Meta, place: Place) -> Option<TokenStream> {
    let name = meta.path().get_ident()?.to_string();
    match (name.as_str(), meta) {
        ("cfg", Meta::List(_)) => Some(meta.to_token_stream()),
        ("allow" | "warn" | "deny" | "forbid", Meta::List(_)) if place == Place::Impls => {
            Some(meta.to_token_stream())
        }
        // Whether the expectation is met is the function's business: so no dead code is kept alive
        // here.
        ("expect", Meta::List(list)) if place == Place::Impls => {
            let lints =
                Punctuated::<Meta, Token![,]>::parse_terminated.parse2(list.tokens.clone()).ok()?;
            let lints = lints.iter().filter(|lint| {
                !lint.path().is_ident("dead_code") && !lint.path().is_ident("unused")
            });
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
