//! What `fetch!` complains of: every message, and where it points.

use super::errors;

#[track_caller]
fn check(input: &str, expected: &[(&str, &str)]) {
    let errors = errors(input);
    let errors: Vec<_> =
        errors.iter().map(|(at, message)| (at.as_str(), message.as_str())).collect();
    assert_eq!(errors, expected, "fetch!({input})");
}

#[test]
fn a_request_starts_with_its_verb() {
    check("", &[("", "`fetch!` needs a verb and a URL: `fetch!(GET url => handler)`")]);
    check("GET", &[("GET", "`GET` needs a URL: `GET url`")]);
    check("GET => h", &[("GET", "`GET` needs a URL: `GET url`")]);
    check("IDB_STORE, body: b => h", &[("IDB_STORE", "`IDB_STORE` needs a key: `IDB_STORE key`")]);
    check("GET, timeout: t => h", &[("GET", "`GET` needs a URL: `GET url`")]);
    check("GET timeout: t => h", &[("GET", "`GET` needs a URL: `GET url`")]);
    check("get u => h", &[("get", "verbs are written in upper case: `GET`")]);
    check("Get u => h", &[("Get", "verbs are written in upper case: `GET`")]);
    check("GTE u => h", &[("GTE", "unknown verb `GTE`: did you mean `GET`?")]);
    check(
        "EM_IDB_STORE u, body: b => h",
        &[("EM_IDB_STORE", "unknown verb `EM_IDB_STORE`: did you mean `IDB_STORE`?")],
    );
    check(
        "IDB_GET u => h",
        &[(
            "IDB_GET",
            "there is no verb `IDB_GET`: what is stored is read by `GET key, cache: OnlyIfCached`",
        )],
    );
    check("TRACE u => h", &[("TRACE", "browsers refuse TRACE requests")]);
    check(
        "PROPFIND u => h",
        &[(
            "PROPFIND",
            "unknown verb `PROPFIND`: use GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, IDB_STORE or IDB_DELETE",
        )],
    );
    check(
        r#""/u" => h"#,
        &[(
            r#""/u""#,
            "a request starts with its verb: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, IDB_STORE or IDB_DELETE",
        )],
    );
    check(
        "url => h",
        &[(
            "url",
            "a request starts with its verb, as in `GET url`: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, IDB_STORE or IDB_DELETE",
        )],
    );
    check(
        r#"format!("x") => h"#,
        &[(
            "format",
            "a request starts with its verb, as in `GET url`: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, IDB_STORE or IDB_DELETE",
        )],
    );
    check(
        "self.url() => h",
        &[(
            "self",
            "a request starts with its verb, as in `GET url`: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, IDB_STORE or IDB_DELETE",
        )],
    );
    check(
        "a::URL, timeout: t => h",
        &[(
            "a",
            "a request starts with its verb, as in `GET url`: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, IDB_STORE or IDB_DELETE",
        )],
    );
    check(
        "5",
        &[(
            "5",
            "a request starts with its verb: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, IDB_STORE or IDB_DELETE",
        )],
    );
}

