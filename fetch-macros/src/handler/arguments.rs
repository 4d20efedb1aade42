//! Reads `#[fetch_handler]`'s arguments. After an error it goes on at the next one.

use proc_macro2::{Ident, Span, TokenStream};
use syn::ext::IdentExt;
use syn::parse::discouraged::Speculative;
use syn::parse::{ParseStream, Parser};
use syn::{LitStr, Path, Token};

use crate::errors::Errors;
use crate::krate::Krate;
use crate::nearest;

#[derive(Default)]
pub(super) struct Arguments {
    pub(super) krate: Krate,
    pub(super) on_progress: Option<Path>,
    pub(super) export: Option<LitStr>,
}

const NAMES: [&str; 3] = ["crate", "on_progress", "export"];

pub(super) fn parse(arguments: TokenStream, errors: &mut Errors) -> Arguments {
    let mut parsed = Arguments::default();
    let parser = |input: ParseStream| {
        let mut names = Vec::new();
        while !input.is_empty() {
            parsed.read(input, &mut names, errors);
            if !input.is_empty() && !input.peek(Token![,]) {
                if names.last().is_some_and(Option::is_some) {
                    errors.push_at(input.span(), "a `,` goes between arguments");
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
    /// Reads one argument. Of `names`, those read before it and this one, an unreadable one is
    /// None.
    fn read(&mut self, input: ParseStream, names: &mut Vec<Option<String>>, errors: &mut Errors) {
        let ahead = input.fork();
        let Ok(word) = ahead.call(Ident::parse_any) else {
            errors.push_at(
                input.span(),
                "expected an argument, `crate = path`, `on_progress = path` or `export = \"name\"`",
            );
            return names.push(None);
        };
        let name = word.to_string();
        if names.contains(&Some(name.clone())) {
            errors.push(&word, format_args!("`{name}` is given twice"));
        }
        let before = errors.len();
        match name.as_str() {
            "crate" => self.krate = Krate::parse(input, errors),
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
                    None => {
                        "there are `crate = path`, `on_progress = path` and `export = \"name\"`"
                            .to_owned()
                    }
                };
                errors.push(&word, format_args!("unknown argument `{name}`: {meant}"));
            }
        }
        names.push((errors.len() == before).then_some(name));
    }
}

/// Where an error points that has only the end of the input to point at.
fn here(input: ParseStream, word: &Ident) -> Span {
    if input.is_empty() { word.span() } else { input.span() }
}

fn on_progress(word: &Ident, input: ParseStream, errors: &mut Errors) -> Option<Path> {
    const EXPECTED: &str = "`on_progress =` needs the path of a function that takes the `Progress`";
    if input.parse::<Token![=]>().is_err() {
        errors.push_at(here(input, word), "expected `on_progress = path`");
        return None;
    }
    if let Ok(quoted) = input.fork().parse::<LitStr>() {
        errors.push(quoted, "`on_progress = path` takes a path, without quotes");
        return None;
    }
    let span = here(input, word);
    if input.peek(Token![|]) || input.peek(Token![||]) || input.peek(Token![move]) {
        errors.push_at(
            span,
            "a closure would have nobody to belong to: name a function here, or give the closure to `fetch!`",
        );
        return None;
    }
    let path = input.call(Path::parse_mod_style);
    path.map_err(|_| errors.push_at(span, EXPECTED)).ok()
}

fn export(word: &Ident, input: ParseStream, errors: &mut Errors) -> Option<LitStr> {
    if input.parse::<Token![=]>().is_err() {
        errors.push_at(here(input, word), "expected `export = \"name\"`");
        return None;
    }
    let span = here(input, word);
    let Ok(name) = input.parse::<LitStr>() else {
        errors.push_at(
            span,
            "`export =` needs a name in quotes: C finds the handler as `name_onsuccess` and `name_onerror`",
        );
        return None;
    };
    let value = name.value();
    let is_identifier = value.bytes().all(|byte| byte == b'_' || byte.is_ascii_alphanumeric())
        && value.starts_with(|first: char| !first.is_ascii_digit());
    if !is_identifier || !name.suffix().is_empty() {
        errors.push(
            &name,
            "this is no C identifier: ASCII letters, digits and `_`, and no digit first",
        );
        return None;
    }
    Some(name)
}
