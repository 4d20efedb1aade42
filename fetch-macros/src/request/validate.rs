//! Decides whether the parts of a `fetch!` make a request.

use proc_macro2::{Ident, Span};
use syn::ext::IdentExt;
use syn::{Expr, ExprLit, ExprPath, Lit, Path, PathSegment};

use super::parse::{Arrow, Input, Setting, Value};
use super::text::{Rule, Text, bare};
use super::words::{Name, Verb};
use crate::errors::Errors;
use crate::krate::Krate;

/// A request without mistakes: the one thing that becomes a complete expansion.
pub(super) struct Request {
    pub(super) krate: Krate,
    pub(super) start: Start,
    pub(super) steps: Vec<Step>,
    pub(super) end: End,
}

pub(super) struct Start {
    pub(super) verb: Verb,
    pub(super) span: Span,
    pub(super) url: Text,
}

/// A method call. Its name stands where the option's does.
pub(super) struct Step {
    pub(super) span: Span,
    pub(super) call: Call,
}

pub(super) enum Call {
    Header(Text, Text),
    /// `.name(text)`
    Text(Name, Text),
    /// `.name(expression)`
    Expr(Name, Expr),
    /// `.body(literal)`, which is not copied.
    StaticBody(Lit),
    /// `.cache(CacheMode::word)`, `.credentials(Credentials::word)`
    Variant(Name, &'static str, Ident),
    Auth(Text, Text),
    /// Of a pair that is not written as one.
    AuthPair(Expr),
}

pub(super) enum End {
    Request,
    Send { handler: Handler, context: Option<Box<Expr>> },
    SendFn(Expr),
}

/// What a path after `=>` names, as far as its words tell.
pub(super) enum Handler {
    /// A type: its name is written as types' are.
    Type(Expr),
    /// A value, and nothing else: `Game::loaded`, `loaded::<T>`, `<T as Load>::loaded`.
    Value(Expr),
    /// A function, with a marker of the same name or without, or a variable.
    Name(Ident),
    /// The same in a module, where it is no variable.
    Item(Path),
}

/// What is left of a request with mistakes; as much of it as possible still reaches the compiler.
pub(super) struct Rejected {
    pub(super) errors: Errors,
    pub(super) krate: Krate,
    pub(super) start: Option<Start>,
    pub(super) steps: Vec<Step>,
    pub(super) end: Option<End>,
    /// Expressions that have no place.
    pub(super) orphans: Vec<Expr>,
    /// The handler, where it cannot be used.
    pub(super) handler: Option<Handler>,
    /// Whether there is a `=>`, so that it was to be a `Result`.
    pub(super) sent: bool,
}

pub(super) fn validate(input: Input) -> Result<Request, Box<Rejected>> {
    let Input { krate, verb, url, options, arrow, mut errors } = input;
    let mut orphans = Vec::new();
    let mut steps = Vec::new();
    let mut context = None;

    if let Some((verb, span)) = verb {
        check_options(verb, span, &options, &mut errors);
    }
    check_repetition(&options, &mut errors);
    for option in options {
        let span = option.word.span();
        match (option.name, option.value) {
            (Some(Name::Context), value) => {
                let value = value.and_then(Value::into_expr);
                context.get_or_insert((option.word, value));
            }
            (Some(name), Some(value)) => {
                steps.extend(
                    calls(name, value, &mut errors).into_iter().map(|call| Step { span, call }),
                );
            }
            (None, value) => orphans.extend(value.and_then(Value::into_expr)),
            (Some(_), None) => {}
        }
    }

    let sent = arrow.is_some();
    let (end, handler) = end(arrow, context, &mut orphans, &mut errors);
    // Without a verb there has been an error, and the URL may be anything.
    let mut ignored = Errors::default();
    let of_url = if verb.is_some() { &mut errors } else { &mut ignored };
    // Of an unknown verb a GET is left, to have something to call the methods of.
    let (verb, span) = verb.unwrap_or((Verb::Get, Span::call_site()));
    let rule = if verb.object() == "key" { Rule::Key } else { Rule::Url };
    let start = url.map(|url| Start { verb, span, url: Text::read(url, rule, of_url) });
    match (start, end) {
        (Some(start), Some(end)) if errors.is_empty() => Ok(Request { krate, start, steps, end }),
        (start, end) => {
            Err(Box::new(Rejected { errors, krate, start, steps, end, orphans, handler, sent }))
        }
    }
}

fn check_options(verb: Verb, span: Span, options: &[Setting], errors: &mut Errors) {
    for option in options {
        // A name that had to be guessed has had its error.
        let Some(name) = option.name.filter(|name| option.word == name.name()) else {
            continue;
        };
        if let Some(reason) = verb.refuses(name) {
            errors.push(&option.word, reason);
        } else if name == Name::Cache && verb != Verb::Get {
            check_cache(verb, option, errors);
        }
    }
    check_stream(options, errors);
    if verb == Verb::IdbStore && !options.iter().any(|option| option.name == Some(Name::Body)) {
        errors.push_at(span, "`IDB_STORE` needs something to store: `body: …`");
    }
}

/// Of a mode that is named here, it is known whether it is the default.
fn check_cache(verb: Verb, option: &Setting, errors: &mut Errors) {
    if let Some(Value::Expr(mode)) = &option.value {
        if let Some(word) = variant(mode, &CACHE_MODES).filter(|word| *word != "NoStore") {
            let verb = verb.name();
            errors.push(
                word,
                format_args!(
                    "a {verb} request does not use the cache: leave out `cache`, or make it a GET"
                ),
            );
        }
    }
}

/// What a stream is not, and what it does not take.
fn check_stream(options: &[Setting], errors: &mut Errors) {
    if !options.iter().any(|option| option.name == Some(Name::OnChunk)) {
        return;
    }
    for option in options {
        match (option.name, &option.value) {
            (Some(Name::Cache), Some(Value::Expr(mode))) => {
                if let Some(word) = variant(mode, &CACHE_MODES).filter(|word| *word != "NoStore") {
                    errors.push(word, "a stream is not stored: leave out `cache`, or `on_chunk`");
                }
            }
            (Some(Name::MimeType), _) => errors.push(
                &option.word,
                "the MIME type of a stream cannot be overridden: leave out `mime_type`, or `on_chunk`",
            ),
            _ => {}
        }
    }
}

fn check_repetition(options: &[Setting], errors: &mut Errors) {
    for (index, option) in options.iter().enumerate() {
        if options[..index].iter().any(|earlier| earlier.word == option.word) {
            errors.push(&option.word, format_args!("`{}` is given twice", option.word));
        }
    }
}

fn calls(name: Name, value: Value, errors: &mut Errors) -> Vec<Call> {
    let value = match value {
        Value::Headers(headers) => {
            return headers
                .into_iter()
                .map(|(name, value)| {
                    let name = Text::read(name, Rule::HeaderName, errors);
                    Call::Header(name, Text::read(value, Rule::HeaderValue, errors))
                })
                .collect();
        }
        Value::Expr(value) => *value,
    };
    let call = match name {
        Name::CacheKey => Call::Text(name, Text::read(value, Rule::Key, errors)),
        Name::Timeout if matches!(bare(&value), Expr::Lit(_)) => {
            errors
                .push(value, "`timeout` takes a `Duration`: `Duration::from_secs(5)`, for example");
            return Vec::new();
        }
        Name::MimeType => Call::Text(name, Text::read(value, Rule::MimeType, errors)),
        Name::Auth => return auth(value, errors).into_iter().collect(),
        Name::Cache | Name::Credentials => {
            let (of, words) = match name {
                Name::Cache => ("CacheMode", &CACHE_MODES[..]),
                _ => ("Credentials", &CREDENTIALS[..]),
            };
            match variant(&value, words).cloned() {
                Some(word) => Call::Variant(name, of, word),
                None if is_unknown_variant(&value, of, words, errors) => return Vec::new(),
                None => Call::Expr(name, value),
            }
        }
        Name::Body => match bare(&value) {
            Expr::Lit(ExprLit { attrs, lit: lit @ (Lit::Str(_) | Lit::ByteStr(_)) })
                if attrs.is_empty() =>
            {
                Call::StaticBody(lit.clone())
            }
            _ => Call::Expr(name, value),
        },
        Name::Headers
        | Name::Timeout
        | Name::OnProgress
        | Name::OnChunk
        | Name::Signal
        | Name::Context => Call::Expr(name, value),
    };
    vec![call]
}

const CACHE_MODES: [&str; 4] = ["NoStore", "Reload", "ForceCache", "OnlyIfCached"];
const CREDENTIALS: [&str; 2] = ["SameOrigin", "Include"];

/// A bare word that is written as variants are was to be one: variables and constants are written
/// otherwise.
fn is_unknown_variant(value: &Expr, of: &str, words: &[&str], errors: &mut Errors) -> bool {
    let word = match bare(value) {
        Expr::Path(path) if path.attrs.is_empty() && path.qself.is_none() => path.path.get_ident(),
        _ => None,
    };
    let is_variant = |word: &&Ident| {
        let word = word.to_string();
        word.starts_with(char::is_uppercase) && word.contains(char::is_lowercase)
    };
    if let Some(word) = word.filter(is_variant) {
        errors
            .push(word, format_args!("there is no `{of}::{word}`: there are {}", words.join(", ")));
        return true;
    }
    false
}

/// The bare word, if it is one of these.
fn variant<'a>(value: &'a Expr, words: &[&str]) -> Option<&'a Ident> {
    match bare(value) {
        Expr::Path(path) if path.attrs.is_empty() && path.qself.is_none() => {
            path.path.get_ident().filter(|word| words.iter().any(|known| word == known))
        }
        _ => None,
    }
}

