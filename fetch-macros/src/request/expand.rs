//! Writes the builder's calls.
//!
//! The user's expressions keep their spans. Generated tokens stand where the word stands that they
//! were made from, so that the compiler's messages point there. Lints of the user's crate do not
//! look at them.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, Lit, LitStr};

use super::model::{Call, End, HandlerPath, Rejected, Request, Start, Step};
use super::string_arg::{Rule, StringArg};
use crate::crate_path::CratePath;
use crate::hygiene::{at, hygienic};

pub(super) fn request(request: &Request) -> TokenStream {
    let Request { krate, start, steps, end } = request;
    send(krate, configured(krate, started(krate, start), steps), end)
}

/// The errors, and an expression of the expected type, which keeps the compiler from adding errors.
pub(super) fn rejected(rejected: &Rejected) -> TokenStream {
    let Rejected { errors, krate, start, steps, end, unplaced_exprs, handler, has_arrow } =
        rejected;
    let errors = errors.to_compile_errors();
    // Without a call, the types of a closure's parameters are unknown.
    let unplaced_exprs = unplaced_exprs.iter().filter(|expr| !matches!(expr, Expr::Closure(_)));
    let handler = handler.as_ref().map(|handler| match handler {
        HandlerPath::Type(ty) => {
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
        && !has_arrow
    {
        // The expected type is unknown, and `compile_error!` is of every type.
        return quote_spanned!(Span::mixed_site()=> { #(let _ = #unplaced_exprs;)* #errors });
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
        None if *has_arrow => {
            let result =
                unfinished(quote!(::core::result::Result<#krate::Fetch, #krate::StartError>));
            quote_spanned!(Span::mixed_site()=> let _ = #request; #result)
        }
        None => request,
    };
    quote_spanned!(Span::mixed_site()=> {
        #errors
        #(let _ = #unplaced_exprs;)*
        #handler
        #result
    })
}

fn started(krate: &CratePath, start: &Start) -> TokenStream {
    let Start { verb, span, url } = start;
    let span = at(*span);
    let function = Ident::new(&verb.function(), span);
    let krate_here = krate.at(span);
    let url = string(krate, url);
    quote_spanned!(span=> #krate_here::Request::#function(#url))
}

fn configured(krate: &CratePath, request: TokenStream, steps: &[Step]) -> TokenStream {
    steps.iter().fold(request, |request, step| {
        let span = at(step.span);
        let krate_here = krate.at(span);
        match &step.call {
            Call::Header(name, value) => {
                let (name, value) = (string(krate, name), string(krate, value));
                quote_spanned!(span=> #request.header(#name, #value))
            }
            Call::String(name, value) => {
                let (method, value) = (Ident::new(name.word(), span), string(krate, value));
                quote_spanned!(span=> #request.#method(#value))
            }
            Call::Expr(name, value) => {
                let method = Ident::new(name.word(), span);
                quote_spanned!(span=> #request.#method(#value))
            }
            Call::Pairs(name, pairs) => {
                let method = Ident::new(name.word(), span);
                let pairs =
                    pairs.iter().map(|(name, value)| quote_spanned!(span=> (#name, #value)));
                quote_spanned!(span=> #request.#method((#(#pairs,)*)))
            }
            Call::Multipart(parts) => {
                let parts =
                    parts.iter().map(|(name, value)| quote_spanned!(span=> .part(#name, #value)));
                quote_spanned!(span=>
                    #request.multipart(#krate_here::Multipart::new() #(#parts)*)
                )
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
                let (method, of) = (Ident::new(name.word(), span), Ident::new(of, span));
                quote_spanned!(span=> #request.#method(#krate_here::#of::#word))
            }
            Call::Auth(user, password) => {
                let (user, password) = (string(krate, user), string(krate, password));
                quote_spanned!(span=> #request.auth(#user, #password))
            }
            Call::AuthPair(pair) => {
                quote_spanned!(span=> #krate_here::__private::auth(#request, #pair))
            }
        }
    })
}

fn send(krate: &CratePath, request: TokenStream, end: &End) -> TokenStream {
    match end {
        End::Request => request,
        End::Send { handler: HandlerPath::Type(ty), context: None } => {
            quote_spanned!(at(ty.span())=> #request.send::<(#ty)>())
        }
        End::Send { handler: HandlerPath::Type(ty), context: Some(context) } => {
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

/// Looks the path up as a type and as a value.
///
/// An import takes a name from every namespace that has it. An inner import hides an outer one in
/// these namespaces alone. So the generated imports always find a type: that of the path, or else
/// `Untyped`.
///
/// A variable cannot be imported, and it hides a function of the same name from an import. The
/// imported name is therefore hygienic: it is resolved where the user's variables are not visible.
fn named(krate: &CratePath, handler: &HandlerPath) -> (Span, TokenStream) {
    let (span, ty, value) = match handler {
        HandlerPath::Name(name) => {
            let span = at(name.span());
            let (krate, item) = (krate.at(span), hygienic(name, Span::mixed_site()));
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
        HandlerPath::Item(path) => {
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
        HandlerPath::Type(value) | HandlerPath::Value(value) => {
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

/// A literal becomes a constant item, and not a `const` block: `cargo check` does not evaluate a
/// block, and a block in a generic function is evaluated only where the function is instantiated.
fn string(krate: &CratePath, string: &StringArg) -> TokenStream {
    let (literal, rule) = match string {
        StringArg::Expr(expr) => return quote!(#expr),
        StringArg::Template(template, captures, rule) => {
            return filled(krate, template, captures, *rule);
        }
        StringArg::Literal(literal, rule) => (literal, rule),
    };
    let span = at(literal.span());
    let krate = krate.at(span);
    let terminated = LitStr::new(&(literal.value() + "\0"), span);
    let check = Ident::new(rule.check_function(), span);
    quote_spanned!(span=> {
        const TEXT: #krate::RequestString = #krate::__private::#check(#terminated);
        TEXT
    })
}

/// The template is checked in a block of its own, so that its constant hides no captured variable.
fn filled(krate: &CratePath, template: &LitStr, captures: &[Ident], rule: Rule) -> TokenStream {
    let span = at(template.span());
    let krate = krate.at(span);
    let template = LitStr::new(&template.value(), span);
    let template = match rule {
        Rule::Url => quote_spanned!(span=> {
            const TEMPLATE: &'static ::core::primitive::str =
                #krate::__private::url_template(#template);
            TEMPLATE
        }),
        _ => quote_spanned!(span=> #template),
    };
    quote_spanned!(span=> #krate::__private::fill(#template, &[#(&#captures),*]))
}
