//! Requests that do not start.

use std::time::Duration;

use fetch_runtime::{CacheMode, Credentials, Request, StartError, fetch, stats};

use crate::scenario::{Drops, Test};

scenarios! { $ for_each_invalid_scenario:
    methods
    urls
    values_in_templates
    keys
    headers
    a_range_of_what_is_cached
    other_options
    the_first_error_counts
}

/// The request does not start, calls no handler, leaks nothing, and gives this message.
#[track_caller]
fn refused(request: Request, message: &str) {
    let before = stats();
    let drops = Drops::default();
    let guard = drops.guard();
    let error = request
        .send_fn(move |_| {
            let _keep = guard;
            unreachable!("it never began")
        })
        .map(|_| ())
        .unwrap_err();
    assert_eq!(drops.count(), 1);
    assert_eq!(stats(), before);
    assert_eq!(error.to_string(), message);
}

/// Methods.
fn methods(_: &Test) {
    refused(Request::new("", "/"), "invalid method \"\": it is empty");
    refused(
        Request::new("GE T", "/"),
        "invalid method \"GE T\": a method is an HTTP token: letters, digits and !#$%&'*+-.^_`|~",
    );
    refused(
        Request::new("A".repeat(32), "/"),
        &format!("invalid method {:?}: Emscripten limits it to 31 bytes", "A".repeat(32)),
    );
    refused(
        Request::new("trace", "/"),
        "invalid method \"trace\": browsers forbid CONNECT, TRACE and TRACK",
    );
    refused(
        Request::new("EM_IDB_DELETE", "/"),
        "invalid method \"EM_IDB_DELETE\": EM_IDB_ methods act on the cache: use \
         Request::idb_store or Request::idb_delete",
    );
    refused(
        Request::new("G\0T", "/"),
        "invalid method \"G\\0T\": a method is an HTTP token: letters, digits and !#$%&'*+-.^_`|~",
    );
}

/// URLs.
fn urls(_: &Test) {
    refused(Request::get(""), "invalid URL \"\": it is empty");
    refused(
        Request::get("a\0b"),
        "invalid URL \"a\\0b\": it contains NUL, which would end the string in C",
    );
    refused(Request::get("http://"), "invalid URL \"http://\": the host is missing");
    refused(
        Request::get("localhost:8080/data.bin"),
        "invalid URL \"localhost:8080/data.bin\": the host reads as a scheme: \
         write http:// or https:// before it, or ./ before a relative path",
    );
    let base = "https://example.com/game";
    let reason = "it begins with a captured URL or path, whose : and / were encoded: \
         pass the URL as an expression, `GET url` or `GET format!(\"{base}/file\")`";
    refused(
        fetch!(GET "{base}/manifest.json"),
        &format!("invalid URL \"https%3A%2F%2Fexample.com%2Fgame/manifest.json\": {reason}"),
    );
    refused(
        Request::get("http://a:99999/"),
        "invalid URL \"http://a:99999/\": the port is not a number from 0 to 65535",
    );
    refused(
        Request::get("http://user:secret@example.com/"),
        "invalid URL \"http://user:secret@example.com/\": browsers block a user name or password \
         in a URL: use `auth`",
    );
    refused(
        Request::get("http://[1:2]/"),
        "invalid URL \"http://[1:2]/\": the host is not an IPv6 address",
    );
}

/// URLs and keys whose values would change more than the text of their places.
fn values_in_templates(_: &Test) {
    let (empty, dots, name, host) = ("", "..", "a/b", "evil.example");
    refused(
        fetch!(GET "/{empty}/{host}"),
        "invalid URL \"//evil.example\": a captured value is empty, which would remove its segment",
    );
    refused(
        fetch!(GET "/users/{dots}/{name}"),
        "invalid URL \"/users/../a%2Fb\": a captured value makes a segment `.` or `..`, \
         which URL parsers resolve even if it is encoded",
    );
    refused(
        fetch!(IDB_STORE "save/{empty}", body: "x"),
        "invalid key \"save/\": a captured value is empty, which would remove its segment",
    );
    refused(
        fetch!(GET "/", cache: Reload, cache_key: "save/{dots}"),
        "invalid key \"save/..\": a captured value makes a segment `.` or `..`, \
         which URL parsers resolve even if it is encoded",
    );
}

