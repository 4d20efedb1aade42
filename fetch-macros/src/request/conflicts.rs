//! Reports options that do not go with the verb, with each other, or twice.

use proc_macro2::{Ident, Span};
use syn::{Expr, ExprLit, Lit};

use super::expr::ungrouped;
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
    if verb == Verb::IdbStore && !options.iter().any(|option| sets_body(option.name)) {
        errors.push_at(span, "`IDB_STORE` needs a value to store: add `body: value`");
    }
}

/// The reason why the verb does not take the option, if it does not.
fn conflict(verb: Verb, option: OptionName) -> Option<String> {
    let (word, option_word) = (verb.word(), option.word());
    match (verb, option) {
        (_, OptionName::Form) if option_rules::WITHOUT_BODY.contains(&word) => Some(format!(
            "a {word} request has no body: write `query` instead of `form`, \
             or use POST, PUT or PATCH"
        )),
        (_, option) if needs_body(option) && option_rules::WITHOUT_BODY.contains(&word) => {
            Some(format!(
                "a {word} request has no body: remove `{option_word}`, or use POST, PUT or PATCH"
            ))
        }
        (_, OptionName::OnChunk) if word == option_rules::WITHOUT_RESPONSE_BODY => Some(format!(
            "the response to {word} has no body to stream: remove `on_chunk`, or use GET"
        )),
        (_, OptionName::Integrity) if word == option_rules::WITHOUT_RESPONSE_BODY => Some(format!(
            "the response to {word} has no body to compare: remove `integrity`, or use GET"
        )),
        (verb, OptionName::Resume) if !verb.takes_key() && word != option_rules::CACHEABLE => {
            Some(format!("a {word} request does not use the cache: remove `resume`, or use GET"))
        }
        (Verb::IdbStore, OptionName::Body | OptionName::Json) => None,
        (Verb::IdbStore | Verb::IdbDelete, OptionName::Signal | OptionName::Context) => None,
        (Verb::IdbStore, _) => Some(format!(
            "`{word}` takes only `body`, `json`, `signal` and `context`: remove `{option_word}`"
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

/// A streamed body is neither stored nor given another type, and its request has no upload to be
/// reported.
pub(super) fn check_stream(options: &[OptionArg], errors: &mut Errors) {
    if !has(OptionName::OnChunk, options) {
        return;
    }
    for option in options {
        if let Some(mode) = storing_mode(option) {
            errors.push(mode, option_rules::STREAM_OF_CACHE);
        }
        match option.name {
            Some(OptionName::MimeType) => errors.push(&option.word, option_rules::STREAM_OF_TYPE),
            Some(OptionName::OnUpload) => errors.push(&option.word, option_rules::STREAM_OF_UPLOAD),
            _ => {}
        }
    }
}

/// The modes in which a download can be resumed.
const RESUMABLE: [&str; 2] = ["ForceCache", "Reload"];

/// Parts are kept by a mode that stores whole bodies. One that is not written here is checked at
/// run time.
pub(super) fn check_resume(verb: Verb, options: &[OptionArg], errors: &mut Errors) {
    let is = |option: &&OptionArg, name| option.exact_name() == Some(name);
    let Some(resume) = options.iter().find(|option| is(option, OptionName::Resume)) else { return };
    if verb.word() != option_rules::CACHEABLE || is_false(resume) {
        return;
    }
    let conflicts = match options.iter().find(|option| is(option, OptionName::Cache)) {
        None => true,
        Some(OptionArg { value: Some(Value::Expr(mode)), .. }) => {
            variant::find(mode, &Variants::CACHE_MODE)
                .is_some_and(|mode| RESUMABLE.iter().all(|resumable| mode != resumable))
        }
        Some(_) => false,
    };
    if conflicts {
        errors.push(
            &resume.word,
            format_args!("the download cannot be resumed: {}", option_rules::RESUME_WITHOUT_STORE),
        );
    }
}

fn is_false(option: &OptionArg) -> bool {
    let Some(Value::Expr(value)) = &option.value else { return false };
    matches!(ungrouped(value), Expr::Lit(ExprLit { lit: Lit::Bool(value), .. }) if !value.value)
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

/// A request has one body.
pub(super) fn check_bodies(options: &[OptionArg], errors: &mut Errors) {
    let mut bodies = options.iter().filter(|option| sets_body(option.exact_name()));
    let Some(first) = bodies.next() else { return };
    for other in bodies.filter(|other| other.word != first.word) {
        errors.push(
            &other.word,
            format_args!(
                "`{}` sets the body, as `{}` does: remove one of the two",
                other.word, first.word
            ),
        );
    }
}

fn sets_body(option: Option<OptionName>) -> bool {
    option.is_some_and(|option| OptionName::BODIES.contains(&option))
}

/// Whether the option sets the body, or is about it.
fn needs_body(option: OptionName) -> bool {
    sets_body(Some(option)) || option == OptionName::OnUpload
}

fn has(name: OptionName, options: &[OptionArg]) -> bool {
    options.iter().any(|option| option.name == Some(name))
}