#[test]
fn an_option_is_a_name_and_a_value() {
    check(
        "GET u, timout: t => h",
        &[("timout", "unknown option `timout`: did you mean `timeout`?")],
    );
    check(
        r#"GET u, header: { "A": "b" } => h"#,
        &[("header", "unknown option `header`: did you mean `headers`?")],
    );
    check(
        r#"GET u, query: { "A": "b" } => h"#,
        &[(
            "query",
            "unknown option `query`: there are headers, body, timeout, cache, cache_key, credentials, auth, mime_type, on_progress, on_chunk, signal and context",
        )],
    );
    check(
        "GET u, query: q => h",
        &[(
            "query",
            "unknown option `query`: there are headers, body, timeout, cache, cache_key, credentials, auth, mime_type, on_progress, on_chunk, signal and context",
        )],
    );
    check(
        "GET u, timeout: t, timeout: t, timeout: t => h",
        &[("timeout", "`timeout` is given twice"), ("timeout", "`timeout` is given twice")],
    );
    check(
        "GET u, timeout = t => h",
        &[("=", "`:` goes between an option and its value: `timeout: …`")],
    );
    check("GET u, timeout t => h", &[("timeout", "`:` is missing after `timeout`")]);
    check("GET u, timeout => h", &[("timeout", "`timeout` needs a value: `timeout: …`")]);
    check("GET u, timeout: => h", &[("timeout", "`timeout` needs a value: `timeout: …`")]);
    check(
        "GET u, timeout:, body",
        &[
            ("timeout", "`timeout` needs a value: `timeout: …`"),
            ("body", "`body` needs a value: `body: …`"),
            ("body", "a GET request has no body: `body` goes with POST, PUT or PATCH"),
        ],
    );
    check("GET u, 5 => h", &[("5", "expected an option, `name: value`")]);
    check("GET u + => h", &[("=", "expected an expression")]);
    check("GET u, timeout: Duration:: => h", &[("=", "expected identifier")]);
    check("GET u, timeout: Duration::", &[(":", "unexpected end of input, expected identifier")]);
    check(
        "GET u, timeout: f(1 +), body: b => h",
        &[
            (")", "unexpected end of input, expected an expression"),
            ("body", "a GET request has no body: `body` goes with POST, PUT or PATCH"),
        ],
    );
}

#[test]
fn commas_are_between_options() {
    check("GET u timeout: t => h", &[("timeout", "a `,` is missing before `timeout`")]);
    check(
        r#"GET u, headers: { "A": "b" } timeout: t => h"#,
        &[("timeout", "a `,` is missing before `timeout`")],
    );
    check("GET u, timeout: t cache: Reload => h", &[("cache", "a `,` is missing before `cache`")]);
    check("GET u,, timeout: t => h", &[(",", "one `,` is enough")]);
    check("GET u, ,, timeout: t => h", &[(",", "one `,` is enough")]);
    check("GET u; h", &[(";", "expected `,` or `=>`")]);
}

#[test]
fn the_handler_comes_last_and_after_an_arrow() {
    check("GET u, h", &[("h", "this is no option, `name: value`; a handler comes after `=>`")]);
    check("GET u, a::h", &[("a", "this is no option, `name: value`; a handler comes after `=>`")]);
    check("GET u, |r| {}", &[("|", "the handler comes after `=>`")]);
    check("GET u h", &[("h", "`=>` is missing before the handler")]);
    check("GET u, timeout: t h", &[("h", "`=>` is missing before the handler")]);
    check("GET u -> h", &[("-", "the handler comes after `=>`, not `->`")]);
    check(
        "GET u =>",
        &[("=", "a handler comes after `=>`: a function with `#[fetch_handler]`, or a closure")],
    );
    check(
        "GET u => , timeout: t",
        &[
            ("=", "a handler comes after `=>`: a function with `#[fetch_handler]`, or a closure"),
            ("timeout", "options come before `=>`: move `timeout` there"),
        ],
    );
    check(
        "GET u => timeout: t",
        &[("timeout", "a handler comes after `=>`, and options before it")],
    );
    check(
        "GET u => h, timeout: t",
        &[("timeout", "options come before `=>`: move `timeout` there")],
    );
    check(
        "GET u => h, timeout: t, nope: 5",
        &[
            ("timeout", "options come before `=>`: move `timeout` there"),
            ("nope", "nothing comes after the handler"),
        ],
    );
    check("GET u => h, x", &[("x", "nothing comes after the handler")]);
    check("GET u => h => i", &[("=", "nothing comes after the handler")]);
    check("GET u => h i", &[("i", "nothing comes after the handler")]);
    check("GET u => h,,", &[(",", "nothing comes after the handler")]);
}

