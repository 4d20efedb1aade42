//! Checks of expansions and errors, and inputs without mistakes.

use proc_macro2::TokenStream;

use crate::request::{parse, request, validate};
use crate::testing::{pretty_expression, tokens};

pub(super) fn errors(input: &str) -> Vec<(String, String)> {
    match validate::validate(parse::parse(tokens(input))) {
        Ok(_) => Vec::new(),
        Err(rejected) => rejected.errors.listed(),
    }
}

/// Compares the source text under each error, and its message.
#[track_caller]
pub(super) fn check(input: &str, expected: &[(&str, &str)]) {
    let errors = errors(input);
    let errors: Vec<_> =
        errors.iter().map(|(at, message)| (at.as_str(), message.as_str())).collect();
    assert_eq!(errors, expected, "fetch!({input})");
}

/// Compares the expansion with the expected one, both in the same layout.
#[track_caller]
pub(super) fn golden(input: &str, expected: &str) {
    let expansion = pretty_expression(request(tokens(input)));
    assert_eq!(expansion, pretty_expression(tokens(expected)), "{expansion}");
}

/// The expansion of a literal that is checked at compile time.
pub(super) fn checked(rule: &str, literal: &str) -> String {
    format!(
        r#"{{
            const TEXT: ::fetch_runtime::RequestString =
                ::fetch_runtime::__private::{rule}("{literal}\0");
            TEXT
        }}"#
    )
}

/// The expansion of a request that is sent to one word.
pub(super) fn sent_to(name: &str, request: &str, context: &str) -> String {
    let named = format!(
        "::fetch_runtime::__private::named({{
            use ::fetch_runtime::__private::Untyped as Type;
            {{
                use ::fetch_runtime::__private::something as {name};
                use {name} as Type;
                ::core::marker::PhantomData::<Type>
            }}
        }}, {name})"
    );
    matched("::fetch_runtime", &named, request, context)
}

/// The expansion of a request that is sent to a path in a module.
pub(super) fn sent_to_item(path: &str, request: &str, context: &str) -> String {
    let named = format!(
        "{{
            use ::fetch_runtime::__private::Untyped as Item;
            {{
                use {path} as Item;
                ::fetch_runtime::__private::named(::core::marker::PhantomData::<Item>, Item)
            }}
        }}"
    );
    matched("::fetch_runtime", &named, request, context)
}

/// The expansion of a request that is sent to a path that names no marker.
pub(super) fn sent_to_value(path: &str, request: &str) -> String {
    let named = format!(
        "::fetch_runtime::__private::named(
            ::core::marker::PhantomData::<::fetch_runtime::__private::Untyped>,
            {path}
        )"
    );
    matched("::fetch_runtime", &named, request, "")
}

pub(super) fn matched(krate: &str, named: &str, request: &str, context: &str) -> String {
    let (send, context) = match context {
        "" => ("send", String::new()),
        context => ("send_with", format!(", {context}")),
    };
    format!(
        "match {named} {{
            named => {{
                use {krate}::__private::{{OfType as _, TakesResponse as _, TakesResult as _}};
                (&&&&named).kind().{send}({request}, named {context})
            }}
        }}"
    )
}

pub(crate) const VALID: [&str; 8] = [
    r##"GET "/a/{id}/{{b}}?q={query}#{r#type}",
        timeout: t, cache_key: "level/{n}", auth: ("{", "}") => h"##,
    r#"IDB_STORE "save/{slot}", body: b => |r| {}"#,
    r#"GET "/a", headers: { "A": "b", name: value() }, timeout: Duration::from_secs(5) => loaded"#,
    r#"crate = a::b; POST url?,
        body: [1, 2], headers: map, auth: ("a", b), context: (x, y), => a::saved,"#,
    r#"GET u, cache: ForceCache, cache_key: "k", on_progress: |p: Progress, | {}, mime_type: "a/b"
        => |r| match r { _ => () }"#,
    r#"HEAD format!("/{x}"), credentials: Include, auth: pair"#,
    r#"IDB_STORE "k", body: b => (closure)"#,
    "IDB_DELETE k, context: c => h::<T>",
];

/// Checks that the expansion of any input is one expression, and that it contains errors exactly if
/// validation rejects the input. Returns whether it does.
#[track_caller]
pub(crate) fn survives(input: TokenStream) -> bool {
    let rejected = validate::validate(parse::parse(input.clone())).is_err();
    let expansion = request(input.clone());
    assert_eq!(expansion.to_string().contains("compile_error !"), rejected, "{input}");
    assert!(syn::parse2::<syn::Expr>(expansion.clone()).is_ok(), "{input} => {expansion}");
    rejected
}
