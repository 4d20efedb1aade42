//! Reads the arguments of `#[fetch_handler]`. After an error, it goes on at the next argument.

use proc_macro2::{Ident, Span, TokenStream};
use syn::ext::IdentExt;
use syn::parse::discouraged::Speculative;
use syn::parse::{ParseStream, Parser};
use syn::{LitStr, Path, Token};

use crate::crate_path::CratePath;
use crate::errors::Errors;
use crate::nearest;

#[derive(Default)]
pub(super) struct Arguments {
    pub(super) krate: CratePath,
    pub(super) on_progress: Option<Path>,
    pub(super) export: Option<LitStr>,
}

const NAMES: [&str; 3] = ["crate", "on_progress", "export"];
const ALL: &str = "`crate = path`, `on_progress = path` or `export = \"name\"`";

pub(super) fn parse(arguments: TokenStream, errors: &mut Errors) -> Arguments {
    let mut parsed = Arguments::default();
    let parser = |input: ParseStream| {
        let mut names = Vec::new();
        while !input.is_empty() {
            parsed.read(input, &mut names, errors);
            if !input.is_empty() && !input.peek(Token![,]) {
                if names.last().is_some_and(Option::is_some) {
                    errors.push_at(input.span(), "missing `,` between arguments");
                }
                while !input.is_empty() && !input.peek(Token![,]) {
                    drop(input.parse::<proc_macro2::TokenTree>());
                }
            }
            drop(input.parse::<Option<Token![,]>>());
        }
        Ok(())
    };
    if let Err(error) = Parser::parse2(parser, arguments) {
        errors.add(error);
    }
    parsed
}

impl Arguments {
    /// Reads one argument, and adds its name to `names`, or None after an error.
    fn read(&mut self, input: ParseStream, names: &mut Vec<Option<String>>, errors: &mut Errors) {
        let ahead = input.fork();
        let Ok(word) = ahead.call(Ident::parse_any) else {
            errors.push_at(input.span(), format_args!("expected an argument: {ALL}"));
            return names.push(None);
        };
        let name = word.to_string();
        if names.contains(&Some(name.clone())) {
            errors.push(&word, format_args!("`{name}` is given twice: remove one of the two"));
        }
        let before = errors.len();
        match name.as_str() {
            "crate" => self.krate = CratePath::parse(input, errors),
            "on_progress" => {
                input.advance_to(&ahead);
                self.on_progress = on_progress(&word, input, errors);
            }
            "export" => {
                input.advance_to(&ahead);
                self.export = export(&word, input, errors);
            }
            _ => {
                let meant = match nearest::nearest(&name, NAMES) {
                    Some(meant) => format!("did you mean `{meant}`?"),
                    None => format!("use {ALL}"),
                };
                errors.push(&word, format_args!("unknown argument `{name}`: {meant}"));
            }
        }
        names.push((errors.len() == before).then_some(name));
    }
}

/// The span of the next token, or of the word before if the input ends.
fn span_after(input: ParseStream, word: &Ident) -> Span {
    if input.is_empty() { word.span() } else { input.span() }
}

fn on_progress(word: &Ident, input: ParseStream, errors: &mut Errors) -> Option<Path> {
    const EXPECTED: &str = "`on_progress =` needs the path of a function that takes a `Progress`";
    if input.parse::<Token![=]>().is_err() {
        errors.push_at(span_after(input, word), "expected `on_progress = path`");
        return None;
    }
    if let Ok(quoted) = input.fork().parse::<LitStr>() {
        errors.push(quoted, "`on_progress =` takes a path: remove the quotes");
        return None;
    }
    let span = span_after(input, word);
    if input.peek(Token![|]) || input.peek(Token![||]) || input.peek(Token![move]) {
        errors.push_at(
            span,
            "`on_progress` takes the path of a function here; pass closures to `fetch!`",
        );
        return None;
    }
    let path = input.call(Path::parse_mod_style);
    path.map_err(|_| errors.push_at(span, EXPECTED)).ok()
}

fn export(word: &Ident, input: ParseStream, errors: &mut Errors) -> Option<LitStr> {
    if input.parse::<Token![=]>().is_err() {
        errors.push_at(span_after(input, word), "expected `export = \"name\"`");
        return None;
    }
    let span = span_after(input, word);
    let Ok(name) = input.parse::<LitStr>() else {
        errors.push_at(
            span,
            "`export =` needs a name in quotes: C calls `name_onsuccess` and `name_onerror`",
        );
        return None;
    };
    let value = name.value();
    let is_identifier = value.bytes().all(|byte| byte == b'_' || byte.is_ascii_alphanumeric())
        && value.starts_with(|first: char| !first.is_ascii_digit());
    if !is_identifier || !name.suffix().is_empty() {
        errors.push(
            &name,
            format_args!(
                "{value:?} is not a C identifier: use ASCII letters, digits and `_`, \
                 and no digit at the start"
            ),
        );
        return None;
    }
    Some(name)
}