/// Keys.
fn keys(_: &Test) {
    refused(Request::idb_store("").body("x"), "invalid key \"\": it is empty");
    refused(
        Request::idb_delete("a\0"),
        "invalid key \"a\\0\": it contains NUL, which would end the string in C",
    );
    refused(
        Request::idb_store("a"),
        "nothing to store under \"a\": add a `body`, which may be empty",
    );
    refused(
        Request::get("/").cache(CacheMode::Reload).cache_key(""),
        "invalid key \"\": it is empty",
    );
}

/// Headers.
fn headers(_: &Test) {
    refused(
        Request::get("/").header("X-A", "1\r\nX-B: 2"),
        "invalid value \"1\\r\\nX-B: 2\" of the header \"X-A\": it contains a line break, which \
         would begin another header",
    );
    refused(
        Request::get("/").header("X A", "1"),
        "invalid header name \"X A\": a header name is an HTTP token: letters, digits and \
         !#$%&'*+-.^_`|~",
    );
    refused(
        Request::get("/").header("X-A", "€"),
        "invalid value \"€\" of the header \"X-A\": header values cannot contain characters \
         above U+00FF: percent-encode them, or use the body",
    );
    refused(
        Request::get("/").header("Cookie", "a=b"),
        "invalid header name \"Cookie\": only the browser may set this forbidden request-header: \
         remove it",
    );
}

/// A part would be stored for the whole, or the whole would be read for a part.
fn a_range_of_what_is_cached(_: &Test) {
    for mode in [CacheMode::Reload, CacheMode::ForceCache, CacheMode::OnlyIfCached] {
        for name in ["Range", "range", "RANGE"] {
            let message = format!(
                "the cache holds whole responses, and sets conditions itself: \
                 remove the header {name:?}, or use NoStore instead of {mode:?}"
            );
            refused(Request::get("/").header(name, "bytes=0-3").cache(mode), &message);
            refused(
                Request::get("/").cache(mode).header("A", "b").header(name, "bytes=0-3"),
                &message,
            );
        }
    }
    refused(
        fetch!(GET "/", headers: { "range": "bytes=0-3" }, cache: ForceCache, cache_key: "part"),
        "the cache holds whole responses, and sets conditions itself: \
         remove the header \"range\", or use NoStore instead of ForceCache",
    );
}

/// All other options.
fn other_options(_: &Test) {
    refused(
        Request::get("/").timeout(Duration::ZERO),
        "invalid timeout 0s: remove it for no limit",
    );
    refused(
        Request::get("/").timeout(Duration::from_secs(5_000_000)),
        "invalid timeout 5000000s: the maximum is 4294967295 ms",
    );
    refused(
        Request::get("/").body("x"),
        "a GET request has no body: use POST or PUT, or put the data into the URL",
    );
    refused(
        Request::new("head", "/").body("x"),
        "a head request has no body: use POST or PUT, or put the data into the URL",
    );
    refused(
        Request::post("/").cache(CacheMode::ForceCache),
        "a POST request cannot use the cache mode ForceCache: only GET can",
    );
    refused(
        Request::get("/").mime_type("text"),
        "invalid MIME type \"text\": a MIME type has the form type/subtype, as in text/plain; \
         charset=utf-8",
    );
    refused(
        Request::get("/").auth("user", "se\0cret"),
        "invalid user name or password: it contains NUL, which would end the string in C",
    );
    let of_the_cache: [(Request, &str); 10] = [
        (Request::idb_delete("k").header("A", "b"), "header"),
        (Request::idb_delete("k").timeout(Duration::from_secs(1)), "timeout"),
        (Request::idb_delete("k").cache(CacheMode::Reload), "cache"),
        (Request::idb_delete("k").cache_key("l"), "cache_key"),
        (Request::idb_delete("k").credentials(Credentials::Include), "credentials"),
        (Request::idb_delete("k").auth("u", "p"), "auth"),
        (Request::idb_delete("k").mime_type("a/b"), "mime_type"),
        (Request::idb_delete("k").on_progress(|_| {}), "on_progress"),
        (Request::idb_delete("k").on_upload(|_| {}), "on_upload"),
        (Request::idb_delete("k").body("x"), "body"),
    ];
    for (request, option) in of_the_cache {
        refused(
            request,
            &format!("IDB_DELETE only touches the local cache and takes no `{option}`: remove it"),
        );
    }
}

/// One error is reported: the first.
fn the_first_error_counts(_: &Test) {
    let request = Request::get("http://").header("Host", "x").timeout(Duration::ZERO).body("x");
    let error = request.send_fn(|_| ()).map(|_| ()).unwrap_err();
    assert!(matches!(error, StartError::InvalidUrl { .. }), "{error:?}");
}
