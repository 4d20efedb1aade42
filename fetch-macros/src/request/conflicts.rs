//! Reports options that do not go with the verb, with each other, or twice.

use proc_macro2::{Ident, Span};

use super::input::{OptionArg, Value};
use super::variant;
use super::vocabulary::{OptionName, Variants, Verb};
use crate::errors::Errors;
use crate::option_rules;

pub(super) fn check_verb(verb: Verb, span: Span, options: &[OptionArg], errors: &mut Errors) {
    for option in options {
        // A misspelt name has been reported, and may have been meant otherwise.
        let Some(name) = option.exact_name() else {
            continue;
        };
        if let Some(reason) = conflict(verb, name) {
            errors.push(&option.word, reason);
        } else if verb.word() != option_rules::CACHEABLE {
            if let Some(mode) = storing_mode(option) {
                let verb = verb.word();
                errors.push(
                    mode,
                    format_args!(
                        "a {verb} request does not use the cache: remove `cache`, or use GET"
                    ),
                );
            }
        }
    }
    if verb == Verb::IdbStore && !has(OptionName::Body, options) {
        errors.push_at(span, "`IDB_STORE` needs a value to store: add `body: value`");
    }
}

/// The reason why the verb does not take the option, if it does not.
fn conflict(verb: Verb, option: OptionName) -> Option<String> {
    let (word, option_word) = (verb.word(), option.word());
    match (verb, option) {
        (_, OptionName::Body) if option_rules::WITHOUT_BODY.contains(&word) => {
            Some(format!("a {word} request has no body: remove `body`, or use POST, PUT or PATCH"))
        }
        (_, OptionName::OnChunk) if word == option_rules::UNSTREAMABLE => Some(format!(
            "the response to {word} has no body to stream: remove `on_chunk`, or use GET"
        )),
        (Verb::IdbStore, OptionName::Body) => None,
        (Verb::IdbStore | Verb::IdbDelete, OptionName::Signal | OptionName::Context) => None,
        (Verb::IdbStore, _) => Some(format!(
            "`{word}` takes only `body`, `signal` and `context`: remove `{option_word}`"
        )),
        (Verb::IdbDelete, _) => {
            Some(format!("`{word}` takes only `signal` and `context`: remove `{option_word}`"))
        }
        _ => None,
    }
}

/// The cache mode that is written here, if it is one that stores.
fn storing_mode(option: &OptionArg) -> Option<&Ident> {
    match (option.name, &option.value) {
        (Some(OptionName::Cache), Some(Value::Expr(mode))) => {
            variant::find(mode, &Variants::CACHE_MODE).filter(|mode| *mode != "NoStore")
        }
        _ => None,
    }
}

/// A streamed body is neither stored nor given another type.
pub(super) fn check_stream(options: &[OptionArg], errors: &mut Errors) {
    if !has(OptionName::OnChunk, options) {
        return;
    }
    for option in options {
        if let Some(mode) = storing_mode(option) {
            errors.push(mode, option_rules::STREAM_OF_CACHE);
        }
        if option.name == Some(OptionName::MimeType) {
            errors.push(&option.word, option_rules::STREAM_OF_TYPE);
        }
    }
}

pub(super) fn check_repetition(options: &[OptionArg], errors: &mut Errors) {
    for (index, option) in options.iter().enumerate() {
        if options[..index].iter().any(|earlier| earlier.word == option.word) {
            errors.push(
                &option.word,
                format_args!("`{}` is given twice: remove one of the two", option.word),
            );
        }
    }
}

fn has(name: OptionName, options: &[OptionArg]) -> bool {
    options.iter().any(|option| option.name == Some(name))
}
