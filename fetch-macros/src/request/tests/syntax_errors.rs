//! The messages of `fetch!` about its syntax, and where they point.

use super::support::check;

const VERBS: &str = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, IDB_STORE or IDB_DELETE";
const NO_HANDLER: &str = "missing handler after `=>`: write a function's path or a closure";

#[test]
fn a_request_starts_with_its_verb() {
    let verb_before_url = format!("a request starts with a verb, as in `GET url`: {VERBS}");
    check("", &[("", "`fetch!` needs a verb and a URL: `fetch!(GET url => handler)`")]);
    check("GET", &[("GET", "`GET` needs a URL: `GET url`")]);
    check("GET => h", &[("GET", "`GET` needs a URL: `GET url`")]);
    check("IDB_STORE, body: b => h", &[("IDB_STORE", "`IDB_STORE` needs a key: `IDB_STORE key`")]);
    check("GET, timeout: t => h", &[("GET", "`GET` needs a URL: `GET url`")]);
    check("GET timeout: t => h", &[("GET", "`GET` needs a URL: `GET url`")]);
    check("get u => h", &[("get", "write `get` in upper case: `GET`")]);
    check("Get u => h", &[("Get", "write `Get` in upper case: `GET`")]);
    check("GTE u => h", &[("GTE", "unknown verb `GTE`: did you mean `GET`?")]);
    check(
        "EM_IDB_STORE u, body: b => h",
        &[("EM_IDB_STORE", "unknown verb `EM_IDB_STORE`: did you mean `IDB_STORE`?")],
    );
    check(
        "IDB_GET u => h",
        &[(
            "IDB_GET",
            "there is no verb `IDB_GET`: read a record with `GET key, cache: OnlyIfCached`",
        )],
    );
    check("TRACE u => h", &[("TRACE", "browsers refuse TRACE requests: use another method")]);
    check(
        "PROPFIND u => h",
        &[(
            "PROPFIND",
            &format!("unknown verb `PROPFIND`: use {VERBS}; other methods need `Request::new`"),
        )],
    );
    check(r#""/u" => h"#, &[(r#""/u""#, &format!("a request starts with a verb: {VERBS}"))]);
    check("url => h", &[("url", &verb_before_url)]);
    check(r#"format!("x") => h"#, &[("format", &verb_before_url)]);
    check("self.url() => h", &[("self", &verb_before_url)]);
    check("a::URL, timeout: t => h", &[("a", &verb_before_url)]);
    check("5", &[("5", &format!("a request starts with a verb: {VERBS}"))]);
}

#[test]
fn an_option_is_a_name_and_a_value() {
    const UNKNOWN: &str = "unknown option `priority`: use headers, query, body, json, form, \
        multipart, timeout, idle_timeout, cache, cache_key, credentials, auth, mime_type, \
        integrity, resume, on_progress, on_upload, on_chunk, signal or context";
    check(
        "GET u, timout: t => h",
        &[("timout", "unknown option `timout`: did you mean `timeout`?")],
    );
    check(
        r#"GET u, header: { "A": "b" } => h"#,
        &[("header", "unknown option `header`: did you mean `headers`?")],
    );
    check(r#"GET u, priority: { "A": "b" } => h"#, &[("priority", UNKNOWN)]);
    check("GET u, priority: q => h", &[("priority", UNKNOWN)]);
    check(
        "GET u, timeout: t, timeout: t, timeout: t => h",
        &[
            ("timeout", "`timeout` is given twice: remove one of the two"),
            ("timeout", "`timeout` is given twice: remove one of the two"),
        ],
    );
    check("GET u, timeout = t => h", &[("=", "write `:` instead of `=`: `timeout: value`")]);
    check("GET u, timeout t => h", &[("timeout", "missing `:` after `timeout`")]);
    check("GET u, timeout => h", &[("timeout", "`timeout` needs a value: `timeout: value`")]);
    check("GET u, timeout: => h", &[("timeout", "`timeout` needs a value: `timeout: value`")]);
    check(
        "GET u, timeout:, body",
        &[
            ("timeout", "`timeout` needs a value: `timeout: value`"),
            ("body", "`body` needs a value: `body: value`"),
            ("body", "a GET request has no body: remove `body`, or use POST, PUT or PATCH"),
        ],
    );
    check("GET u, 5 => h", &[("5", "expected an option: `name: value`")]);
    check("GET u + => h", &[("=", "expected an expression")]);
    check("GET u, timeout: Duration:: => h", &[("=", "expected identifier")]);
    check("GET u, timeout: Duration::", &[(":", "unexpected end of input, expected identifier")]);
    check(
        "GET u, timeout: f(1 +), body: b => h",
        &[
            (")", "unexpected end of input, expected an expression"),
            ("body", "a GET request has no body: remove `body`, or use POST, PUT or PATCH"),
        ],
    );
}

#[test]
fn commas_are_between_options() {
    check("GET u timeout: t => h", &[("timeout", "missing `,` before `timeout`")]);
    check(
        r#"GET u, headers: { "A": "b" } timeout: t => h"#,
        &[("timeout", "missing `,` before `timeout`")],
    );
    check("GET u, timeout: t cache: Reload => h", &[("cache", "missing `,` before `cache`")]);
    check("GET u,, timeout: t => h", &[(",", "a second `,` follows the first: remove it")]);
    check("GET u, ,, timeout: t => h", &[(",", "a second `,` follows the first: remove it")]);
    check("GET u; h", &[(";", "expected `,` or `=>`")]);
}

#[test]
fn the_handler_comes_last_and_after_an_arrow() {
    const NEITHER: &str =
        "expected an option, `name: value`, or a handler after `=>`: `=> handler`";
    const REST: &str = "the handler is the last part of a request: remove the rest";
    check("GET u, h", &[("h", NEITHER)]);
    check("GET u, a::h", &[("a", NEITHER)]);
    check("GET u, |r| {}", &[("|", "missing `=>` before the handler")]);
    check("GET u h", &[("h", "missing `=>` before the handler")]);
    check("GET u, timeout: t h", &[("h", "missing `=>` before the handler")]);
    check("GET u -> h", &[("-", "write `=>` instead of `->` before the handler")]);
    check("GET u =>", &[("=", NO_HANDLER)]);
    check(
        "GET u => , timeout: t",
        &[("=", NO_HANDLER), ("timeout", "options go before `=>`: move `timeout` there")],
    );
    check(
        "GET u => timeout: t",
        &[("timeout", "expected a handler after `=>`: move `timeout` before the `=>`")],
    );
    check("GET u => h, timeout: t", &[("timeout", "options go before `=>`: move `timeout` there")]);
    check(
        "GET u => h, timeout: t, nope: 5",
        &[("timeout", "options go before `=>`: move `timeout` there"), ("nope", REST)],
    );
    check("GET u => h, x", &[("x", REST)]);
    check("GET u => h => i", &[("=", REST)]);
    check("GET u => h i", &[("i", REST)]);
    check("GET u => h,,", &[(",", REST)]);
}

#[test]
fn a_header_is_a_name_and_a_value() {
    const HEADER: &str = "expected a header: `name: value`";
    check(
        r#"GET u, headers: { "A" = "b" } => h"#,
        &[("=", "write `:` instead of `=`: `name: value`")],
    );
    check(
        r#"GET u, headers: { "A" => "b" } => h"#,
        &[("=", "write `:` instead of `=>`: `name: value`")],
    );
    check(r#"GET u, headers: { "A" } => h"#, &[(r#""A""#, HEADER)]);
    check(r#"GET u, headers: { "A", "B": "c" } => h"#, &[(r#""A""#, HEADER)]);
    check(
        r#"GET u, headers: { "A": } => h"#,
        &[(r#""A""#, "this header needs a value: `name: value`")],
    );
    check(
        r#"GET u, headers: { "A": , "B": "c" } => h"#,
        &[(r#""A""#, "this header needs a value: `name: value`")],
    );
    check(
        r#"GET u, headers: { "A": "b" "C": "d", "E": "f" } => h"#,
        &[(r#""C""#, "expected `,` after a header")],
    );
    check("GET u, headers: { let x = 5; x } => h", &[("let", HEADER)]);
    check(
        r#"GET u, headers: { "A": 1 + } => h"#,
        &[("+", "unexpected end of input, expected an expression")],
    );
    check("GET u, headers: { , } => h", &[(",", HEADER)]);
    check("GET u, query: { a } => h", &[("a", "expected a parameter: `name: value`")]);
    check("POST u, form: { a: } => h", &[("a", "this field needs a value: `name: value`")]);
    check("POST u, multipart: { a: b c: d } => h", &[("c", "expected `,` after a part")]);
}

#[test]
fn the_crate_is_a_path() {
    const SEMICOLON: &str = "expected `;` after `crate = path`";
    const PATH: &str = "`crate =` needs a path, such as `crate = my_engine::fetch_runtime`";
    check("crate = a::b GET u => h", &[("GET", SEMICOLON)]);
    check("crate = a::b, GET u => h", &[(",", SEMICOLON)]);
    check(r#"crate = "x"; GET u => h"#, &[(r#""x""#, "`crate =` takes a path: remove the quotes")]);
    check("crate = ; GET u => h", &[(";", PATH)]);
    check("crate = 5; GET u => h", &[("5", PATH)]);
    check("crate: x; GET u => h", &[(":", "expected `crate = path`")]);
    check("crate", &[("crate", "expected `crate = path`")]);
    check("crate =", &[("crate", PATH)]);
    check("crate = x;", &[("", &format!("a request starts with a verb: {VERBS}"))]);
    check("crate = x; GET", &[("GET", "`GET` needs a URL: `GET url`")]);
}

#[test]
fn all_errors_are_reported_together() {
    check(
        "gte u, timout: t, timeout = s body: b, , => ",
        &[
            ("gte", "unknown verb `gte`: did you mean `GET`?"),
            ("timout", "unknown option `timout`: did you mean `timeout`?"),
            ("=", "write `:` instead of `=`: `timeout: value`"),
            ("body", "missing `,` before `body`"),
            (",", "a second `,` follows the first: remove it"),
            ("=", NO_HANDLER),
        ],
    );
}
