//! Writes the builder's calls.
//!
//! The user's expressions keep their spans. What is ours stands, for the compiler's messages, where
//! the word is that it was made from; lints of the user's crate don't look at it.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, Lit, LitStr};

use super::text::{Rule, Text};
use super::validate::{Call, End, Handler, Rejected, Request, Start, Step};
use crate::krate::Krate;

pub(super) fn request(request: &Request) -> TokenStream {
    let Request { krate, start, steps, end } = request;
    send(krate, configured(krate, started(krate, start), steps), end)
}

/// The errors, and an expression of the type that was to be, so that there are no others.
pub(super) fn rejected(rejected: &Rejected) -> TokenStream {
    let Rejected { errors, krate, start, steps, end, orphans, handler, sent } = rejected;
    let errors = errors.to_compile_errors();
    // Of a closure's type nothing is known here.
    let orphans = orphans.iter().filter(|orphan| !matches!(orphan, Expr::Closure(_)));
    let handler = handler.as_ref().map(|handler| match handler {
        Handler::Type(ty) => {
            quote_spanned!(Span::mixed_site()=> let _ = ::core::marker::PhantomData::<(#ty)>;)
        }
        handler => {
            let (_, named) = named(krate, handler);
            quote_spanned!(Span::mixed_site()=> let _ = #named;)
        }
    });

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
        Some(end) => send(krate, request, end),
        None if *sent => {
            let result =
                unfinished(quote!(::core::result::Result<#krate::Fetch, #krate::StartError>));
            quote_spanned!(Span::mixed_site()=> let _ = #request; #result)
        }
        None => request,
    };
    quote_spanned!(Span::mixed_site()=> {
        #errors
        #(let _ = #orphans;)*
        #handler
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
            Call::StaticBody(literal) => {
                let bytes = match literal {
                    Lit::Str(_) => {
                        quote_spanned!(span=> ::core::primitive::str::as_bytes(#literal))
                    }
                    literal => literal.to_token_stream(),
                };
                quote_spanned!(span=> #request.body(#krate_here::RequestBody::from_static(#bytes)))
            }
            Call::Variant(name, of, word) => {
                let (method, of) = (Ident::new(name.name(), span), Ident::new(of, span));
                quote_spanned!(span=> #request.#method(#krate_here::#of::#word))
            }
            Call::Auth(user, password) => {
                let (user, password) = (text(krate, user), text(krate, password));
                quote_spanned!(span=> #request.auth(#user, #password))
            }
            Call::AuthPair(pair) => {
                quote_spanned!(span=> #krate_here::__private::auth(#request, #pair))
            }
        }
    })
}

fn send(krate: &Krate, request: TokenStream, end: &End) -> TokenStream {
    match end {
        End::Request => request,
        End::Send { handler: Handler::Type(ty), context: None } => {
            quote_spanned!(at(ty.span())=> #request.send::<(#ty)>())
        }
        End::Send { handler: Handler::Type(ty), context: Some(context) } => {
            quote_spanned!(at(ty.span())=> #request.send_with::<(#ty)>(#context))
        }
        End::Send { handler, context } => {
            let (span, named) = named(krate, handler);
            let krate = krate.at(span);
            let send = Ident::new(if context.is_some() { "send_with" } else { "send" }, span);
            let context = context.iter();
            quote_spanned!(span=> match #named {
                named => {
                    use #krate::__private::{OfType as _, TakesResponse as _, TakesResult as _};
                    (&&&&named).kind().#send(#request, named #(, #context)*)
                }
            })
        }
        End::SendFn(closure) => quote_spanned!(at(closure.span())=> #request.send_fn(#closure)),
    }
}

/// What the path names, in both namespaces. An import takes whatever there is of a name, and an
/// inner one hides an outer one in the namespaces that it has something of: so there is a type in
/// any case, that of the path if it has one.
///
/// A variable cannot be imported, and if one is in the way, nothing else of its name: ours is
/// resolved where no variable of the user's is seen.
fn named(krate: &Krate, handler: &Handler) -> (Span, TokenStream) {
    let (span, ty, value) = match handler {
        Handler::Name(name) => {
            let span = at(name.span());
            let (krate, item) = (krate.at(span), ours(name));
            let ty = quote_spanned!(span=> {
                use #krate::__private::Untyped as Type;
                {
                    use #krate::__private::something as #item;
                    use #item as Type;
                    ::core::marker::PhantomData::<Type>
                }
            });
            (span, ty, name.to_token_stream())
        }
        Handler::Item(path) => {
            let span = at(path.span());
            let krate = krate.at(span);
            let named = quote_spanned!(span=> {
                use #krate::__private::Untyped as Item;
                {
                    use #path as Item;
                    #krate::__private::named(::core::marker::PhantomData::<Item>, Item)
                }
            });
            return (span, named);
        }
        Handler::Type(value) | Handler::Value(value) => {
            let span = at(value.span());
            let krate = krate.at(span);
            let ty =
                quote_spanned!(span=> ::core::marker::PhantomData::<#krate::__private::Untyped>);
            (span, ty, value.to_token_stream())
        }
    };
    let krate = krate.at(span);
    (span, quote_spanned!(span=> #krate::__private::named(#ty, #value)))
}

/// A constant item, and not a `const` block: a block would be evaluated by a build but not by
/// `cargo check`, and in a generic function only where that is instantiated.
fn text(krate: &Krate, text: &Text) -> TokenStream {
    let (literal, rule) = match text {
        Text::Expr(expr) => return quote!(#expr),
        Text::Template(template, captures, rule) => {
            return filled(krate, template, captures, *rule);
        }
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
        const TEXT: #krate::RequestString = #krate::__private::#check(#terminated);
        TEXT
    })
}

/// The template is checked in a block of its own, where its constant hides no variable from the
/// captures.
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

/// The user's name where the user wrote it, but resolved as ours.
fn ours(name: &Ident) -> Ident {
    let mut name = name.clone();
    name.set_span(at(name.span()));
    name
}

fn at(span: Span) -> Span {
    Span::mixed_site().located_at(span)
}
