//! The messages of `fetch!` about parts that do not make a request, and where they point.

use super::support::check;

#[test]
fn options_suit_the_verb() {
    check(
        "GET u, body: b => h",
        &[("body", "a GET request has no body: remove `body`, or use POST, PUT or PATCH")],
    );
    check(
        "HEAD u, body: b => h",
        &[("body", "a HEAD request has no body: remove `body`, or use POST, PUT or PATCH")],
    );
    check(
        "GET u, json: b => h",
        &[("json", "a GET request has no body: remove `json`, or use POST, PUT or PATCH")],
    );
    check(
        "GET u, form: { a: b } => h",
        &[(
            "form",
            "a GET request has no body: write `query` instead of `form`, or use POST, PUT or PATCH",
        )],
    );
    check("IDB_STORE k, json: v => h", &[]);
    check(
        "IDB_DELETE k, json: v => h",
        &[("json", "`IDB_DELETE` takes only `signal` and `context`: remove `json`")],
    );
    check(
        "IDB_STORE k, json: v, query: q => h",
        &[(
            "query",
            "`IDB_STORE` takes only `body`, `json`, `signal` and `context`: remove `query`",
        )],
    );
    check(
        "POST u, cache: Reload => h",
        &[("Reload", "a POST request does not use the cache: remove `cache`, or use GET")],
    );
    check("POST u, cache: mode() => h", &[]);
    check(
        "HEAD u, on_chunk: f => h",
        &[(
            "on_chunk",
            "the response to HEAD has no body to stream: remove `on_chunk`, or use GET",
        )],
    );
    check(
        "GET u, mime_type: m, cache: Reload, on_chunk: f => h",
        &[
            ("mime_type", "a streamed body keeps its MIME type: remove `mime_type` or `on_chunk`"),
            ("Reload", "a streamed body is not stored in the cache: remove `cache` or `on_chunk`"),
        ],
    );
    check("GET u, cache: NoStore, on_chunk: f, signal: s => h", &[]);
    check("GET u, cache: ForceCache, integrity: i => h", &[]);
    check("GET u, on_chunk: f, integrity: i => h", &[]);
    check(
        "HEAD u, integrity: i => h",
        &[(
            "integrity",
            "the response to HEAD has no body to compare: remove `integrity`, or use GET",
        )],
    );
    check(
        "POST u, on_upload: f, body: b, on_chunk: f => h",
        &[(
            "on_upload",
            "browsers do not report the upload of a streamed request: \
             remove `on_upload` or `on_chunk`",
        )],
    );
    check("POST u, on_upload: f, on_progress: f, body: b => h", &[]);
    for verb in ["GET", "HEAD"] {
        check(
            &format!("{verb} u, on_upload: f => h"),
            &[(
                "on_upload",
                &format!(
                    "a {verb} request has no body: remove `on_upload`, or use POST, PUT or PATCH"
                ),
            )],
        );
    }
    check(
        "IDB_STORE k => h",
        &[("IDB_STORE", "`IDB_STORE` needs a value to store: add `body: value`")],
    );
    check(
        "IDB_STORE k, body: b, headers: {}, timeout: t, cache: c, cache_key: k, credentials: c,
            auth: a, mime_type: m, integrity: i, on_progress: p, on_upload: p => h",
        &[
            (
                "headers",
                "`IDB_STORE` takes only `body`, `json`, `signal` and `context`: remove `headers`",
            ),
            (
                "timeout",
                "`IDB_STORE` takes only `body`, `json`, `signal` and `context`: remove `timeout`",
            ),
            (
                "cache",
                "`IDB_STORE` takes only `body`, `json`, `signal` and `context`: remove `cache`",
            ),
            (
                "cache_key",
                "`IDB_STORE` takes only `body`, `json`, `signal` and `context`: remove `cache_key`",
            ),
            (
                "credentials",
                "`IDB_STORE` takes only `body`, `json`, `signal` and `context`: \
                 remove `credentials`",
            ),
            (
                "auth",
                "`IDB_STORE` takes only `body`, `json`, `signal` and `context`: remove `auth`",
            ),
            (
                "mime_type",
                "`IDB_STORE` takes only `body`, `json`, `signal` and `context`: remove `mime_type`",
            ),
            (
                "integrity",
                "`IDB_STORE` takes only `body`, `json`, `signal` and `context`: remove `integrity`",
            ),
            (
                "on_progress",
                "`IDB_STORE` takes only `body`, `json`, `signal` and `context`: \
                 remove `on_progress`",
            ),
            (
                "on_upload",
                "`IDB_STORE` takes only `body`, `json`, `signal` and `context`: remove `on_upload`",
            ),
        ],
    );
    check(
        "IDB_DELETE k, body: b, headers: h => h",
        &[
            ("body", "`IDB_DELETE` takes only `signal` and `context`: remove `body`"),
            ("headers", "`IDB_DELETE` takes only `signal` and `context`: remove `headers`"),
        ],
    );
}

