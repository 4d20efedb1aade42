//! Reads `fetch!`'s input: syntax only. After an error it goes on at the next option.

use proc_macro2::{Ident, Span, TokenStream};
use syn::ext::IdentExt;
use syn::parse::discouraged::Speculative;
use syn::parse::{ParseStream, Parser};
use syn::{Expr, Token};

use super::headers;
use super::scan::{
    braces, colon, ends_operand, equals, expr, is_handler, option_follows, resynchronize, skip,
    skip_all,
};
use super::words::{Name, Verb};
use crate::errors::Errors;
use crate::krate::Krate;

#[derive(Default)]
pub(super) struct Input {
    pub(super) krate: Krate,
    /// None after an error, as everything below.
    pub(super) verb: Option<(Verb, Span)>,
    pub(super) url: Option<Expr>,
    pub(super) options: Vec<Setting>,
    pub(super) arrow: Option<Arrow>,
    pub(super) errors: Errors,
}

/// `option: value`.
pub(super) struct Setting {
    pub(super) word: Ident,
    /// None if there is no such option, which has been reported.
    pub(super) name: Option<Name>,
    pub(super) value: Option<Value>,
}

pub(super) enum Value {
    Expr(Box<Expr>),
    /// `{ name: value, … }`
    Headers(Vec<(Expr, Expr)>),
}

