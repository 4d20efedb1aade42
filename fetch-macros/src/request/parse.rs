//! Reads the input of `fetch!`: syntax only. After an error, it goes on at the next option.

use proc_macro2::{Ident, Span, TokenStream};
use syn::ext::IdentExt;
use syn::parse::discouraged::Speculative;
use syn::parse::{ParseStream, Parser};
use syn::{Expr, Token};

use super::input::{HandlerArg, Input, OptionArg, Value};
use super::pairs;
use super::scan::{
    braces, colon, ends_operand, equals, expr, is_handler, option_follows, resynchronize, skip,
    skip_all,
};
use super::vocabulary::{OptionName, Verb};
use crate::crate_path::CratePath;

pub(super) fn parse(input: TokenStream) -> Input {
    let mut parsed = Input::default();
    let parser = |input: ParseStream| {
        parsed.read(input);
        Ok(())
    };
    if let Err(error) = parser.parse2(input) {
        parsed.errors.add(error);
    }
    parsed
}

impl Input {
    fn read(&mut self, input: ParseStream) {
        if input.is_empty() {
            self.errors.push_at(
                Span::call_site(),
                "`fetch!` needs a verb and a URL: `fetch!(GET url => handler)`",
            );
            return;
        }
        if input.peek(Token![crate]) && !input.peek2(Token![::]) {
            self.read_krate(input);
            if input.is_empty() && !self.errors.is_empty() {
                return;
            }
        }
        self.read_verb(input);
        self.read_url(input);
        self.read_options(input);
        skip_all(input);
    }

    fn read_krate(&mut self, input: ParseStream) {
        let before = self.errors.len();
        self.krate = CratePath::parse(input, &mut self.errors);
        if input.peek(Token![;]) {
            skip(input);
        } else if self.errors.len() > before {
            // If there is a `;` further on, the path ends there.
            let ahead = input.fork();
            while !ahead.is_empty() && !ahead.peek(Token![;]) {
                skip(&ahead);
            }
            if !ahead.is_empty() {
                skip(&ahead);
                input.advance_to(&ahead);
            }
        } else {
            self.errors.push_at(input.span(), "expected `;` after `crate = path`");
            if input.peek(Token![,]) {
                skip(input);
            }
        }
    }

    fn read_verb(&mut self, input: ParseStream) {
        let ahead = input.fork();
        let Ok(word) = ahead.call(Ident::parse_any) else {
            let message = format!("a request starts with a verb: {}", Verb::list());
            return self.errors.push_at(input.span(), message);
        };
        let text = word.to_string();
        let upper = text.to_uppercase();
        if let Some(verb) = Verb::find(&upper) {
            if text != upper {
                self.errors.push(&word, format_args!("write `{text}` in upper case: `{upper}`"));
            }
            self.verb = Some((verb, word.span()));
        } else if ends_operand(&ahead)
            || ahead.peek(Token![.])
            || ahead.peek(Token![::])
            || ahead.peek(Token![!])
        {
            // The word belongs to the URL.
            let message =
                format!("a request starts with a verb, as in `GET url`: {}", Verb::list());
            return self.errors.push(&word, message);
        } else {
            self.errors.push(&word, unknown_verb(&text, &upper));
        }
        input.advance_to(&ahead);
    }

    fn read_url(&mut self, input: ParseStream) {
        let option = option_follows(input).is_some();
        if !option && !ends_operand(input) {
            self.url = self.read_expr(input);
        } else if let Some((verb, span)) = self.verb {
            let word = verb.word();
            let message = if verb.takes_key() {
                format!("`{word}` needs a key: `{word} key`")
            } else {
                format!("`{word}` needs a URL: `{word} url`")
            };
            self.errors.push_at(span, message);
        } // Otherwise, the missing verb has been reported.
        if option {
            self.read_option(input);
        }
    }

    fn read_options(&mut self, input: ParseStream) {
        while !input.is_empty() {
            if input.peek(Token![=>]) {
                return self.read_arrow(input);
            }
            if input.peek(Token![,]) {
                skip(input);
                if input.is_empty() || input.peek(Token![=>]) {
                    continue;
                }
                self.read_option(input);
            } else if let Some(word) = option_follows(input) {
                self.errors.push(&word, format_args!("missing `,` before `{word}`"));
                self.read_option(input);
            } else if input.peek(Token![->]) {
                self.errors.push_at(input.span(), "write `=>` instead of `->` before the handler");
                return self.read_arrow(input);
            } else if is_handler(input) {
                self.errors.push_at(input.span(), "missing `=>` before the handler");
                self.read_handler(input);
            } else {
                self.errors.push_at(input.span(), "expected `,` or `=>`");
                resynchronize(input);
            }
        }
    }

