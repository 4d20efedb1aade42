//! Reads the variants of an enum that are written without the enum's name: `cache: ForceCache`.

use proc_macro2::Ident;
use syn::Expr;

use super::expr;
use super::vocabulary::Variants;

/// The word that the value is, if it is one of the variants.
pub(super) fn find<'a>(value: &'a Expr, variants: &Variants) -> Option<&'a Ident> {
    expr::word(value).filter(|word| variants.words.iter().any(|known| word == known))
}

/// The word that the value is, if it is none of the variants but written like one. Variables and
/// constants are written in lower or upper case alone.
pub(super) fn unknown<'a>(value: &'a Expr, variants: &Variants) -> Option<&'a Ident> {
    let word = expr::word(value).filter(|_| find(value, variants).is_none())?;
    let text = word.to_string();
    (text.starts_with(char::is_uppercase) && text.contains(char::is_lowercase)).then_some(word)
}