/// `=> handler`
pub(super) struct Arrow {
    pub(super) handler: Option<Expr>,
}

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
        self.krate = Krate::parse(input, &mut self.errors);
        if input.peek(Token![;]) {
            skip(input);
        } else if self.errors.len() > before {
            // Was that all of it? Look for the end of what could not be read.
            let ahead = input.fork();
            while !ahead.is_empty() && !ahead.peek(Token![;]) {
                skip(&ahead);
            }
            if !ahead.is_empty() {
                skip(&ahead);
                input.advance_to(&ahead);
            }
        } else {
            self.errors.push_at(input.span(), "a `;` goes between `crate = path` and the verb");
            if input.peek(Token![,]) {
                skip(input);
            }
        }
    }

    fn read_verb(&mut self, input: ParseStream) {
        let ahead = input.fork();
        let Ok(word) = ahead.call(Ident::parse_any) else {
            let span = input.span();
            self.errors
                .push_at(span, format_args!("a request starts with its verb: {}", Verb::LIST));
            return;
        };
        let text = word.to_string();
        let upper = text.to_uppercase();
        if let Some(verb) = Verb::find(&upper) {
            if text != upper {
                self.errors.push(&word, format_args!("verbs are written in upper case: `{upper}`"));
            }
            self.verb = Some((verb, word.span()));
        } else if ends_operand(&ahead)
            || ahead.peek(Token![.])
            || ahead.peek(Token![::])
            || ahead.peek(Token![!])
        {
            // That was the URL.
            self.errors.push(
                &word,
                format_args!("a request starts with its verb, as in `GET url`: {}", Verb::LIST),
            );
            return;
        } else {
            let message = match (Verb::nearest(upper.trim_start_matches("EM_")), upper.as_str()) {
                (_, "IDB_GET" | "IDB_LOAD" | "IDB_READ") => {
                    format!(
                        "there is no verb `{text}`: what is stored is read by `GET key, cache: OnlyIfCached`"
                    )
                }
                (_, "CONNECT" | "TRACE" | "TRACK") => format!("browsers refuse {upper} requests"),
                (Some(verb), _) => {
                    format!("unknown verb `{text}`: did you mean `{}`?", verb.name())
                }
                (None, _) => format!("unknown verb `{text}`: use {}", Verb::LIST),
            };
            self.errors.push(&word, message);
        }
        input.advance_to(&ahead);
    }

    fn read_url(&mut self, input: ParseStream) {
        let option = option_follows(input).is_some();
        if !option && !ends_operand(input) {
            self.url = self.read_expr(input);
        } else if let Some((verb, span)) = self.verb {
            let (name, object) = (verb.name(), verb.object());
            let lower = object.to_lowercase();
            self.errors.push_at(span, format_args!("`{name}` needs a {object}: `{name} {lower}`"));
        } // Else there was an error already.
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
                self.errors.push(&word, format_args!("a `,` is missing before `{word}`"));
                self.read_option(input);
            } else if input.peek(Token![->]) {
                self.errors.push_at(input.span(), "the handler comes after `=>`, not `->`");
                return self.read_arrow(input);
            } else if is_handler(input) {
                self.errors.push_at(input.span(), "`=>` is missing before the handler");
                self.read_handler(input);
            } else {
                self.errors.push_at(input.span(), "expected `,` or `=>`");
                resynchronize(input);
            }
        }
    }

    fn read_option(&mut self, input: ParseStream) {
        let span = input.span();
        let ahead = input.fork();
        let Ok(word) = ahead.call(Ident::parse_any) else {
            if is_handler(input) {
                self.errors.push_at(span, "the handler comes after `=>`");
                return self.read_handler(input);
            }
            let message = if input.peek(Token![,]) {
                "one `,` is enough"
            } else {
                "expected an option, `name: value`"
            };
            self.errors.push_at(span, message);
            return resynchronize(input);
        };
        let known = Name::find(&word.to_string());

        if colon(&ahead) {
            skip(&ahead);
        } else if equals(&ahead) {
            self.errors.push_at(
                ahead.span(),
                format_args!("`:` goes between an option and its value: `{word}: …`"),
            );
            skip(&ahead);
        } else if known.is_some() {
            // `timeout value`, or `timeout` alone.
            if !ends_operand(&ahead) {
                self.errors.push(&word, format_args!("`:` is missing after `{word}`"));
            }
        } else {
            if !is_handler(input) {
                self.errors.push_at(span, "expected an option, `name: value`");
                return resynchronize(input);
            }
            self.errors
                .push_at(span, "this is no option, `name: value`; a handler comes after `=>`");
            // Or the word of an option that is still being written.
            return match Name::nearest(&word.to_string()) {
                Some(_) => resynchronize(input),
                None => self.read_handler(input),
            };
        }
        input.advance_to(&ahead);

        let meant = known.or_else(|| Name::nearest(&word.to_string()));
        if known.is_none() {
            let message = match meant {
                Some(meant) => format!("unknown option `{word}`: did you mean `{}`?", meant.name()),
                None => format!("unknown option `{word}`: there are {}", Name::LIST),
            };
            self.errors.push(&word, message);
        }
        let value = match meant {
            _ if ends_operand(input) => {
                if known.is_some() {
                    self.errors.push(&word, format_args!("`{word}` needs a value: `{word}: …`"));
                }
                None
            }
            Some(Name::Headers) if braces(input) => {
                Some(Value::Headers(headers::read(input, &mut self.errors)))
            }
            Some(_) => self.read_expr(input).map(Box::new).map(Value::Expr),
            // What syntax it would have is anybody's guess.
            None => {
                let value = expr(input).ok();
                if value.is_none() {
                    resynchronize(input);
                }
                value.map(Box::new).map(Value::Expr)
            }
        };
        self.options.push(Setting { word, name: meant, value });
    }

    fn read_arrow(&mut self, input: ParseStream) {
        let span = input.span();
        skip(input);
        skip(input);
        if input.is_empty() || input.peek(Token![,]) {
            self.errors.push_at(
                span,
                "a handler comes after `=>`: a function with `#[fetch_handler]`, or a closure",
            );
        } else if let Some(word) = option_follows(input) {
            self.errors.push(&word, "a handler comes after `=>`, and options before it");
            skip_all(input);
        } else {
            return self.read_handler(input);
        }
        self.arrow = Some(Arrow { handler: None });
        self.read_after_handler(input);
    }

    fn read_handler(&mut self, input: ParseStream) {
        let handler = self.read_expr(input);
        self.arrow = Some(Arrow { handler });
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
                    .push(&word, format_args!("options come before `=>`: move `{word}` there"));
                self.read_option(input);
            } else if !(comma && input.is_empty()) {
                self.errors.push_at(input.span(), "nothing comes after the handler");
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