fn auth(value: Expr, errors: &mut Errors) -> Option<Call> {
    match bare(&value) {
        Expr::Tuple(pair) if pair.elems.len() == 2 => {
            let mut texts =
                pair.elems.iter().map(|element| Text::read(element.clone(), Rule::Text, errors));
            Some(Call::Auth(texts.next()?, texts.next()?))
        }
        wrong @ (Expr::Lit(_) | Expr::Tuple(_)) => {
            errors.push(wrong, "`auth` takes a pair: `(user, password)`");
            None
        }
        _ => Some(Call::AuthPair(value)),
    }
}

/// Conventions decide, as they do about variants: no type's name begins in lower case, and no
/// module's in upper case.
fn named(handler: Expr) -> Handler {
    let Expr::Path(ExprPath { qself, path, .. }) = bare(&handler) else {
        return Handler::Value(handler);
    };
    let is_type = |segment: &PathSegment| {
        let word = segment.ident.unraw().to_string();
        word.trim_start_matches('_').starts_with(char::is_uppercase)
    };
    match path.segments.last() {
        Some(last) if is_type(last) => return Handler::Type(handler),
        _ if qself.is_some()
            || ["self", "super", "crate"].iter().any(|word| path.is_ident(word)) =>
        {
            return Handler::Value(handler);
        }
        _ => {}
    }
    let is_item =
        path.segments.iter().all(|segment| segment.arguments.is_none() && !is_type(segment));
    match path.get_ident() {
        Some(name) => Handler::Name(name.clone()),
        None if is_item => Handler::Item(path.clone()),
        None => Handler::Value(handler),
    }
}

