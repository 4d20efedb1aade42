//! Spans of generated code.

use proc_macro2::{Ident, Span};

/// A span for generated tokens: messages point at `span`, but names are resolved, and lints look at
/// the tokens, as at those of a macro's own.
pub(crate) fn at(span: Span) -> Span {
    Span::mixed_site().located_at(span)
}

/// The user's name, where the user wrote it, but resolved as a name at `site`.
pub(crate) fn hygienic(name: &Ident, site: Span) -> Ident {
    let mut name = name.clone();
    name.set_span(site.located_at(name.span()));
    name
}
