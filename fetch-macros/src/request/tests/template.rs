//! Variables in literal URLs and keys.

use super::errors;
use super::golden;
use crate::request::request;
use crate::testing::{pretty_expression, tokens};

/// A URL's template, with NULs where the values go.
fn filled(template: &str, values: &str) -> String {
    format!(
        r#"::fetch_runtime::__private::fill({{
            const TEMPLATE: &'static ::core::primitive::str = ::fetch_runtime::__private::url_template("{template}");
            TEMPLATE
        }}, &[{values}])"#
    )
}

#[test]
fn a_url_captures_variables() {
    let url = filled(r"/users/\0?q=\0#\0", "&id, &query, &r#type");
    golden(
        r##"GET "/users/{id}?q={query}#{type}""##,
        &format!("::fetch_runtime::Request::get({url})"),
    );
    let url = filled(r"\0\0", "&r#fn, &self");
    golden(r#"HEAD "{r#fn}{ self }""#, &format!("::fetch_runtime::Request::head({url})"));
}

#[test]
fn a_key_does_too() {
    golden(
        r#"IDB_STORE "save/{slot}", body: b"#,
        r#"::fetch_runtime::Request::idb_store(::fetch_runtime::__private::fill("save/\0", &[&slot])).body(b)"#,
    );
    golden(
        r#"GET u, cache_key: "level/{n}""#,
        r#"::fetch_runtime::Request::get(u).cache_key(::fetch_runtime::__private::fill("level/\0", &[&n]))"#,
    );
}

#[test]
fn nothing_else_does() {
    golden(
        r#"GET u, headers: { "{a}": "{b" }, mime_type: "}""#,
        r#"::fetch_runtime::Request::get(u).header(
            { const TEXT: ::fetch_runtime::RequestString = ::fetch_runtime::__private::header_name("{a}\0"); TEXT },
            { const TEXT: ::fetch_runtime::RequestString = ::fetch_runtime::__private::header_value("{b\0"); TEXT }
        ).mime_type(
            { const TEXT: ::fetch_runtime::RequestString = ::fetch_runtime::__private::mime_type("}\0"); TEXT }
        )"#,
    );
    golden(r#"GET f("{a.b}")"#, r#"::fetch_runtime::Request::get(f("{a.b}"))"#);
}

#[test]
fn two_braces_are_one() {
    golden(
        r#"GET "/{{a}}/{{{b}}}""#,
        &format!("::fetch_runtime::Request::get({})", filled(r"/{a}/{\0}", "&b")),
    );
    golden(
        r#"GET "/{{}}""#,
        r#"::fetch_runtime::Request::get({
            const TEXT: ::fetch_runtime::RequestString = ::fetch_runtime::__private::url("/{}\0");
            TEXT
        })"#,
    );
}

#[track_caller]
fn check(url: &str, expected: &[&str]) {
    let errors = errors(&format!("GET {url:?} => h"));
    let (places, messages): (Vec<_>, Vec<_>) = errors.into_iter().unzip();
    assert_eq!(messages, expected, "{url}");
    assert!(places.iter().all(|place| *place == format!("{url:?}")), "{places:?}");
}

#[test]
fn a_capture_is_the_name_of_a_variable() {
    check("/{}", &["`{}` names nothing: a URL captures variables by their name, as in `{name}`"]);
    check("/{ }", &["`{ }` names nothing: a URL captures variables by their name, as in `{name}`"]);
    check("/{0}", &["`{0}` is a number: a URL captures variables by their name, as in `{name}`"]);
    for keyword in ["_", "crate", "super", "Self"] {
        check(
            &format!("/{{{keyword}}}"),
            &[&format!(
                "`{{{keyword}}}` is no variable: a URL captures variables by their name, as in `{{name}}`"
            )],
        );
    }
    for expression in ["a.b", "f()", "a::b", "x!", "1a", "é\u{301}'\"", "a b"] {
        check(
            &format!("/{{{expression}}}"),
            &[&format!(
                "`{{{expression}}}` is more than a variable's name: write `let name = {expression};` before, and here `{{name}}`"
            )],
        );
    }
    for format in ["x:?", "x:>5", ":x", "x:"] {
        check(
            &format!("/{{{format}}}"),
            &[&format!(
                "`{{{format}}}` has a format, but a URL captures what `Display` writes: write `let text = format!(\"{{{format}}}\");` before, and here `{{text}}`"
            )],
        );
    }
}

#[test]
fn braces_come_in_pairs() {
    const OPEN: &str = "this `{` is not closed: a brace that belongs to the URL is written `{{`";
    const CLOSE: &str = "this `}` closes nothing: a brace that belongs to the URL is written `}}`";
    check("/{", &[OPEN]);
    check("/{a", &[OPEN]);
    check("/}", &[CLOSE]);
    check("/{a}}", &[CLOSE]);
    check("/{a/{b}", &[OPEN]);
    check(
        "/{a.b}/{/}",
        &[
            "`{a.b}` is more than a variable's name: write `let name = a.b;` before, and here `{name}`",
            "`{/}` is more than a variable's name: write `let name = /;` before, and here `{name}`",
        ],
    );
}

#[test]
fn what_could_be_captured_reaches_the_compiler_after_an_error() {
    let expansion = pretty_expression(request(tokens(r#"GET "/{a}/{b.c}/{d" => h"#)));
    assert!(expansion.contains(r#"__private::fill("", &[&a])"#), "{expansion}");
}