#[test]
fn options_suit_the_verb() {
    check(
        "GET u, body: b => h",
        &[("body", "a GET request has no body: `body` goes with POST, PUT or PATCH")],
    );
    check(
        "HEAD u, body: b => h",
        &[("body", "a HEAD request has no body: `body` goes with POST, PUT or PATCH")],
    );
    check(
        "POST u, cache: Reload => h",
        &[("Reload", "a POST request does not use the cache: leave out `cache`, or make it a GET")],
    );
    check("POST u, cache: mode() => h", &[]);
    check(
        "HEAD u, on_chunk: f => h",
        &[(
            "on_chunk",
            "a HEAD request has no body to be streamed: leave out `on_chunk`, or make it a GET",
        )],
    );
    check(
        "GET u, mime_type: m, cache: Reload, on_chunk: f => h",
        &[
            (
                "mime_type",
                "the MIME type of a stream cannot be overridden: leave out `mime_type`, or `on_chunk`",
            ),
            ("Reload", "a stream is not stored: leave out `cache`, or `on_chunk`"),
        ],
    );
    check("GET u, cache: NoStore, on_chunk: f, signal: s => h", &[]);
    check("IDB_STORE k => h", &[("IDB_STORE", "`IDB_STORE` needs something to store: `body: …`")]);
    check(
        "IDB_STORE k, body: b, headers: {}, timeout: t, cache: c, cache_key: k, credentials: c, auth: a, mime_type: m, on_progress: p => h",
        &[
            ("headers", "`IDB_STORE` takes no `headers`, only `body`, `signal` and `context`"),
            ("timeout", "`IDB_STORE` takes no `timeout`, only `body`, `signal` and `context`"),
            ("cache", "`IDB_STORE` takes no `cache`, only `body`, `signal` and `context`"),
            ("cache_key", "`IDB_STORE` takes no `cache_key`, only `body`, `signal` and `context`"),
            (
                "credentials",
                "`IDB_STORE` takes no `credentials`, only `body`, `signal` and `context`",
            ),
            ("auth", "`IDB_STORE` takes no `auth`, only `body`, `signal` and `context`"),
            ("mime_type", "`IDB_STORE` takes no `mime_type`, only `body`, `signal` and `context`"),
            (
                "on_progress",
                "`IDB_STORE` takes no `on_progress`, only `body`, `signal` and `context`",
            ),
        ],
    );
    check(
        "IDB_DELETE k, body: b, headers: h => h",
        &[
            ("body", "`IDB_DELETE` takes no `body`, only `signal` and `context`"),
            ("headers", "`IDB_DELETE` takes no `headers`, only `signal` and `context`"),
        ],
    );
}

#[test]
fn a_context_needs_a_handler_that_takes_it() {
    check("GET u, context: c", &[("context", "`context` goes to a handler: add `=> handler`")]);
    check(
        "GET u, context: c => |r| {}",
        &[(
            "context",
            "a closure captures its context: leave out `context`, and write `move |response| …`",
        )],
    );
    check("GET u, context: => h", &[("context", "`context` needs a value: `context: …`")]);
}

