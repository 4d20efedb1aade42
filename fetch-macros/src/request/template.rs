//! Reads the braces in a literal URL or key: `"/users/{id}"`.

use proc_macro2::{Ident, Span};
use syn::LitStr;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};

/// A literal with captured variables.
pub(super) struct Template {
    /// With a NUL where each value goes, and one brace where there were two.
    pub(super) text: String,
    pub(super) captures: Vec<Ident>,
}

/// A literal whose braces don't make a template: why, and what could be read all the same.
pub(super) struct Wrong {
    pub(super) messages: Vec<String>,
    pub(super) captures: Vec<Ident>,
}

/// `what` is "URL" or "key".
pub(super) fn read(literal: &LitStr, what: &str) -> Result<Template, Wrong> {
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
        let inner = if brace == "{" { inside(rest) } else { None };
        let Some(inner) = inner else {
            let fault = if brace == "{" { "is not closed" } else { "closes nothing" };
            messages.push(format!(
                "this `{brace}` {fault}: a brace that belongs to the {what} is written `{brace}{brace}`"
            ));
            continue;
        };
        rest = &rest[inner.len() + 1..];
        text.push('\0');
        match capture(inner, literal.span(), what) {
            Ok(name) => captures.push(name),
            Err(message) => messages.push(message),
        }
    }
    text.push_str(rest);
    if messages.is_empty() {
        Ok(Template { text, captures })
    } else {
        Err(Wrong { messages, captures })
    }
}

/// What stands before the closing brace, if that comes before another opening one.
fn inside(rest: &str) -> Option<&str> {
    let end = rest.find(['{', '}'])?;
    rest[end..].starts_with('}').then(|| &rest[..end])
}

/// A variable's name, resolved where the literal was written.
fn capture(inner: &str, span: Span, what: &str) -> Result<Ident, String> {
    let shown = format!("`{{{inner}}}`");
    match word(inner.trim()) {
        Some(name) if name == "_" || name == "crate" || name == "super" || name == "Self" => {
            Err(format!(
                "{shown} is no variable: a {what} captures variables by their name, as in `{{name}}`"
            ))
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
        None if inner.trim().is_empty() => Err(format!(
            "{shown} names nothing: a {what} captures variables by their name, as in `{{name}}`"
        )),
        None if inner.bytes().all(|byte| byte.is_ascii_digit()) => Err(format!(
            "{shown} is a number: a {what} captures variables by their name, as in `{{name}}`"
        )),
        None => match inner.split_once(':') {
            Some(_) if !inner.contains("::") => Err(format!(
                "{shown} has a format, but a {what} captures what `Display` writes: \
                 write `let text = format!(\"{{{inner}}}\");` before, and here `{{text}}`"
            )),
            _ => Err(format!(
                "{shown} is more than a variable's name: write `let name = {inner};` before, and here `{{name}}`"
            )),
        },
    }
}

/// What does not look like a word is not given to the lexer, which might complain of it by itself.
fn word(text: &str) -> Option<Ident> {
    let plain = text.strip_prefix("r#").unwrap_or(text);
    let is_word = !plain.starts_with(|first: char| first.is_numeric())
        && plain.chars().all(|letter| letter == '_' || letter.is_alphanumeric());
    let parser = |input: ParseStream| input.call(Ident::parse_any);
    if is_word { parser.parse_str(text).ok() } else { None }
}
