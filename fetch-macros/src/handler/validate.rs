//! Decides whether a function can be a handler.

use proc_macro2::{Group, Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::{Attribute, FnArg, Lifetime, PatType, ReturnType, Safety, Signature, Type, Visibility};

use super::arguments::Arguments;
use super::parse::{Function, Input};
use crate::errors::Errors;

/// A function that can be a handler: the one thing that becomes a complete expansion.
pub(super) struct Handler {
    pub(super) marker: Marker,
    /// All of the function, as written.
    pub(super) item: TokenStream,
    pub(super) response: Type,
    pub(super) context: Option<Type>,
    pub(super) output: Output,
}

/// What a function returns, as far as it makes a difference.
pub(super) enum Output {
    Nothing,
    Never,
    /// Something that the type checker is to judge.
    Value(Box<Type>),
    /// The same, but its type cannot be written down a second time.
    Unnamed,
}

/// What stands for the function in the type namespace.
pub(super) struct Marker {
    pub(super) arguments: Arguments,
    pub(super) attributes: Vec<Attribute>,
    pub(super) visibility: Visibility,
    pub(super) name: Ident,
}

/// What is left of a function that cannot be a handler.
pub(super) struct Rejected {
    pub(super) errors: Errors,
    pub(super) item: TokenStream,
    /// A stand-in, which spares the handler's users an error each, and the type of its context.
    pub(super) marker: Option<(Marker, Option<Type>)>,
}

pub(super) fn validate(input: Input) -> Result<Handler, Box<Rejected>> {
    let Input { arguments, item, function, mut errors } = input;
    let Some(function) = function else {
        return Err(Box::new(Rejected { errors, item, marker: None }));
    };

    let twice = check_attributes(&function.attributes, &mut errors);
    check_qualifiers(&function, &mut errors);
    let is_method = function.signature.receiver().is_some();
    let (response, context) = parameters(&function.signature, &mut errors);
    let output = output(&function.signature.output);
    if let (Some(name), Some(_)) = (&arguments.export, &context) {
        errors.push(
            name,
            "a handler with a context is not for C, which has none to give: leave out `export`",
        );
    }

    let Function { attributes, visibility, signature: Signature { ident: name, .. }, .. } =
        function;
    let marker = Marker { arguments, attributes, visibility, name };
    match response {
        Some(response) if errors.is_empty() => {
            Ok(Handler { marker, item, response, context, output })
        }
        // An impl block has no room for a marker, of two attributes the second one makes it, and
        // `enum u8 {}` would break half of the module.
        _ if is_method || twice || primitive(&marker.name).is_some() => {
            Err(Box::new(Rejected { errors, item, marker: None }))
        }
        _ => Err(Box::new(Rejected { errors, item, marker: Some((marker, context)) })),
    }
}

/// Returns whether there is a second `#[fetch_handler]`.
fn check_attributes(attributes: &[Attribute], errors: &mut Errors) -> bool {
    let is_ours = |attribute: &&Attribute| {
        attribute.path().segments.last().is_some_and(|segment| segment.ident == "fetch_handler")
    };
    let again = attributes.iter().find(is_ours);
    if let Some(again) = again {
        errors.push(again, "`#[fetch_handler]` is given twice");
    }
    again.is_some()
}

fn check_qualifiers(function: &Function, errors: &mut Errors) {
    let Signature {
        constness, asyncness, safety, abi, fn_token, ident, generics, variadic, ..
    } = &function.signature;
    if let Some(constness) = constness {
        errors.push(constness, "a handler is called at run time only: leave out `const`");
    }
    if let Some(asyncness) = asyncness {
        errors.push(
            asyncness,
            "a handler is called, and nobody awaits it: make it a plain `fn`, and start what comes next from within it",
        );
    }
    if let Safety::Unsafe(token) = safety {
        errors.push(
            token,
            "a handler is called by safe code: leave out `unsafe`, its body may have `unsafe` blocks",
        );
    }
    if let Some(abi) = abi {
        errors.push(
            abi,
            format_args!(
                "a handler is a Rust function: leave out the ABI, `{ident}::onsuccess` is what C can call"
            ),
        );
    }
    if !generics.params.is_empty() {
        errors.push(
            generics,
            "a handler has no generic parameters: when the response comes, nobody can choose them",
        );
    } else if let Some(clause) = &generics.where_clause {
        errors.push(clause, "a handler has no generic parameters, so it needs no `where` clause");
    }
    if let Some(variadic) = variadic {
        errors.push(
            variadic,
            "a handler takes the response and at most one context, nothing variadic",
        );
    }
    if !function.has_body {
        errors.push(fn_token, "a handler needs a body");
    }
    if let Some(name) = primitive(ident) {
        errors.push(
            ident,
            format_args!(
                "the handler's marker would hide the primitive type `{name}`: choose another name"
            ),
        );
    }
}

const PRIMITIVES: [&str; 17] = [
    "bool", "char", "f32", "f64", "i128", "i16", "i32", "i64", "i8", "isize", "str", "u128", "u16",
    "u32", "u64", "u8", "usize",
];

fn primitive(name: &Ident) -> Option<&'static str> {
    let name = name.unraw();
    PRIMITIVES.into_iter().find(|primitive| name == primitive)
}

