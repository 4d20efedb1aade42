//! The request that a `fetch!` makes, as validation understood it.

use proc_macro2::{Ident, Span};
use syn::{Expr, Lit, Path};

use super::input::Pair;
use super::string_arg::StringArg;
use super::vocabulary::{OptionName, Verb};
use crate::crate_path::CratePath;
use crate::errors::Errors;

/// A request without mistakes. Only this becomes a complete expansion.
pub(super) struct Request {
    pub(super) krate: CratePath,
    pub(super) start: Start,
    pub(super) steps: Vec<Step>,
    pub(super) end: End,
}

/// The call that makes the `Request`.
pub(super) struct Start {
    pub(super) verb: Verb,
    pub(super) span: Span,
    pub(super) url: StringArg,
}

/// A method call on the `Request`. Its name stands where the option's name does.
pub(super) struct Step {
    pub(super) span: Span,
    pub(super) call: Call,
}

pub(super) enum Call {
    Header(StringArg, StringArg),
    /// `.name(string)`
    String(OptionName, StringArg),
    /// `.name(expression)`
    Expr(OptionName, Expr),
    /// `.name(((name, value), …))`, a tuple of pairs.
    Pairs(OptionName, Vec<Pair>),
    /// `.multipart(Multipart::new().part(name, value)…)`
    Multipart(Vec<Pair>),
    /// `.body(literal)`, which is not copied.
    StaticBody(Lit),
    /// `.cache(CacheMode::word)`, `.credentials(Credentials::word)`
    Variant(OptionName, &'static str, Ident),
    /// `.auth(user, password)`
    Auth(StringArg, StringArg),
    /// `auth: expression`, where the expression is a pair but not written as one.
    AuthPair(Expr),
}

/// The last call.
pub(super) enum End {
    /// There is none: the result is the `Request`.
    Request,
    Send {
        handler: HandlerPath,
        context: Option<Box<Expr>>,
    },
    SendFn(Expr),
}

/// A path after `=>`, sorted by what its words tell.
pub(super) enum HandlerPath {
    /// A type: its name is written as the names of types are.
    Type(Expr),
    /// A value that has no marker: `Game::loaded`, `loaded::<T>`, `<T as Load>::loaded`.
    Value(Expr),
    /// One word: a function, with a marker of the same name or without, or a variable.
    Name(Ident),
    /// A function in a module, with a marker of the same name or without.
    Item(Path),
}

/// The parts of a request with mistakes. As many of them as possible still reach the compiler.
pub(super) struct Rejected {
    pub(super) errors: Errors,
    pub(super) krate: CratePath,
    pub(super) start: Option<Start>,
    pub(super) steps: Vec<Step>,
    pub(super) end: Option<End>,
    /// Expressions that no call takes.
    pub(super) unplaced_exprs: Vec<Expr>,
    /// The handler, where it cannot be called.
    pub(super) handler: Option<HandlerPath>,
    /// Whether there is a `=>`: then the result was to be a `Result`.
    pub(super) has_arrow: bool,
}
