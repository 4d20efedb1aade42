//! Checks of expansions and errors, and inputs without mistakes.

use proc_macro2::TokenStream;

use crate::handler::{handler, parse, validate};
use crate::testing::{pretty, tokens};

/// Compares the source text under each error, and its message.
#[track_caller]
pub(super) fn check(arguments: &str, item: &str, expected: &[(&str, &str)]) {
    let errors = errors(arguments, item);
    let errors: Vec<_> =
        errors.iter().map(|(at, message)| (at.as_str(), message.as_str())).collect();
    assert_eq!(errors, expected, "#[fetch_handler({arguments})] {item}");
}

pub(super) fn errors(arguments: &str, item: &str) -> Vec<(String, String)> {
    match validate::validate(parse::parse(tokens(arguments), tokens(item))) {
        Ok(_) => Vec::new(),
        Err(rejected) => rejected.errors.listed(),
    }
}

#[track_caller]
pub(super) fn golden(arguments: &str, item: &str, expected: &str) {
    let expansion = pretty(handler(tokens(arguments), tokens(item)));
    assert_eq!(expansion, expected, "{expansion}");
}

pub(crate) const VALID: [(&str, &str); 6] = [
    (
        r#"export = "a_b", on_progress = self::show, crate = a"#,
        "fn loaded(response: Response) { body!(); }",
    ),
    ("", "fn loaded(response: Response) { body!(); }"),
    (
        "crate = a::b",
        "#[cfg_attr(x, inline)]
        pub(in a) fn r#type((Ok(a) | Err(a)): Result<Response, Error>, mut c: Rc<W>) -> R {}",
    ),
    (
        "crate = crate,",
        "/// Docs.
        pub fn never(_: Response, (x, Point { y, .. }): (X, Point)) -> ! { #![allow(a)] loop {} }",
    ),
    (
        "",
        "#[must_use]
        pub(crate) fn f(#[allow(unused)] _: Response) -> impl Output { match 1 { _ => () } }",
    ),
    ("", "pub async fn f(mut r: Result<Response, Error>, (a, b): C) -> R { a.await; b!() }"),
];

/// Checks that the expansion of any function is a sequence of items, and that it contains errors
/// exactly if validation rejects the input. Returns whether it does.
#[track_caller]
pub(crate) fn survives(arguments: TokenStream, item: TokenStream) -> bool {
    let expansion = handler(arguments.clone(), item.clone());
    let rejected = validate::validate(parse::parse(arguments, item.clone())).is_err();
    assert_eq!(expansion.to_string().contains("compile_error !"), rejected);
    if syn::parse2::<syn::Item>(item).is_ok() {
        assert!(syn::parse2::<syn::File>(expansion.clone()).is_ok(), "{expansion}");
    }
    rejected
}
