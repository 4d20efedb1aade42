//! Decides whether the parts of a `fetch!` make a request.

use proc_macro2::Span;

use super::calls::calls;
use super::conflicts;
use super::end::end;
use super::input::{Input, Value};
use super::model::{Rejected, Request, Start, Step};
use super::string_arg::{Rule, StringArg};
use super::vocabulary::{OptionName, Verb};
use crate::errors::Errors;

pub(super) fn validate(input: Input) -> Result<Request, Box<Rejected>> {
    let Input { krate, verb, url, options, handler, mut errors } = input;
    let mut unplaced_exprs = Vec::new();
    let mut steps = Vec::new();
    let mut context = None;

    if let Some((verb, span)) = verb {
        conflicts::check_verb(verb, span, &options, &mut errors);
        conflicts::check_stream(&options, &mut errors);
        conflicts::check_resume(verb, &options, &mut errors);
    }
    conflicts::check_bodies(&options, &mut errors);
    conflicts::check_repetition(&options, &mut errors);
    for option in options {
        let span = option.word.span();
        match (option.name, option.value) {
            (Some(OptionName::Context), value) => {
                let value = value.and_then(Value::into_expr);
                context.get_or_insert((option.word, value));
            }
            (Some(name), Some(value)) => {
                let calls = calls(name, value, &mut errors);
                steps.extend(calls.into_iter().map(|call| Step { span, call }));
            }
            (None, value) => unplaced_exprs.extend(value.and_then(Value::into_expr)),
            (Some(_), None) => {}
        }
    }

    let has_arrow = handler.is_some();
    let (end, handler) = end(handler, context, &mut unplaced_exprs, &mut errors);
    // A missing verb has been reported. The URL is not checked then, because it may be a key.
    let mut ignored = Errors::default();
    let url_errors = if verb.is_some() { &mut errors } else { &mut ignored };
    // GET stands for an unknown verb, so that there is a `Request` to call the methods of.
    let (verb, span) = verb.unwrap_or((Verb::Get, Span::call_site()));
    let rule = if verb.takes_key() { Rule::Key } else { Rule::Url };
    let start = url.map(|url| Start { verb, span, url: StringArg::read(url, rule, url_errors) });
    match (start, end) {
        (Some(start), Some(end)) if errors.is_empty() => Ok(Request { krate, start, steps, end }),
        (start, end) => Err(Box::new(Rejected {
            errors,
            krate,
            start,
            steps,
            end,
            unplaced_exprs,
            handler,
            has_arrow,
        })),
    }
}
