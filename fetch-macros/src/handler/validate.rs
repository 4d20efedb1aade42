//! Decides whether a function can be a handler.

use proc_macro2::Ident;
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::{Attribute, FnArg, PatType, ReturnType, Safety, Signature, Type};

use super::model::{Handler, Marker, Output, Rejected};
use super::parse::{Function, Input};
use super::types::{mentions_impl, ungrouped, with_static_lifetimes};
use crate::errors::Errors;

pub(super) fn validate(input: Input) -> Result<Handler, Box<Rejected>> {
    let Input { arguments, item, function, mut errors } = input;
    let Some(function) = function else {
        return Err(Box::new(Rejected { errors, item, marker: None }));
    };

    let twice = check_attributes(&function.attributes, &mut errors);
    check_qualifiers(&function, &mut errors);
    let is_method = function.signature.receiver().is_some();
    let (response, context) = parameters(&function.signature, &mut errors);
    let is_async = function.signature.asyncness.is_some();
    let output = output(&function.signature.output);
    if let (Some(name), Some(_)) = (&arguments.export, &context) {
        errors.push(
            name,
            "C code has no context to pass: remove `export`, or the handler's second parameter",
        );
    }

    let Function { attributes, visibility, signature: Signature { ident: name, .. }, .. } =
        function;
    let marker = Marker { arguments, attributes, visibility, name };
    match response {
        Some(response) if errors.is_empty() => {
            Ok(Handler { marker, item, is_async, response, context, output })
        }
        // No marker: an impl block cannot contain a type, the second of two attributes makes the
        // marker, and `enum u8 {}` would break the rest of the module.
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
        errors.push(again, "`#[fetch_handler]` is given twice: remove one of the two");
    }
    again.is_some()
}

fn check_qualifiers(function: &Function, errors: &mut Errors) {
    let Signature { constness, safety, abi, fn_token, ident, generics, variadic, .. } =
        &function.signature;
    if let Some(constness) = constness {
        errors.push(constness, "a handler is called at run time only: remove `const`");
    }
    if let Safety::Unsafe(token) = safety {
        errors.push(
            token,
            "safe code calls a handler: remove `unsafe`, and use `unsafe` blocks inside it",
        );
    }
    if let Some(abi) = abi {
        errors.push(
            abi,
            format_args!(
                "a handler is a Rust function: remove the ABI; C code can call `{ident}::onsuccess`"
            ),
        );
    }
    if !generics.params.is_empty() {
        errors.push(
            generics,
            "a handler cannot be generic: write one for each type, or use a closure",
        );
    } else if let Some(clause) = &generics.where_clause {
        errors.push(clause, "a handler is not generic: remove the `where` clause");
    }
    if let Some(variadic) = variadic {
        errors.push(variadic, "a handler takes the response and at most one context: remove `...`");
    }
    if !function.has_body {
        errors.push(fn_token, "a handler needs a body: write `{ … }` instead of `;`");
    }
    if let Some(name) = primitive(ident) {
        errors.push(
            ident,
            format_args!(
                "the handler's marker would hide the primitive type `{name}`: rename the function"
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

/// The types of the response and the context. An unusable one is None, and has been reported.
fn parameters(signature: &Signature, errors: &mut Errors) -> (Option<Type>, Option<Type>) {
    let name = &signature.ident;
    let mut typed = Vec::new();
    for parameter in &signature.inputs {
        match parameter {
            FnArg::Receiver(receiver) => errors.push(
                receiver,
                "a handler cannot take `self`: take the value as the second parameter instead",
            ),
            FnArg::Typed(parameter) => typed.push(parameter),
        }
        check_conditions(parameter, errors);
    }
    if signature.inputs.is_empty() && signature.variadic.is_none() {
        errors.push_at(
            signature.paren_token.span.join(),
            format_args!("a handler needs a response parameter: `fn {name}(response: Response)`"),
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
            "a handler takes the response and one context at most: use a struct or tuple for more",
        );
    }
    (response, context)
}

fn response(parameter: &PatType, errors: &mut Errors) -> Option<Type> {
    let wrong = match ungrouped(&parameter.ty) {
        Type::Reference(_) => "a handler owns its response: take it by value, without `&`",
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
    let tokens = ungrouped(ty).to_token_stream();
    if mentions_impl(tokens.clone()) {
        errors.push(
            ty,
            "`impl Trait` makes a function generic: name the type, or use `Box<dyn Trait>`",
        );
        return None;
    }
    let mut borrows = false;
    let static_type = with_static_lifetimes(tokens, &mut borrows);
    if borrows {
        errors.push(
            ty,
            "a context cannot borrow: use an owned type (`String`, `Rc<…>`) or `&'static`",
        );
    }
    // The marker cannot name the function's lifetimes, which would be a second error.
    Some(if borrows || is_generic { Type::Verbatim(static_type) } else { (**ty).clone() })
}

/// The expansion depends on the number of parameters, so `cfg` must not change it later.
fn check_conditions(parameter: &FnArg, errors: &mut Errors) {
    let attributes = match parameter {
        FnArg::Receiver(receiver) => &receiver.attrs,
        FnArg::Typed(parameter) => &parameter.attrs,
    };
    for attribute in attributes {
        if attribute.path().is_ident("cfg") || attribute.path().is_ident("cfg_attr") {
            errors.push(
                attribute,
                "a handler's parameter takes no `cfg`: write two functions with a `cfg` on each",
            );
        }
    }
}

fn output(output: &ReturnType) -> Output {
    match output {
        ReturnType::Default => Output::Nothing,
        ReturnType::Type(_, ty) => match ungrouped(ty) {
            Type::Never(_) => Output::Never,
            Type::Tuple(tuple) if tuple.elems.is_empty() => Output::Nothing,
            ty if mentions_impl(ty.to_token_stream()) => Output::Unnamed,
            _ => Output::Value(ty.clone()),
        },
    }
}