/// The types of the response and the context: those of them that can be had.
fn parameters(signature: &Signature, errors: &mut Errors) -> (Option<Type>, Option<Type>) {
    let name = &signature.ident;
    let mut typed = Vec::new();
    for parameter in &signature.inputs {
        match parameter {
            FnArg::Receiver(receiver) => errors.push(
                receiver,
                "a handler is a free function, without `self`: what it needs can come as its second parameter",
            ),
            FnArg::Typed(parameter) => typed.push(parameter),
        }
        check_conditions(parameter, errors);
    }
    if signature.inputs.is_empty() && signature.variadic.is_none() {
        errors.push_at(
            signature.paren_token.span.join(),
            format_args!("a handler takes the response: `fn {name}(response: Response)`"),
        );
    }
    if signature.receiver().is_some() {
        return (None, None);
    }

    let mut typed = typed.into_iter();
    let response = typed.next().and_then(|parameter| response(parameter, errors));
    let is_generic = !signature.generics.params.is_empty();
    let context = typed.next().and_then(|parameter| context(parameter, is_generic, errors));
    if let Some(third) = typed.next() {
        errors.push(
            third,
            "a handler takes the response and at most one context: make one struct or tuple of what it needs",
        );
    }
    (response, context)
}

fn response(parameter: &PatType, errors: &mut Errors) -> Option<Type> {
    let wrong = match bare(&parameter.ty) {
        Type::Reference(_) => "the response is the handler's own: take it by value, without `&`",
        ty if mentions_impl(ty.to_token_stream()) => {
            "`impl Trait` makes a function generic: take `Response` or `Result<Response, Error>`"
        }
        _ => return Some((*parameter.ty).clone()),
    };
    errors.push(&parameter.ty, wrong);
    None
}

fn context(parameter: &PatType, is_generic: bool, errors: &mut Errors) -> Option<Type> {
    let ty = &parameter.ty;
    let tokens = bare(ty).to_token_stream();
    if mentions_impl(tokens.clone()) {
        errors.push(
            ty,
            "`impl Trait` makes a function generic: name the context's type, or make it a `Box<dyn Trait>`",
        );
        return None;
    }
    let mut borrows = false;
    let outliving = outliving(tokens, &mut borrows);
    if borrows {
        errors.push(
            ty,
            "the context outlives the caller: own it (`String`, `Rc<…>`), or borrow it for `'static`",
        );
    }
    // A mistake shall not become two because the marker cannot name what the function can.
    Some(if borrows || is_generic { Type::Verbatim(outliving) } else { (**ty).clone() })
}

/// The type with `'static` for all its lifetimes; tells whether one had no name.
fn outliving(tokens: TokenStream, unnamed: &mut bool) -> TokenStream {
    let tokens: Vec<_> = tokens.into_iter().collect();
    let mut result = TokenStream::new();
    for (at, token) in tokens.iter().enumerate() {
        let is = |at: usize, sign| matches!(tokens.get(at), Some(TokenTree::Punct(punct)) if punct.as_char() == sign);
        let after = |sign| at > 0 && is(at - 1, sign);
        let after_arrow = after('>') && at > 1 && is(at - 2, '-');
        let after_name = at > 0
            && matches!(&tokens[at - 1], TokenTree::Ident(word) if word != "mut" && word != "const" && word != "dyn");
        match token {
            // What a function takes and returns, it borrows from its own caller; what a macro
            // takes, nobody knows.
            TokenTree::Group(group) if !after_name && !after('!') => {
                let inner = outliving(group.stream(), unnamed);
                result.extend([TokenTree::Group(Group::new(group.delimiter(), inner))]);
            }
            TokenTree::Ident(name) if after('\'') => {
                *unnamed |= name == "_";
                result.extend([TokenTree::Ident(Ident::new("static", name.span()))]);
            }
            // Not an operator between two constants, nor what a function returns.
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

/// The number of parameters decides what is generated, so it must be known now.
fn check_conditions(parameter: &FnArg, errors: &mut Errors) {
    let attributes = match parameter {
        FnArg::Receiver(receiver) => &receiver.attrs,
        FnArg::Typed(parameter) => &parameter.attrs,
    };
    for attribute in attributes {
        if attribute.path().is_ident("cfg") || attribute.path().is_ident("cfg_attr") {
            errors.push(
                attribute,
                "a handler's parameter has no conditions: put them on the function, and write it twice",
            );
        }
    }
}

fn output(output: &ReturnType) -> Output {
    match output {
        ReturnType::Default => Output::Nothing,
        ReturnType::Type(_, ty) => match bare(ty) {
            Type::Never(_) => Output::Never,
            Type::Tuple(tuple) if tuple.elems.is_empty() => Output::Nothing,
            ty if mentions_impl(ty.to_token_stream()) => Output::Unnamed,
            _ => Output::Value(ty.clone()),
        },
    }
}

/// The type without parentheses, and without the invisible ones that `macro_rules!` puts around a
/// `$ty:ty`.
fn bare(mut ty: &Type) -> &Type {
    loop {
        ty = match ty {
            Type::Group(group) => &group.elem,
            Type::Paren(paren) => &paren.elem,
            _ => return ty,
        };
    }
}

fn mentions_impl(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(word) => word == "impl",
        TokenTree::Group(group) => mentions_impl(group.stream()),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}
