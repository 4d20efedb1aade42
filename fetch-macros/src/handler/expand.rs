//! Writes the marker of a handler, and its impls.
//!
//! Generated tokens have mixed-site spans: the user's code cannot see their locals, and the lints
//! of the user's crate do not look at them. So they need no `#[allow]`, which a `#![forbid]` would
//! refuse. Generated paths are absolute.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{LitStr, Type};

use super::arguments::Arguments;
use super::attributes::{self, GeneratedItem};
use super::model::{Handler, Marker, Output, Rejected};
use crate::hygiene::{at, hygienic};

pub(super) fn handler(handler: &Handler) -> TokenStream {
    let Handler { marker, item, context, .. } = handler;
    let krate = &marker.arguments.krate;
    let call = if handler.is_async { call_async(handler) } else { call(handler) };
    let parameter = match context {
        None => quote!(()),
        Some(_) => quote_spanned!(Span::mixed_site()=> context),
    };
    let body = quote_spanned!(Span::mixed_site()=>
        fn handle(response: #krate::Response, #parameter: Self::Context) {
            #call
        }
    );
    let exports = exports(marker);
    let items = marker_items(marker, context.as_ref(), &body, &exports);
    let item = with_owned_response(item);
    quote!(#item #items)
}

/// The function, at the call site, where the locals `response` and `context` hide no function of
/// that name.
fn function(marker: &Marker) -> Ident {
    hygienic(&marker.name, Span::call_site())
}

/// Calls the function, and reports its output.
fn call(handler: &Handler) -> TokenStream {
    let Handler { marker, response, context, output, .. } = handler;
    let krate = &marker.arguments.krate;
    let function = function(marker);
    let input =
        quote_spanned!(Span::mixed_site()=> #krate::__private::input::<#response>(response));
    let call = match context {
        None => quote!(#function(#input)),
        Some(_) => quote_spanned!(Span::mixed_site()=> #function(#input, context)),
    };
    match output {
        Output::Nothing | Output::Never => call,
        Output::Value(ty) => {
            quote_spanned!(Span::mixed_site()=> #krate::__private::output::<Self, #ty>(#call))
        }
        Output::Unnamed => {
            quote_spanned!(Span::mixed_site()=> #krate::__private::output::<Self, _>(#call))
        }
    }
}

/// Spawns the future of the function.
fn call_async(handler: &Handler) -> TokenStream {
    let Handler { marker, response, context, output, .. } = handler;
    let krate = &marker.arguments.krate;
    let function = function(marker);
    let call = match context {
        None => quote!(#function),
        Some(_) => quote_spanned!(Span::mixed_site()=>
            move |response| #function(response, context)
        ),
    };
    let output = match output {
        Output::Nothing => quote!(()),
        Output::Never | Output::Unnamed => quote!(_),
        Output::Value(ty) => quote!(#ty),
    };
    quote_spanned!(Span::mixed_site()=>
        #krate::__private::call_async::<Self, #response, #output, _>(response, #call)
    )
}

/// The function as it is, the errors, and a marker that can be named but does nothing.
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

/// The lint asks for `&Response`, which a handler cannot take.
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
    let on_enum = attributes::inherited(attributes, GeneratedItem::Marker);
    let on_impls = attributes::inherited(attributes, GeneratedItem::Impls);
    let plain = name.unraw().to_string();
    let doc = format!(" The handler `{plain}`, as `fetch!` and `Request::send` name it.");
    let name = hygienic(name, Span::mixed_site());
    let for_c = context.is_none().then(|| for_c(marker, &name));
    let on_progress = on_progress.as_ref().map(|path| {
        quote_spanned!(at(path.span())=>
            const ON_PROGRESS: ::core::option::Option<fn(#krate::Progress)> = {
                let on_progress: fn(#krate::Progress) = #path;
                ::core::option::Option::Some(on_progress)
            };
        )
    });
    // At the type, which is wrong if it is less visible than the marker.
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

/// The trampolines as constants, for a fetch that C code starts. Such a fetch has no context.
fn for_c(marker: &Marker, name: &Ident) -> TokenStream {
    let krate = &marker.arguments.krate;
    let constants = trampolines(marker).map(|(callback, trampoline)| {
        let doc = format!(" For `emscripten_fetch_attr_t::{callback}`.");
        quote_spanned!(Span::mixed_site()=>
            #[doc = #doc]
            pub const #callback: unsafe extern "C" fn(*mut #krate::__private::emscripten_fetch_t) =
                #krate::__private::callback(#krate::__private::#trampoline::<Self>);
        )
    });
    quote_spanned!(Span::mixed_site()=> impl #name { #(#constants)* })
}

/// The trampolines as symbols of C. They can unwind, because a JS exception may pass through them.
fn exports(marker: &Marker) -> TokenStream {
    let Arguments { krate, export, .. } = &marker.arguments;
    let Some(prefix) = export else { return TokenStream::new() };
    let name = hygienic(&marker.name, Span::mixed_site());
    let functions = trampolines(marker).map(|(callback, trampoline)| {
        let symbol = LitStr::new(&format!("{}_{callback}", prefix.value()), at(prefix.span()));
        // At the name, which is wrong if another handler has the same.
        quote_spanned!(at(prefix.span())=>
            #[unsafe(export_name = #symbol)]
            unsafe extern "C-unwind" fn #callback(
                fetch: *mut #krate::__private::emscripten_fetch_t,
            ) {
                unsafe { #krate::__private::#trampoline::<#name>(fetch) }
            }
        )
    });
    // In a block of their own, so that they hide no handler of the same name.
    quote_spanned!(Span::mixed_site()=> const _: () = { #(#functions)* };)
}

/// The callbacks of a handler, and the functions of fetch-runtime behind them.
fn trampolines(marker: &Marker) -> impl Iterator<Item = (Ident, Ident)> {
    let onprogress = marker.arguments.on_progress.is_some().then_some("onprogress");
    ["onsuccess", "onerror"]
        .into_iter()
        .chain(onprogress)
        .map(|callback| (internal(callback), internal(&format!("{callback}_of_any"))))
}

fn internal(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}
