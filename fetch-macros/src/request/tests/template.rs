//! Captures in literal URLs and keys.

use super::support::{checked, errors, golden};
use crate::request::request;
use crate::testing::{pretty_expression, tokens};

/// The expansion of a URL's template, which has a NUL in place of each value.
fn filled(template: &str, values: &str) -> String {
    format!(
        r#"::fetch_runtime::__private::fill({{
            const TEMPLATE: &'static ::core::primitive::str =
                ::fetch_runtime::__private::url_template("{template}");
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
        r#"::fetch_runtime::Request::idb_store(
            ::fetch_runtime::__private::fill("save/\0", &[&slot])
        ).body(b)"#,
    );
    golden(
        r#"GET u, cache_key: "level/{n}""#,
        r#"::fetch_runtime::Request::get(u).cache_key(
            ::fetch_runtime::__private::fill("level/\0", &[&n])
        )"#,
    );
}

#[test]
fn nothing_else_does() {
    let (name, value) = (checked("header_name", "{a}"), checked("header_value", "{b"));
    let mime_type = checked("mime_type", "}");
    golden(
        r#"GET u, headers: { "{a}": "{b" }, mime_type: "}""#,
        &format!("::fetch_runtime::Request::get(u).header({name}, {value}).mime_type({mime_type})"),
    );
    golden(r#"GET f("{a.b}")"#, r#"::fetch_runtime::Request::get(f("{a.b}"))"#);
}

#[test]
fn two_braces_are_one() {
    golden(
        r#"GET "/{{a}}/{{{b}}}""#,
        &format!("::fetch_runtime::Request::get({})", filled(r"/{a}/{\0}", "&b")),
    );
    golden(r#"GET "/{{}}""#, &format!("::fetch_runtime::Request::get({})", checked("url", "/{}")));
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
    const BY_NAME: &str = "a URL captures variables by name, as in `{name}`";
    check("/{}", &[&format!("`{{}}` contains no name: {BY_NAME}")]);
    check("/{ }", &[&format!("`{{ }}` contains no name: {BY_NAME}")]);
    check("/{0}", &[&format!("`{{0}}` contains a number: {BY_NAME}")]);
    for keyword in ["_", "crate", "super", "Self"] {
        check(
            &format!("/{{{keyword}}}"),
            &[&format!("`{{{keyword}}}` is not a variable: {BY_NAME}")],
        );
    }
    for expression in ["a.b", "f()", "a::b", "x!", "1a", "é\u{301}'\"", "a b"] {
        check(&format!("/{{{expression}}}"), &[&is_an_expression(expression)]);
    }
    for format in ["x:?", "x:>5", ":x", "x:"] {
        check(
            &format!("/{{{format}}}"),
            &[&format!(
                "`{{{format}}}` has a format specifier, and a URL captures plain values: \
                 write `let text = format!(\"{{{format}}}\");` before the request, \
                 and `{{text}}` in the URL"
            )],
        );
    }
}

fn is_an_expression(expression: &str) -> String {
    format!(
        "`{{{expression}}}` is an expression, and a URL captures variables: \
         write `let name = {expression};` before the request, and `{{name}}` in the URL"
    )
}

#[test]
fn braces_come_in_pairs() {
    const OPEN: &str = "`{` has no matching `}`: write `{{` for a brace of the URL itself";
    const CLOSE: &str = "`}` has no matching `{`: write `}}` for a brace of the URL itself";
    check("/{", &[OPEN]);
    check("/{a", &[OPEN]);
    check("/}", &[CLOSE]);
    check("/{a}}", &[CLOSE]);
    check("/{a/{b}", &[OPEN]);
    check("/{a.b}/{/}", &[&is_an_expression("a.b"), &is_an_expression("/")]);
}

#[test]
fn captures_reach_the_compiler_after_an_error() {
    let expansion = pretty_expression(request(tokens(r#"GET "/{a}/{b.c}/{d" => h"#)));
    assert!(expansion.contains(r#"__private::fill("", &[&a])"#), "{expansion}");
}