#[test]
fn a_header_is_a_name_and_a_value() {
    check(
        r#"GET u, headers: { "A" = "b" } => h"#,
        &[("=", "`:` goes between a header's name and its value")],
    );
    check(
        r#"GET u, headers: { "A" => "b" } => h"#,
        &[("=", "`:` goes between a header's name and its value")],
    );
    check(
        r#"GET u, headers: { "A" } => h"#,
        &[(r#""A""#, "in `headers: { … }` every header is `name: value`")],
    );
    check(
        r#"GET u, headers: { "A", "B": "c" } => h"#,
        &[(r#""A""#, "in `headers: { … }` every header is `name: value`")],
    );
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
    check(
        "GET u, headers: { let x = 5; x } => h",
        &[("let", "in `headers: { … }` every header is `name: value`")],
    );
    check(
        r#"GET u, headers: { "A": 1 + } => h"#,
        &[("+", "unexpected end of input, expected an expression")],
    );
    check(
        "GET u, headers: { , } => h",
        &[(",", "in `headers: { … }` every header is `name: value`")],
    );
}

#[test]
fn the_crate_is_a_path() {
    check("crate = a::b GET u => h", &[("GET", "a `;` goes between `crate = path` and the verb")]);
    check("crate = a::b, GET u => h", &[(",", "a `;` goes between `crate = path` and the verb")]);
    check(
        r#"crate = "x"; GET u => h"#,
        &[(r#""x""#, "`crate = path` takes a path, without quotes")],
    );
    check(
        "crate = ; GET u => h",
        &[(";", "`crate =` needs a path, such as `crate = my_engine::fetch_runtime`")],
    );
    check(
        "crate = 5; GET u => h",
        &[("5", "`crate =` needs a path, such as `crate = my_engine::fetch_runtime`")],
    );
    check("crate: x; GET u => h", &[(":", "expected `crate = path`")]);
    check("crate", &[("crate", "expected `crate = path`")]);
    check(
        "crate =",
        &[("crate", "`crate =` needs a path, such as `crate = my_engine::fetch_runtime`")],
    );
    check(
        "crate = x;",
        &[(
            "",
            "a request starts with its verb: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, IDB_STORE or IDB_DELETE",
        )],
    );
    check("crate = x; GET", &[("GET", "`GET` needs a URL: `GET url`")]);
}

#[test]
fn all_errors_are_reported_together() {
    check(
        "gte u, timout: t, timeout = s body: b, , => ",
        &[
            ("gte", "unknown verb `gte`: did you mean `GET`?"),
            ("timout", "unknown option `timout`: did you mean `timeout`?"),
            ("=", "`:` goes between an option and its value: `timeout: …`"),
            ("body", "a `,` is missing before `body`"),
            (",", "one `,` is enough"),
            ("=", "a handler comes after `=>`: a function with `#[fetch_handler]`, or a closure"),
        ],
    );
}

#[test]
fn a_pair_is_a_pair() {
    const PAIR: &str = "`auth` takes a pair: `(user, password)`";
    check(r#"GET u, auth: "me:secret" => h"#, &[(r#""me:secret""#, PAIR)]);
    check("GET u, auth: (a, b, c) => h", &[("(a, b, c)", PAIR)]);
    check("GET u, auth: pair => h", &[]);
}

#[test]
fn a_literal_is_of_the_right_kind() {
    const DURATION: &str = "`timeout` takes a `Duration`: `Duration::from_secs(5)`, for example";
    check(r#"GET u, timeout: "5s" => h"#, &[(r#""5s""#, DURATION)]);
    check("GET u, timeout: 5 => h", &[("5", DURATION)]);
    check("GET 7 => h", &[("7", "a URL is a string: put it in quotes")]);
    check("IDB_DELETE 7 => h", &[("7", "a key is a string: put it in quotes")]);
    check(
        "GET u, headers: { 'a': 1.5 }, mime_type: true, auth: (1, p) => h",
        &[
            ("'a'", "a header's name is a string: put it in quotes"),
            ("true", "a media type is a string: put it in quotes"),
            ("1", "a user name or password is a string: put it in quotes"),
        ],
    );
}

#[test]
fn a_variant_is_one_of_those() {
    check(
        "GET u, cache: NoCache, credentials: Omit => h",
        &[
            (
                "NoCache",
                "there is no `CacheMode::NoCache`: there are NoStore, Reload, ForceCache, OnlyIfCached",
            ),
            ("Omit", "there is no `Credentials::Omit`: there are SameOrigin, Include"),
        ],
    );
    check("GET u, cache: MODE, credentials: credentials => h", &[]);
    check("GET u, cache: Mode::Reload => h", &[]);
}

#[test]
fn a_literal_has_no_nul() {
    const NUL: &str = "a NUL character would end the string: leave it out";
    check(r#"GET "a\0b" => h"#, &[(r#""a\0b""#, NUL)]);
    check(
        r#"GET u, headers: { "a\0": "\0" }, cache_key: "k\x00", mime_type: "m\0", auth: ("me\0", "\u{0}") => h"#,
        &[
            (r#""a\0""#, NUL),
            (r#""\0""#, NUL),
            (r#""k\x00""#, NUL),
            (r#""m\0""#, NUL),
            (r#""me\0""#, NUL),
            (r#""\u{0}""#, NUL),
        ],
    );
    check(
        r#"GET u, headers: h("\0"), body: "\0", auth: me("\0")"#,
        &[("body", "a GET request has no body: `body` goes with POST, PUT or PATCH")],
    );
}
