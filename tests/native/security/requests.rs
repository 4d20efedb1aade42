//! Hostile values cannot change the request that they are in.

use fetch_runtime::native::script::{Answer, Script};
use fetch_runtime::{CacheMode, Request, StartError, fetch, set_base_url, stats};

use crate::backend::{cache, load, outcome_of, store};
use crate::server;

const BREAKS: [&str; 5] =
    ["a\r\nX-Evil: 1", "a\nX-Evil: 1", "a\rX-Evil: 1", "\r\n\r\nGET /evil HTTP/1.1", "a\0b"];

#[track_caller]
fn refused(request: Request) -> StartError {
    let before = stats();
    let error = request.send_fn(|_| unreachable!("it never began")).map(drop).unwrap_err();
    assert_eq!(stats(), before);
    error
}

#[test]
fn no_value_begins_another_header() {
    let request = || Request::get(server().url("/headers"));
    for evil in BREAKS {
        let pairs = vec![("X-Good", "1"), ("X-Pair", evil)];
        for request in [
            request().header("X-A", evil),
            request().header(evil, "1"),
            request().headers(pairs),
            fetch!(GET server().url("/headers"), headers: { "X-A": evil }),
            fetch!(GET server().url("/headers"), headers: { evil: "1" }),
            request().mime_type(format!("text/plain; a={evil}")),
            Request::new(format!("GET {evil}"), server().url("/headers")),
            Request::get(format!("{}{evil}", server().url("/headers?"))),
        ] {
            refused(request);
        }
    }
}

/// Any captured value is encoded, and so are the values of `Authorization`.
#[test]
fn templates_and_credentials_break_no_line() {
    set_base_url(&server().url("/")).unwrap();
    for evil in &BREAKS[..4] {
        let response = outcome_of(fetch!(GET "/uri/{evil}?q={evil}"));
        let asked = response.text();
        assert!(asked.starts_with("/uri/") && asked.contains("%0"), "{asked}");
        assert!(!asked.contains(['\r', '\n', ' ']), "{asked:?}");
        let response = outcome_of(Request::get("/auth/any").auth(*evil, *evil));
        let given = response.text();
        assert!(given.starts_with("Basic ") && !given.contains("evil"), "{given}");
    }
}

#[test]
fn no_string_has_a_nul() {
    let get = || Request::get("http://example.com/");
    for request in [
        Request::new("G\0ET", "http://example.com/"),
        Request::get("http://example.com/\0"),
        Request::get("http://exam\0ple.com/"),
        Request::get("key\0").cache(CacheMode::OnlyIfCached),
        Request::idb_store("key\0").body("x"),
        Request::idb_delete("\0"),
        get().header("X-\0A", "1"),
        get().header("X-A", "1\0"),
        get().cache(CacheMode::Reload).cache_key("\0key"),
        get().auth("us\0er", "secret"),
        get().auth("user", "secret\0"),
        get().mime_type("text/\0plain"),
        get().mime_type("text/plain; a=\0"),
    ] {
        let error = refused(request).to_string();
        assert!(
            error.contains("NUL") || error.contains("token") || error.contains("type/subtype"),
            "{error}"
        );
    }
}

/// Emscripten's own methods, which act on the cache, and methods that are too long for the struct.
#[test]
fn no_method_does_what_it_is_not_called() {
    let _folder = cache();
    assert!(store("victim", vec![7]).is_success());
    for method in [
        "EM_IDB_DELETE",
        "em_idb_delete",
        "Em_Idb_Store",
        "EM_IDB_",
        "EM_IDB_GET",
        "em_idb_anything",
    ] {
        let error = refused(Request::new(method, "victim"));
        assert!(matches!(error, StartError::InvalidMethod { .. }), "{error}");
    }
    assert_eq!(load("victim").body(), [7]);

    let longest = "M".repeat(31);
    let response = outcome_of(Request::new(longest.as_str(), server().url("/echo")));
    assert_eq!(
        response.headers().and_then(|headers| headers.get("x-method")),
        Some(longest.as_str())
    );
    // With 32 bytes, it would fill its place in the struct, and its NUL would be the next field's.
    for length in [32, 33, 64, 100_000] {
        refused(Request::new("M".repeat(length), server().url("/echo")));
    }
}

#[test]
fn no_url_has_a_user_or_a_password() {
    for url in [
        "http://user:secret@example.com/",
        "http://user@example.com/",
        "https://:secret@example.com/",
        "HTTP://User:Secret@Example.com",
        "//user:secret@example.com/",
        "http://user%3asecret@example.com/",
        "http://a@b@example.com/",
        "ftp://user:secret@example.com/",
    ] {
        let error = refused(Request::get(url));
        assert!(matches!(error, StartError::InvalidUrl { .. }), "{url}: {error}");
    }
    for url in ["http://user:secret@example.com/", "https://user@example.com/"] {
        let error = set_base_url(url).unwrap_err().to_string();
        assert!(error.contains("user name or password") && !error.contains("secret"), "{error}");
    }
}

#[test]
fn no_password_is_shown() {
    let request = Request::get("http://127.0.0.1:1/").auth("user", "hunter2");
    assert!(!format!("{request:?}").contains("hunter2"));
    let response = outcome_of(request);
    assert!(!format!("{response:?}").contains("hunter2"));
    let error = refused(Request::get("http://127.0.0.1:1/").auth("user", "hunter2\0"));
    assert!(!format!("{error:?} {error}").contains("hunter2"));

    let script = Script::install();
    script.answer("GET", "/", Answer::new(200));
    outcome_of(Request::get("/").auth("user", "hunter2"));
    let sent = script.sent();
    assert!(sent[0].auth.is_some() && !format!("{sent:?}").contains("hunter2"));
}

/// `/headers` does not ask. The other server offers Basic and Digest, and refuses Basic.
#[test]
fn no_password_is_sent_unasked() {
    set_base_url(&server().url("/")).unwrap();
    let response = outcome_of(Request::get("/headers").auth("user", "secret"));
    assert!(!response.text().contains("authorization"), "{response:?}");
    let response = outcome_of(Request::get("/auth/digest/MD5/auth").auth("user", "secret"));
    let given = response.header("X-Authorization").unwrap();
    assert!(given.starts_with("Digest ") && !given.contains("secret"), "{given}");
}
