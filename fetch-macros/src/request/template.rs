//! Reads the braces in a literal URL or key: `"/users/{id}"`.

use proc_macro2::{Ident, Span};
use syn::LitStr;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};

/// A literal, and the variables that it captures.
pub(super) struct Template {
    /// The literal with a NUL in place of each capture, and one brace in place of two.
    pub(super) text: String,
    pub(super) captures: Vec<Ident>,
}

/// A literal whose braces make no template: the reasons, and the captures that could be read.
pub(super) struct InvalidTemplate {
    pub(super) messages: Vec<String>,
    pub(super) captures: Vec<Ident>,
}

/// `noun` is "URL" or "key".
pub(super) fn read(literal: &LitStr, noun: &str) -> Result<Template, InvalidTemplate> {
    let value = literal.value();
    let (mut text, mut captures, mut messages) = (String::new(), Vec::new(), Vec::new());
    let mut rest = value.as_str();
    while let Some(at) = rest.find(['{', '}']) {
        text.push_str(&rest[..at]);
        let brace = &rest[at..=at];
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix(brace) {
            text.push_str(brace);
            rest = after;
            continue;
        }
        let inner = if brace == "{" { until_closed(rest) } else { None };
        let Some(inner) = inner else {
            let partner = if brace == "{" { "}" } else { "{" };
            messages.push(format!(
                "`{brace}` has no matching `{partner}`: \
                 write `{brace}{brace}` for a brace of the {noun} itself"
            ));
            continue;
        };
        rest = &rest[inner.len() + 1..];
        text.push('\0');
        match capture(inner, literal.span(), noun) {
            Ok(name) => captures.push(name),
            Err(message) => messages.push(message),
        }
    }
    text.push_str(rest);
    if messages.is_empty() {
        Ok(Template { text, captures })
    } else {
        Err(InvalidTemplate { messages, captures })
    }
}

/// The text before the closing brace, unless another brace opens before.
fn until_closed(rest: &str) -> Option<&str> {
    let end = rest.find(['{', '}'])?;
    rest[end..].starts_with('}').then(|| &rest[..end])
}

/// A variable's name, resolved where the literal was written.
fn capture(inner: &str, span: Span, noun: &str) -> Result<Ident, String> {
    let name = inner.trim();
    match word(name) {
        Some(name) if name == "_" || name == "crate" || name == "super" || name == "Self" => {
            Err(no_name(inner, "is not a variable", noun))
        }
        Some(mut name) => {
            let word = name.to_string();
            let is_plain =
                name == "self" || word.starts_with("r#") || syn::parse_str::<Ident>(&word).is_ok();
            if !is_plain {
                name = Ident::new_raw(&word, span);
            }
            name.set_span(span);
            Ok(name)
        }
        None if name.is_empty() => Err(no_name(inner, "contains no name", noun)),
        None if inner.bytes().all(|byte| byte.is_ascii_digit()) => {
            Err(no_name(inner, "contains a number", noun))
        }
        None => match inner.split_once(':') {
            Some(_) if !inner.contains("::") => Err(format!(
                "`{{{inner}}}` has a format specifier, and a {noun} captures plain values: \
                 write `let text = format!(\"{{{inner}}}\");` before the request, \
                 and `{{text}}` in the {noun}"
            )),
            _ => Err(format!(
                "`{{{inner}}}` is an expression, and a {noun} captures variables: \
                 write `let name = {inner};` before the request, and `{{name}}` in the {noun}"
            )),
        },
    }
}

fn no_name(inner: &str, fault: &str, noun: &str) -> String {
    format!("`{{{inner}}}` {fault}: a {noun} captures variables by name, as in `{{name}}`")
}

/// Text that does not look like a word is kept from the lexer, which might report it by itself.
fn word(text: &str) -> Option<Ident> {
    let plain = text.strip_prefix("r#").unwrap_or(text);
    let is_word = !plain.starts_with(|first: char| first.is_numeric())
        && plain.chars().all(|letter| letter == '_' || letter.is_alphanumeric());
    let parser = |input: ParseStream| input.call(Ident::parse_any);
    if is_word { parser.parse_str(text).ok() } else { None }
}
