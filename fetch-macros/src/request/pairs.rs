//! Reads `{ name: value, … }`, as in `headers: { … }`. After an error, it goes on at the next pair.

use proc_macro2::Ident;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Expr, ExprAssign, Lit, Token, braced};

use super::input::Pair;
use super::scan::{colon, expr, skip, skip_to_comma};
use crate::errors::Errors;

/// `noun` is the name of a pair in messages, such as `header`.
pub(super) fn read(input: ParseStream, noun: &str, errors: &mut Errors) -> Vec<Pair> {
    let mut pairs = Vec::new();
    let braced = || {
        let content;
        braced!(content in input);
        Ok(content)
    };
    let content = match braced() {
        Ok(content) => content,
        Err(error) => {
            errors.add(error);
            return pairs;
        }
    };
    while !content.is_empty() {
        pairs.extend(pair(&content, noun, errors));
        if content.peek(Token![,]) {
            skip(&content);
        } else if !content.is_empty() {
            errors.push_at(content.span(), format_args!("expected `,` after a {noun}"));
            if !content.peek(Lit) && !content.peek(Ident::peek_any) {
                skip_to_comma(&content);
                skip(&content);
            }
        }
    }
    pairs
}

fn pair(content: ParseStream, noun: &str, errors: &mut Errors) -> Option<Pair> {
    let span = content.span();
    let name = match expr(content) {
        // `"Accept" = "text/html"`
        Ok(Expr::Assign(ExprAssign { left, eq_token, right, .. })) => {
            errors.push(eq_token, "write `:` instead of `=`: `name: value`");
            return Some((*left, *right));
        }
        Ok(name) => name,
        Err(error) => {
            errors.push_at(error.span(), format_args!("expected a {noun}: `name: value`"));
            skip_to_comma(content);
            return None;
        }
    };
    if colon(content) {
        skip(content);
    } else if content.peek(Token![=>]) {
        errors.push_at(content.span(), "write `:` instead of `=>`: `name: value`");
        skip(content);
        skip(content);
    } else {
        errors.push_at(span, format_args!("expected a {noun}: `name: value`"));
        skip_to_comma(content);
        return None;
    }
    if content.is_empty() || content.peek(Token![,]) {
        errors.push(&name, format_args!("this {noun} needs a value: `name: value`"));
        return None;
    }
    match expr(content) {
        Ok(value) => Some((name, value)),
        Err(error) => {
            errors.add(error);
            skip_to_comma(content);
            None
        }
    }
}