/// How the request ends, and the handler if it cannot be told.
fn end(
    arrow: Option<Arrow>,
    context: Option<(Ident, Option<Expr>)>,
    orphans: &mut Vec<Expr>,
    errors: &mut Errors,
) -> (Option<End>, Option<Handler>) {
    match (arrow, context) {
        (None, None) => (Some(End::Request), None),
        (None, Some((word, context))) => {
            errors.push(word, "`context` goes to a handler: add `=> handler`");
            orphans.extend(context);
            (Some(End::Request), None)
        }
        (Some(Arrow { handler: None }), context) => {
            orphans.extend(context.and_then(|(_, context)| context));
            (None, None)
        }
        (Some(Arrow { handler: Some(handler) }), context) => {
            let is_path = matches!(bare(&handler), Expr::Path(path) if path.attrs.is_empty());
            match context {
                None if is_path => {
                    (Some(End::Send { handler: named(handler), context: None }), None)
                }
                Some((_, Some(context))) if is_path => (
                    Some(End::Send { handler: named(handler), context: Some(Box::new(context)) }),
                    None,
                ),
                Some((_, None)) if is_path => (None, Some(named(handler))),
                None | Some(_) => {
                    if let Some((word, context)) = context {
                        errors.push(word, "a closure captures its context: leave out `context`, and write `move |response| …`");
                        orphans.extend(context);
                    }
                    (Some(End::SendFn(unparenthesized(handler))), None)
                }
            }
        }
    }
}

impl Value {
    fn into_expr(self) -> Option<Expr> {
        match self {
            Self::Expr(expr) => Some(*expr),
            Self::Headers(_) => None,
        }
    }
}

/// `=> (closure)`: parentheses tell a variable from a handler's path, and are done with then.
fn unparenthesized(expr: Expr) -> Expr {
    match expr {
        Expr::Paren(paren) if paren.attrs.is_empty() => *paren.expr,
        expr => expr,
    }
}
