//! The handler that a function makes, as validation understood it.

use proc_macro2::{Ident, TokenStream};
use syn::{Attribute, Type, Visibility};

use super::arguments::Arguments;
use crate::errors::Errors;

/// A function that can be a handler. Only this becomes a complete expansion.
pub(super) struct Handler {
    pub(super) marker: Marker,
    /// The whole function, as written.
    pub(super) item: TokenStream,
    pub(super) is_async: bool,
    pub(super) response: Type,
    pub(super) context: Option<Type>,
    pub(super) output: Output,
}

/// The output of a function, as far as it changes the expansion.
pub(super) enum Output {
    Nothing,
    Never,
    /// A value. Whether its type is right is left to the compiler.
    Value(Box<Type>),
    /// A value of a type that cannot be written a second time, because of `impl Trait`.
    Unnamed,
}

/// The type that stands for the function in the type namespace.
pub(super) struct Marker {
    pub(super) arguments: Arguments,
    pub(super) attributes: Vec<Attribute>,
    pub(super) visibility: Visibility,
    pub(super) name: Ident,
}

/// A function that cannot be a handler.
pub(super) struct Rejected {
    pub(super) errors: Errors,
    pub(super) item: TokenStream,
    /// A marker that does nothing, and the type of its context. It prevents further errors where
    /// the handler is used.
    pub(super) marker: Option<(Marker, Option<Type>)>,
}
