//! Writes the builder's calls.
//!
//! The user's expressions keep their spans. What is ours stands, for the compiler's messages, where the word is that it
//! was made from; lints of the user's crate don't look at it.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, LitStr};

use super::text::{Rule, Text};
use super::validate::{Call, End, Rejected, Request, Start, Step};
use crate::krate::Krate;

pub(super) fn request(request: &Request) -> TokenStream {
    let Request { krate, start, steps, end } = request;
    send(configured(krate, started(krate, start), steps), end)
}

/// The errors, and an expression of the type that was to be, so that there are no others.
pub(super) fn rejected(rejected: &Rejected) -> TokenStream {
    let Rejected { errors, krate, start, steps, end, orphans, handler, sent } = rejected;
    let errors = errors.to_compile_errors();
    // Of a closure's type nothing is known here.
    let orphans = orphans.iter().filter(|orphan| !matches!(orphan, Expr::Closure(_)));
    let handler = handler.iter();

    if start.is_none()
        && steps.is_empty()
        && end.as_ref().is_none_or(|end| matches!(end, End::Request))
        && !sent
    {
        // What it was to be, nobody knows: an error is of every type.
        return quote_spanned!(Span::mixed_site()=> { #(let _ = #orphans;)* #errors });
    }
    let unfinished = |ty: TokenStream| {
        quote_spanned!(Span::mixed_site()=> {
            fn unfinished() -> #ty {
                loop {}
            }
            unfinished()
        })
    };
    let start = match start {
        Some(start) => started(krate, start),
        None => unfinished(quote!(#krate::Request)),
    };
    let request = configured(krate, start, steps);
    let result = match end {
        Some(end) => send(request, end),
        None if *sent => {
            let result = unfinished(quote!(::core::result::Result<#krate::Fetch, #krate::StartError>));
            quote_spanned!(Span::mixed_site()=> let _ = #request; #result)
        }
        None => request,
    };
    quote_spanned!(Span::mixed_site()=> {
        #errors
        #(let _ = #orphans;)*
        #(let _ = ::core::marker::PhantomData::<(#handler)>;)*
        #result
    })
}

fn started(krate: &Krate, start: &Start) -> TokenStream {
    let Start { verb, span, url } = start;
    let span = at(*span);
    let function = Ident::new(verb.function(), span);
    let krate_here = krate.at(span);
    let url = text(krate, url);
    quote_spanned!(span=> #krate_here::Request::#function(#url))
}

fn configured(krate: &Krate, request: TokenStream, steps: &[Step]) -> TokenStream {
    steps.iter().fold(request, |request, step| {
        let span = at(step.span);
        let krate_here = krate.at(span);
        match &step.call {
            Call::Header(name, value) => {
                let (name, value) = (text(krate, name), text(krate, value));
                quote_spanned!(span=> #request.header(#name, #value))
            }
            Call::Text(name, value) => {
                let (method, value) = (Ident::new(name.name(), span), text(krate, value));
                quote_spanned!(span=> #request.#method(#value))
            }
            Call::Expr(name, value) => {
                let method = Ident::new(name.name(), span);
                quote_spanned!(span=> #request.#method(#value))
            }
            Call::Variant(name, of, word) => {
                let (method, of) = (Ident::new(name.name(), span), Ident::new(of, span));
                quote_spanned!(span=> #request.#method(#krate_here::#of::#word))
            }
            Call::Auth(user, password) => {
                let (user, password) = (text(krate, user), text(krate, password));
                quote_spanned!(span=> #request.auth(#user, #password))
            }
            Call::AuthPair(pair) => quote_spanned!(span=> #krate_here::__private::auth(#request, #pair)),
        }
    })
}

/// A path stands in parentheses, where it can be nothing but a type: else of a function without its marker the compiler
/// says that it is a constant.
fn send(request: TokenStream, end: &End) -> TokenStream {
    match end {
        End::Request => request,
        End::Send(handler) => quote_spanned!(at(handler.span())=> #request.send::<(#handler)>()),
        End::SendWith { handler, context } => {
            quote_spanned!(at(handler.span())=> #request.send_with::<(#handler)>(#context))
        }
        End::SendFn(closure) => quote_spanned!(at(closure.span())=> #request.send_fn(#closure)),
    }
}

/// A constant item, and not a `const` block: a block would be evaluated by a build but not by `cargo check`, and in a
/// generic function only where that is instantiated.
fn text(krate: &Krate, text: &Text) -> TokenStream {
    let (literal, rule) = match text {
        Text::Expr(expr) => return quote!(#expr),
        Text::Template(template, captures, rule) => return filled(krate, template, captures, *rule),
        Text::Literal(literal, rule) => (literal, rule),
    };
    let span = at(literal.span());
    let krate = krate.at(span);
    let terminated = LitStr::new(&(literal.value() + "\0"), span);
    let check = match rule {
        Rule::Url => "url",
        Rule::Key => "key",
        Rule::HeaderName => "header_name",
        Rule::HeaderValue => "header_value",
        Rule::MimeType => "mime_type",
        Rule::Text => "text",
    };
    let check = Ident::new(check, span);
    quote_spanned!(span=> {
        const TEXT: #krate::Text = #krate::__private::#check(#terminated);
        TEXT
    })
}

/// The template is checked in a block of its own, where its constant hides no variable from the captures.
fn filled(krate: &Krate, template: &LitStr, captures: &[Ident], rule: Rule) -> TokenStream {
    let span = at(template.span());
    let krate = krate.at(span);
    let template = LitStr::new(&template.value(), span);
    let template = match rule {
        Rule::Url => quote_spanned!(span=> {
            const TEMPLATE: &'static ::core::primitive::str = #krate::__private::url_template(#template);
            TEMPLATE
        }),
        _ => quote_spanned!(span=> #template),
    };
    quote_spanned!(span=> #krate::__private::fill(#template, &[#(&#captures),*]))
}

fn at(span: Span) -> Span {
    Span::mixed_site().located_at(span)
}
