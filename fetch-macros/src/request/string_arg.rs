//! The strings of a request: which of them are literals, and which check they get.

use proc_macro2::Ident;
use syn::spanned::Spanned;
use syn::{Expr, ExprLit, Lit, LitStr};

use super::expr::ungrouped;
use super::template::{self, InvalidTemplate, Template};
use crate::errors::Errors;

/// A string that is checked: at compile time if it is a literal.
pub(super) enum StringArg {
    Literal(LitStr, Rule),
    /// The text of a [`Template`], and its captures.
    Template(LitStr, Vec<Ident>, Rule),
    Expr(Box<Expr>),
}

/// The check that a string gets.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Rule {
    Url,
    Key,
    HeaderName,
    HeaderValue,
    MimeType,
    Integrity,
    UserOrPassword,
}

impl Rule {
    /// The function in `__private` that checks literals.
    pub(super) const fn check_function(self) -> &'static str {
        match self {
            Self::Url => "url",
            Self::Key => "key",
            Self::HeaderName => "header_name",
            Self::HeaderValue => "header_value",
            Self::MimeType => "mime_type",
            Self::Integrity => "integrity",
            Self::UserOrPassword => "text",
        }
    }

    /// The name of such a string. Its article is "a".
    pub(super) const fn noun(self) -> &'static str {
        match self {
            Self::Url => "URL",
            Self::Key => "key",
            Self::HeaderName => "header name",
            Self::HeaderValue => "header value",
            Self::MimeType => "MIME type",
            Self::Integrity => "list of digests",
            Self::UserOrPassword => "user name or password",
        }
    }

    const fn allows_captures(self) -> bool {
        matches!(self, Self::Url | Self::Key)
    }
}

impl StringArg {
    /// Only plain string literals count; suffixed ones are left for rustc to reject.
    pub(super) fn read(expr: Expr, rule: Rule, errors: &mut Errors) -> Self {
        let literal = match ungrouped(&expr) {
            Expr::Lit(ExprLit { attrs, lit: Lit::Str(literal) })
                if attrs.is_empty() && literal.suffix().is_empty() =>
            {
                literal
            }
            // Any type that implements `Display` can be a header value.
            Expr::Lit(_) if rule == Rule::HeaderValue => return Self::Expr(Box::new(expr)),
            Expr::Lit(ExprLit {
                lit: Lit::Int(_) | Lit::Float(_) | Lit::Bool(_) | Lit::Char(_),
                ..
            }) => {
                let noun = rule.noun();
                errors.push(
                    &expr,
                    format_args!("a {noun} must be a string: put the value in double quotes"),
                );
                return Self::Literal(LitStr::new("", expr.span()), Rule::UserOrPassword);
            }
            _ => return Self::Expr(Box::new(expr)),
        };
        if literal.value().contains('\0') {
            errors.push(literal, "a C string ends at its first NUL character: remove the NUL");
            return Self::Expr(Box::new(expr));
        }
        if !rule.allows_captures() {
            return Self::Literal(literal.clone(), rule);
        }
        match template::read(literal, rule.noun()) {
            Ok(Template { text, captures }) => {
                let text = LitStr::new(&text, literal.span());
                if captures.is_empty() {
                    Self::Literal(text, rule)
                } else {
                    Self::Template(text, captures, rule)
                }
            }
            Err(InvalidTemplate { messages, captures }) => {
                messages.into_iter().for_each(|message| errors.push(literal, message));
                // The captures still reach the compiler. An empty key stands for the text, because
                // the template of a key is not checked.
                Self::Template(LitStr::new("", literal.span()), captures, Rule::Key)
            }
        }
    }
}
