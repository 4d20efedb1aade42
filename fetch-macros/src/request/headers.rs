//! Reads `headers: { name: value, … }`. After an error, it goes on at the next header.

use proc_macro2::Ident;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Expr, ExprAssign, Lit, Token, braced};

use super::scan::{colon, expr, skip, skip_to_comma};
use crate::errors::Errors;

pub(super) fn read(input: ParseStream, errors: &mut Errors) -> Vec<(Expr, Expr)> {
    let mut headers = Vec::new();
    let braced = || {
        let content;
        braced!(content in input);
        Ok(content)
    };
    let content = match braced() {
        Ok(content) => content,
        Err(error) => {
            errors.add(error);
            return headers;
        }
    };
    while !content.is_empty() {
        if let Some(header) = header(&content, errors) {
            headers.push(header);
        }
        if content.peek(Token![,]) {
            skip(&content);
        } else if !content.is_empty() {
            errors.push_at(content.span(), "expected `,` after a header");
            if !content.peek(Lit) && !content.peek(Ident::peek_any) {
                skip_to_comma(&content);
                skip(&content);
            }
        }
    }
    headers
}

fn header(content: ParseStream, errors: &mut Errors) -> Option<(Expr, Expr)> {
    let span = content.span();
    let name = match expr(content) {
        // `"Accept" = "text/html"`
        Ok(Expr::Assign(ExprAssign { left, eq_token, right, .. })) => {
            errors.push(eq_token, "write `:` instead of `=`: `name: value`");
            return Some((*left, *right));
        }
        Ok(name) => name,
        Err(error) => {
            errors.push_at(error.span(), "expected a header: `name: value`");
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
        errors.push_at(span, "expected a header: `name: value`");
        skip_to_comma(content);
        return None;
    }
    if content.is_empty() || content.peek(Token![,]) {
        errors.push(&name, "this header needs a value: `name: value`");
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
