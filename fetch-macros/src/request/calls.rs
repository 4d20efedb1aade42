//! Turns an option and its value into calls of `Request`'s methods.

use syn::{Expr, ExprLit, Lit};

use super::expr::ungrouped;
use super::input::Value;
use super::model::Call;
use super::string_arg::{Rule, StringArg};
use super::variant;
use super::vocabulary::{OptionName, Variants};
use crate::errors::Errors;

/// The most pairs that serde takes as one tuple.
const MOST_PAIRS: usize = 16;

/// One call, or none after an error; one for each of the `headers`.
pub(super) fn calls(name: OptionName, value: Value, errors: &mut Errors) -> Vec<Call> {
    match value {
        Value::Pairs(pairs) => match name {
            OptionName::Headers => {
                pairs.into_iter().map(|(name, value)| header(name, value, errors)).collect()
            }
            OptionName::Multipart => vec![Call::Multipart(pairs)],
            _ => {
                if let Some((name_of_first_over, _)) = pairs.get(MOST_PAIRS) {
                    errors.push(
                        name_of_first_over,
                        format_args!(
                            "`{0}: {{ … }}` takes at most {MOST_PAIRS} pairs: \
                             pass a slice of pairs, a map or a struct to `{0}`",
                            name.word()
                        ),
                    );
                }
                vec![Call::Pairs(name, pairs)]
            }
        },
        Value::Expr(value) => call(name, *value, errors).into_iter().collect(),
    }
}

fn header(name: Expr, value: Expr, errors: &mut Errors) -> Call {
    let name = StringArg::read(name, Rule::HeaderName, errors);
    Call::Header(name, StringArg::read(value, Rule::HeaderValue, errors))
}

fn call(name: OptionName, value: Expr, errors: &mut Errors) -> Option<Call> {
    let call = match name {
        OptionName::CacheKey => Call::String(name, StringArg::read(value, Rule::Key, errors)),
        OptionName::MimeType => Call::String(name, StringArg::read(value, Rule::MimeType, errors)),
        OptionName::Integrity => {
            Call::String(name, StringArg::read(value, Rule::Integrity, errors))
        }
        OptionName::Timeout | OptionName::IdleTimeout
            if matches!(ungrouped(&value), Expr::Lit(_)) =>
        {
            let name = name.word();
            errors.push(
                value,
                format_args!("`{name}` takes a `Duration`, such as `Duration::from_secs(5)`"),
            );
            return None;
        }
        OptionName::Auth => return auth(value, errors),
        OptionName::Cache => return variant_call(name, value, &Variants::CACHE_MODE, errors),
        OptionName::Credentials => {
            return variant_call(name, value, &Variants::CREDENTIALS, errors);
        }
        OptionName::Body => match ungrouped(&value) {
            Expr::Lit(ExprLit { attrs, lit: lit @ (Lit::Str(_) | Lit::ByteStr(_)) })
                if attrs.is_empty() =>
            {
                Call::StaticBody(lit.clone())
            }
            _ => Call::Expr(name, value),
        },
        OptionName::Headers
        | OptionName::Query
        | OptionName::Json
        | OptionName::Form
        | OptionName::Multipart
        | OptionName::Timeout
        | OptionName::IdleTimeout
        | OptionName::Resume
        | OptionName::OnProgress
        | OptionName::OnUpload
        | OptionName::OnChunk
        | OptionName::Signal
        | OptionName::Context => Call::Expr(name, value),
    };
    Some(call)
}

fn variant_call(
    name: OptionName,
    value: Expr,
    variants: &Variants,
    errors: &mut Errors,
) -> Option<Call> {
    let of = variants.of;
    if let Some(word) = variant::find(&value, variants) {
        return Some(Call::Variant(name, of, word.clone()));
    }
    if let Some(word) = variant::unknown(&value, variants) {
        errors.push(word, format_args!("there is no `{of}::{word}`: use {}", variants.list()));
        return None;
    }
    Some(Call::Expr(name, value))
}

fn auth(value: Expr, errors: &mut Errors) -> Option<Call> {
    match ungrouped(&value) {
        Expr::Tuple(pair) if pair.elems.len() == 2 => {
            let mut strings = pair
                .elems
                .iter()
                .map(|element| StringArg::read(element.clone(), Rule::UserOrPassword, errors));
            Some(Call::Auth(strings.next()?, strings.next()?))
        }
        wrong @ (Expr::Lit(_) | Expr::Tuple(_)) => {
            errors.push(wrong, "`auth` takes a pair: `(user, password)`");
            None
        }
        _ => Some(Call::AuthPair(value)),
    }
}