#[test]
fn a_request_has_one_body() {
    check("POST u, query: q, json: v => h", &[]);
    check(
        "POST u, json: v, timeout: t, form: {}, body: b => h",
        &[
            ("form", "`form` sets the body, as `json` does: remove one of the two"),
            ("body", "`body` sets the body, as `json` does: remove one of the two"),
        ],
    );
    check(
        "POST u, multipart: a, multipart: b => h",
        &[("multipart", "`multipart` is given twice: remove one of the two")],
    );
    check("POST u, body: b, jsn: v => h", &[("jsn", "unknown option `jsn`: did you mean `json`?")]);
}

#[test]
fn a_tuple_has_at_most_sixteen_pairs() {
    let pairs = |count| (0..count).map(|i| format!("n{i}: v, ")).collect::<String>();
    check(&format!("GET u, query: {{ {} }} => h", pairs(16)), &[]);
    check(
        &format!("POST u, form: {{ {} }} => h", pairs(18)),
        &[(
            "n16",
            "`form: { … }` takes at most 16 pairs: pass a slice of pairs, a map or a struct to \
             `form`",
        )],
    );
    check(&format!("POST u, multipart: {{ {} }} => h", pairs(18)), &[]);
}

#[test]
fn a_context_needs_a_handler_that_takes_it() {
    check(
        "GET u, context: c",
        &[("context", "`context` needs a handler that takes it: add `=> handler`")],
    );
    check(
        "GET u, context: c => |r| {}",
        &[(
            "context",
            "a closure captures its context: remove `context`, and write `move |response| …`",
        )],
    );
    check("GET u, context: => h", &[("context", "`context` needs a value: `context: value`")]);
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
    const DURATION: &str = "`timeout` takes a `Duration`, such as `Duration::from_secs(5)`";
    check(r#"GET u, timeout: "5s" => h"#, &[(r#""5s""#, DURATION)]);
    check("GET u, timeout: 5 => h", &[("5", DURATION)]);
    const IDLE: &str = "`idle_timeout` takes a `Duration`, such as `Duration::from_secs(5)`";
    check("GET u, idle_timeout: 5 => h", &[("5", IDLE)]);
    check("GET 7 => h", &[("7", "a URL must be a string: put the value in double quotes")]);
    check("IDB_DELETE 7 => h", &[("7", "a key must be a string: put the value in double quotes")]);
    check(
        "GET u, headers: { 'a': 1.5 }, mime_type: true, auth: (1, p), integrity: 7 => h",
        &[
            ("'a'", "a header name must be a string: put the value in double quotes"),
            ("true", "a MIME type must be a string: put the value in double quotes"),
            ("1", "a user name or password must be a string: put the value in double quotes"),
            ("7", "a list of digests must be a string: put the value in double quotes"),
        ],
    );
}

#[test]
fn a_variant_is_one_of_those() {
    check(
        "GET u, cache: NoCaches, credentials: Omit => h",
        &[
            (
                "NoCaches",
                "there is no `CacheMode::NoCaches`: \
                 use NoStore, Reload, ForceCache, OnlyIfCached, NoCache or Default",
            ),
            ("Omit", "there is no `Credentials::Omit`: use SameOrigin or Include"),
        ],
    );
    check("GET u, cache: MODE, credentials: credentials => h", &[]);
    check("GET u, cache: Mode::Reload => h", &[]);
}

#[test]
fn a_literal_has_no_nul() {
    const NUL: &str = "a C string ends at its first NUL character: remove the NUL";
    check(r#"GET "a\0b" => h"#, &[(r#""a\0b""#, NUL)]);
    check(
        r#"GET u, headers: { "a\0": "\0" }, cache_key: "k\x00", mime_type: "m\0",
            auth: ("me\0", "\u{0}") => h"#,
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
        &[("body", "a GET request has no body: remove `body`, or use POST, PUT or PATCH")],
    );
}

#[test]
fn a_download_is_resumed_by_a_mode_that_stores() {
    let without = "the download cannot be resumed: its parts are kept in the cache: add \
        `cache: ForceCache` or `cache: Reload`, or remove `resume`";
    for options in ["resume: true", "resume: on, cache: NoStore", "cache: Default, resume: true"] {
        check(&format!("GET u, {options} => h"), &[("resume", without)]);
    }
    for options in [
        "resume: true, cache: ForceCache",
        "cache: Reload, resume: on",
        // Checked at run time.
        "cache: mode, resume: true",
        "cache: CacheMode::OnlyIfCached, resume: true",
        "resume: false",
        "cache: NoCache, resume: false",
    ] {
        check(&format!("GET u, {options} => h"), &[]);
    }
    check(
        "PUT u, body: b, resume: true => h",
        &[("resume", "a PUT request does not use the cache: remove `resume`, or use GET")],
    );
}
