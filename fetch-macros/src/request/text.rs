//! The strings of a request: which of them are literals, and how those are checked.

use proc_macro2::Ident;
use syn::spanned::Spanned;
use syn::{Expr, ExprLit, Lit, LitStr};

use super::template::{self, Template, Wrong};
use crate::errors::Errors;

/// A string that is checked: at compile time if it is a literal.
pub(super) enum Text {
    Literal(LitStr, Rule),
    /// [`Template::text`], and what goes into it.
    Template(LitStr, Vec<Ident>, Rule),
    Expr(Box<Expr>),
}

/// Which check. The names are those of the functions in `__private`.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Rule {
    Url,
    Key,
    HeaderName,
    HeaderValue,
    MimeType,
    Text,
}

impl Rule {
    fn what(self) -> &'static str {
        match self {
            Self::Url => "a URL",
            Self::Key => "a key",
            Self::HeaderName => "a header's name",
            Self::HeaderValue => "a header's value",
            Self::MimeType => "a media type",
            Self::Text => "a user name or password",
        }
    }
}

impl Text {
    /// A literal is what is one by all appearances; the compiler is left to complain of suffixes.
    pub(super) fn read(expr: Expr, rule: Rule, errors: &mut Errors) -> Self {
        let literal = match bare(&expr) {
            Expr::Lit(ExprLit { attrs, lit: Lit::Str(literal) })
                if attrs.is_empty() && literal.suffix().is_empty() =>
            {
                literal
            }
            // Whatever can be displayed is one.
            Expr::Lit(_) if rule == Rule::HeaderValue => return Self::Expr(Box::new(expr)),
            Expr::Lit(ExprLit {
                lit: Lit::Int(_) | Lit::Float(_) | Lit::Bool(_) | Lit::Char(_),
                ..
            }) => {
                errors.push(&expr, format_args!("{} is a string: put it in quotes", rule.what()));
                return Self::Literal(LitStr::new("", expr.span()), Rule::Text);
            }
            _ => return Self::Expr(Box::new(expr)),
        };
        if literal.value().contains('\0') {
            errors.push(literal, "a NUL character would end the string: leave it out");
            return Self::Expr(Box::new(expr));
        }
        let what = match rule {
            Rule::Url => "URL",
            Rule::Key => "key",
            Rule::HeaderName | Rule::HeaderValue | Rule::MimeType | Rule::Text => {
                return Self::Literal(literal.clone(), rule);
            }
        };
        match template::read(literal, what) {
            Ok(Template { text, captures }) => {
                let text = LitStr::new(&text, literal.span());
                if captures.is_empty() {
                    Self::Literal(text, rule)
                } else {
                    Self::Template(text, captures, rule)
                }
            }
            Err(Wrong { messages, captures }) => {
                messages.into_iter().for_each(|message| errors.push(literal, message));
                // The captures still reach the compiler; what they stand in is not to be checked.
                Self::Template(LitStr::new("", literal.span()), captures, Rule::Key)
            }
        }
    }
}

/// Without the invisible parentheses that `macro_rules!` puts around a `$expr:expr`.
pub(super) fn bare(mut expr: &Expr) -> &Expr {
    while let Expr::Group(group) = expr {
        expr = &group.expr;
    }
    expr
}