    fn read_option(&mut self, input: ParseStream) {
        const NEITHER: &str =
            "expected an option, `name: value`, or a handler after `=>`: `=> handler`";
        let span = input.span();
        let ahead = input.fork();
        let Ok(word) = ahead.call(Ident::parse_any) else {
            if is_handler(input) {
                self.errors.push_at(span, "missing `=>` before the handler");
                return self.read_handler(input);
            }
            let message = if input.peek(Token![,]) {
                "a second `,` follows the first: remove it"
            } else {
                "expected an option: `name: value`"
            };
            self.errors.push_at(span, message);
            return resynchronize(input);
        };
        let known = OptionName::find(&word.to_string());

        if colon(&ahead) {
            skip(&ahead);
        } else if equals(&ahead) {
            let message = format!("write `:` instead of `=`: `{word}: value`");
            self.errors.push_at(ahead.span(), message);
            skip(&ahead);
        } else if known.is_some() {
            // `timeout value`, or `timeout` alone.
            if !ends_operand(&ahead) {
                self.errors.push(&word, format_args!("missing `:` after `{word}`"));
            }
        } else {
            if !is_handler(input) {
                self.errors.push_at(span, "expected an option: `name: value`");
                return resynchronize(input);
            }
            self.errors.push_at(span, NEITHER);
            // A word close to an option's name is one that is still being typed.
            return match OptionName::nearest(&word.to_string()) {
                Some(_) => resynchronize(input),
                None => self.read_handler(input),
            };
        }
        input.advance_to(&ahead);

        let name = known.or_else(|| OptionName::nearest(&word.to_string()));
        if known.is_none() {
            let message = match name {
                Some(name) => format!("unknown option `{word}`: did you mean `{}`?", name.word()),
                None => format!("unknown option `{word}`: use {}", OptionName::list()),
            };
            self.errors.push(&word, message);
        }
        let value = match name {
            _ if ends_operand(input) => {
                if known.is_some() {
                    let message = format!("`{word}` needs a value: `{word}: value`");
                    self.errors.push(&word, message);
                }
                None
            }
            Some(name) if name.noun_of_pair().is_some() && braces(input) => {
                let noun = name.noun_of_pair().unwrap_or_default();
                Some(Value::Pairs(pairs::read(input, noun, &mut self.errors)))
            }
            Some(_) => self.read_expr(input).map(Box::new).map(Value::Expr),
            // The syntax of an unknown option's value is unknown, too.
            None => {
                let value = expr(input).ok();
                if value.is_none() {
                    resynchronize(input);
                }
                value.map(Box::new).map(Value::Expr)
            }
        };
        self.options.push(OptionArg { word, name, value });
    }

    fn read_arrow(&mut self, input: ParseStream) {
        let span = input.span();
        skip(input);
        skip(input);
        if input.is_empty() || input.peek(Token![,]) {
            self.errors
                .push_at(span, "missing handler after `=>`: write a function's path or a closure");
        } else if let Some(word) = option_follows(input) {
            self.errors.push(
                &word,
                format_args!("expected a handler after `=>`: move `{word}` before the `=>`"),
            );
            skip_all(input);
        } else {
            return self.read_handler(input);
        }
        self.handler = Some(HandlerArg { expr: None });
        self.read_after_handler(input);
    }

    fn read_handler(&mut self, input: ParseStream) {
        let expr = self.read_expr(input);
        self.handler = Some(HandlerArg { expr });
        self.read_after_handler(input);
    }

    fn read_after_handler(&mut self, input: ParseStream) {
        while !input.is_empty() {
            let comma = input.peek(Token![,]);
            if comma {
                skip(input);
            }
            if let Some(word) = option_follows(input) {
                self.errors
                    .push(&word, format_args!("options go before `=>`: move `{word}` there"));
                self.read_option(input);
            } else if !(comma && input.is_empty()) {
                self.errors.push_at(
                    input.span(),
                    "the handler is the last part of a request: remove the rest",
                );
                return skip_all(input);
            }
        }
    }

    fn read_expr(&mut self, input: ParseStream) -> Option<Expr> {
        expr(input)
            .map_err(|error| {
                self.errors.add(error);
                resynchronize(input);
            })
            .ok()
    }
}

fn unknown_verb(text: &str, upper: &str) -> String {
    match (Verb::nearest(upper.trim_start_matches("EM_")), upper) {
        (_, "IDB_GET" | "IDB_LOAD" | "IDB_READ") => {
            format!("there is no verb `{text}`: read a record with `GET key, cache: OnlyIfCached`")
        }
        (_, "CONNECT" | "TRACE" | "TRACK") => {
            format!("browsers refuse {upper} requests: use another method")
        }
        (Some(verb), _) => format!("unknown verb `{text}`: did you mean `{}`?", verb.word()),
        (None, _) => {
            format!(
                "unknown verb `{text}`: use {}; other methods need `Request::new`",
                Verb::list()
            )
        }
    }
}
