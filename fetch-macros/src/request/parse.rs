//! Reads `fetch!`'s input: syntax only. After an error it goes on at the next option.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::discouraged::Speculative;
use syn::parse::{ParseStream, Parser};
use syn::{Expr, ExprAssign, Lit, Token, braced, token};

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
    Expr(Expr),
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
            self.errors
                .push_at(Span::call_site(), "`fetch!` needs a verb and a URL: `fetch!(GET url => handler)`");
            return;
        }
        if input.peek(Token![crate]) && !input.peek2(Token![::]) {
            self.read_krate(input);
            if input.is_empty() && !self.errors.is_empty() {
                return;
            }
        }
        let verb = self.read_verb(input);
        self.read_url(input, &verb);
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

    /// Returns the word that stands where the verb should.
    fn read_verb(&mut self, input: ParseStream) -> Option<Ident> {
        let ahead = input.fork();
        let Ok(word) = ahead.call(Ident::parse_any) else {
            let span = input.span();
            self.errors.push_at(span, format_args!("a request starts with its verb: {}", Verb::LIST));
            return None;
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
            self.errors
                .push(&word, format_args!("a request starts with its verb, as in `GET url`: {}", Verb::LIST));
            return None;
        } else {
            let message = match (Verb::nearest(upper.trim_start_matches("EM_")), upper.as_str()) {
                (_, "IDB_GET" | "IDB_LOAD" | "IDB_READ") => {
                    format!(
                        "there is no verb `{text}`: what is stored is read by `GET key, cache: OnlyIfCached`"
                    )
                }
                (_, "CONNECT" | "TRACE" | "TRACK") => format!("browsers refuse {upper} requests"),
                (Some(verb), _) => format!("unknown verb `{text}`: did you mean `{}`?", verb.name()),
                (None, _) => format!("unknown verb `{text}`: use {}", Verb::LIST),
            };
            self.errors.push(&word, message);
        }
        input.advance_to(&ahead);
        Some(word)
    }

    fn read_url(&mut self, input: ParseStream, word: &Option<Ident>) {
        let option = option_follows(input).is_some();
        let missing = option || ends_operand(input);
        match (missing, self.verb, word) {
            (true, Some((verb, span)), _) => {
                let (name, object) = (verb.name(), verb.object());
                let lower = object.to_lowercase();
                self.errors.push_at(span, format_args!("`{name}` needs a {object}: `{name} {lower}`"));
            }
            // With the verb in doubt one error is enough.
            (true, None, _) => {}
            (false, ..) => self.url = self.read_expr(input),
        }
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
            } else {
                let expected = if is_handler(input) {
                    "`=>` is missing before the handler"
                } else {
                    "expected `,` or `=>`"
                };
                self.errors.push_at(input.span(), expected);
                resynchronize(input);
            }
        }
    }

    fn read_option(&mut self, input: ParseStream) {
        let span = input.span();
        let ahead = input.fork();
        let Ok(word) = ahead.call(Ident::parse_any) else {
            let message = if input.peek(Token![,]) {
                "one `,` is enough"
            } else if is_handler(input) {
                "the handler comes after `=>`"
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
            self.errors
                .push_at(ahead.span(), format_args!("`:` goes between an option and its value: `{word}: …`"));
            skip(&ahead);
        } else if known.is_some() {
            // `timeout value`, or `timeout` alone.
            if !ends_operand(&ahead) {
                self.errors.push(&word, format_args!("`:` is missing after `{word}`"));
            }
        } else {
            let message = if is_handler(input) {
                "this is no option, `name: value`; a handler comes after `=>`"
            } else {
                "expected an option, `name: value`"
            };
            self.errors.push_at(span, message);
            return resynchronize(input);
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
        let value = if ends_operand(input) {
            if known.is_some() {
                self.errors.push(&word, format_args!("`{word}` needs a value: `{word}: …`"));
            }
            None
        } else if meant == Some(Name::Headers) && braces(input) {
            Some(Value::Headers(self.read_headers(input)))
        } else if meant.is_none() {
            expr(input)
                .ok()
                .or_else(|| {
                    resynchronize(input);
                    None
                })
                .map(Value::Expr)
        } else {
            self.read_expr(input).map(Value::Expr)
        };
        self.options.push(Setting { word, name: meant, value });
    }

    fn read_headers(&mut self, input: ParseStream) -> Vec<(Expr, Expr)> {
        let mut headers = Vec::new();
        let braced = || {
            let content;
            braced!(content in input);
            Ok(content)
        };
        let content = match braced() {
            Ok(content) => content,
            Err(error) => {
                self.errors.add(error);
                return headers;
            }
        };
        while !content.is_empty() {
            if let Some(header) = self.read_header(&content) {
                headers.push(header);
            }
            if content.peek(Token![,]) {
                skip(&content);
            } else if !content.is_empty() {
                self.errors.push_at(content.span(), "expected `,` after a header");
                if !content.peek(Lit) && !content.peek(Ident::peek_any) {
                    skip_to_comma(&content);
                }
            }
        }
        headers
    }

    fn read_header(&mut self, content: ParseStream) -> Option<(Expr, Expr)> {
        let span = content.span();
        let name = match expr(content) {
            // `"Accept" = "text/html"`
            Ok(Expr::Assign(ExprAssign { left, eq_token, right, .. })) => {
                self.errors.push(eq_token, "`:` goes between a header's name and its value");
                return Some((*left, *right));
            }
            Ok(name) => name,
            Err(error) => {
                self.errors.push_at(error.span(), "in `headers: { … }` every header is `name: value`");
                skip_to_comma(content);
                return None;
            }
        };
        if colon(content) {
            skip(content);
        } else if content.peek(Token![=>]) {
            self.errors.push_at(content.span(), "`:` goes between a header's name and its value");
            skip(content);
            skip(content);
        } else {
            self.errors.push_at(span, "in `headers: { … }` every header is `name: value`");
            skip_to_comma(content);
            return None;
        }
        if content.is_empty() || content.peek(Token![,]) {
            self.errors.push(&name, "this header needs a value: `name: value`");
            return None;
        }
        match expr(content) {
            Ok(value) => Some((name, value)),
            Err(error) => {
                self.errors.add(error);
                skip_to_comma(content);
                None
            }
        }
    }

    fn read_arrow(&mut self, input: ParseStream) {
        let span = input.span();
        skip(input);
        skip(input);
        let handler = if input.is_empty() || input.peek(Token![,]) {
            self.errors.push_at(
                span,
                "a handler comes after `=>`: a function with `#[fetch_handler]`, or a closure",
            );
            None
        } else if let Some(word) = option_follows(input) {
            self.errors.push(&word, "a handler comes after `=>`, and options before it");
            skip_all(input);
            None
        } else {
            self.read_expr(input)
        };
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
                self.errors.push(&word, format_args!("options come before `=>`: move `{word}` there"));
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

/// Leaves the input where it is if there is an error, and never points at the end of the input, which has no tokens.
fn expr(input: ParseStream) -> syn::Result<Expr> {
    let ahead = input.fork();
    match ahead.parse::<Expr>() {
        Ok(expr) => {
            input.advance_to(&ahead);
            Ok(expr)
        }
        Err(error) if ahead.is_empty() => {
            let rest: TokenStream = input.fork().parse().unwrap_or_default();
            match rest.into_iter().last() {
                None | Some(TokenTree::Group(_)) => Err(error),
                Some(last) => Err(syn::Error::new(last.span(), error)),
            }
        }
        Err(error) => Err(error),
    }
}

/// Whether nothing more belongs to the value before.
fn ends_operand(input: ParseStream) -> bool {
    input.is_empty() || input.peek(Token![,]) || input.peek(Token![=>])
}

fn colon(input: ParseStream) -> bool {
    input.peek(Token![:]) && !input.peek(Token![::])
}

fn equals(input: ParseStream) -> bool {
    input.peek(Token![=]) && !input.peek(Token![=>]) && !input.peek(Token![==])
}

/// The word of an option that starts here, if its name is known and it is not a mere variable's.
fn option_follows(input: ParseStream) -> Option<Ident> {
    let ahead = input.fork();
    let word = ahead.call(Ident::parse_any).ok()?;
    (Name::find(&word.to_string()).is_some() && (colon(&ahead) || equals(&ahead))).then_some(word)
}

/// Whether a path or a closure, and nothing else, follows to the end.
fn is_handler(input: ParseStream) -> bool {
    let ahead = input.fork();
    matches!(ahead.parse(), Ok(Expr::Path(_) | Expr::Closure(_))) && ahead.is_empty()
}

/// Whether braces, and not an expression that goes on after them, follow.
fn braces(input: ParseStream) -> bool {
    input.peek(token::Brace) && !input.peek2(Token![.]) && !input.peek2(Token![?])
}

/// Skips to the next `=>`, the next `,` before an option, or the end.
fn resynchronize(input: ParseStream) {
    while !input.is_empty() && !input.peek(Token![=>]) {
        let ahead = input.fork();
        let comma = ahead.peek(Token![,]);
        skip(&ahead);
        if comma && (ahead.is_empty() || ahead.peek(Token![=>]) || option_follows(&ahead).is_some()) {
            return;
        }
        input.advance_to(&ahead);
    }
}

fn skip_to_comma(input: ParseStream) {
    while !input.is_empty() && !input.peek(Token![,]) {
        skip(input);
    }
}

fn skip_all(input: ParseStream) {
    while !input.is_empty() {
        skip(input);
    }
}

/// Skips one token. At the end there is none, and nothing happens.
fn skip(input: ParseStream) {
    drop(input.parse::<TokenTree>());
}
