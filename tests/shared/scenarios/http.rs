//! Requests over HTTP.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use fetch_runtime::{
    CacheStatus, Outcome, Progress, Request, Response, fetch, fetch_handler, set_base_url,
};

use crate::engine::Difference;
use crate::pattern::pattern;
use crate::scenario::Test;

scenarios! { $ for_each_http_scenario:
    get_to_memory
    every_method
    every_kind_of_body
    error_status_with_body
    empty_bodies
    redirects
    redirect_loop
    request_headers
    response_headers
    reason_phrase
    body_without_length
    compressed_body
    large_body
    progress
    timeout
    connection_refused
    reset_in_mid_body
    chunked_body_that_breaks_off
    coded_body_that_breaks_off
    authentication
    literals
    text
    templates
    a_base_url
    no_base_url
}

#[track_caller]
fn assert_success(response: &Response) {
    assert_eq!(response.outcome(), Outcome::Success, "{response:?}");
}

/// A GET.
fn get_to_memory(t: &Test) {
    t.send(Request::get(t.url("/bytes/100000")), |t, response| {
        assert_success(&response);
        assert_eq!((response.status(), response.status_text()), (200, "OK"));
        assert_eq!(response.url(), t.url("/bytes/100000"));
        assert_eq!(response.cache_status(), CacheStatus::Bypass);
        assert!(response.is_success());
        assert_eq!(response.body(), pattern(100_000));
        let body = response.into_body();
        assert_eq!(Vec::from(body), pattern(100_000));
    });
}

/// Every method, and a custom one.
fn every_method(t: &Test) {
    let url = || t.url("/echo");
    for (method, request) in [
        ("GET", Request::get(url())),
        ("POST", Request::post(url())),
        ("PUT", Request::put(url())),
        ("PATCH", Request::patch(url())),
        ("DELETE", Request::delete(url())),
        ("OPTIONS", Request::options(url())),
        ("PROPFIND", Request::new("PROPFIND", url())),
        ("POST", Request::new("post", url())),
    ] {
        let has_body = method != "GET";
        let request = if has_body { request.body(method) } else { request };
        t.send(request, move |_, response| {
            assert_success(&response);
            assert_eq!(
                response.headers().and_then(|headers| headers.get("X-Method")),
                Some(method)
            );
            assert_eq!(response.text(), if has_body { method } else { "" });
        });
    }
    t.send(Request::head(t.url("/bytes/1000")), |_, response| {
        assert_success(&response);
        assert_eq!(
            response.headers().and_then(|headers| headers.get("content-length")),
            Some("1000")
        );
        assert!(response.body().is_empty());
    });
}

/// Every type that can be a body.
fn every_kind_of_body(t: &Test) {
    let post = || Request::post(t.url("/echo"));
    for request in [
        post().body("bytes"),
        post().body(String::from("bytes")),
        post().body(b"bytes"),
        post().body(&b"bytes"[..]),
        post().body(b"bytes".to_vec()),
        post().body(b"bytes".to_vec().into_boxed_slice()),
        post().body(std::borrow::Cow::Borrowed(&b"bytes"[..])),
    ] {
        t.send(request, |t, response| {
            assert_eq!(response.text(), "bytes");
            let again = Request::post(t.url("/echo")).body(response.into_body());
            t.send(again, |_, response| assert_eq!(response.body(), b"bytes"));
        });
    }
    t.send(
        post().header("Content-Type", "application/x-large").body(pattern(3_000_000)),
        |_, response| {
            assert_eq!(
                response.headers().and_then(|headers| headers.get("content-type")),
                Some("application/x-large")
            );
            assert_eq!(response.body(), pattern(3_000_000));
        },
    );
}

/// Statuses over 299 are no success, and bring their bodies.
fn error_status_with_body(t: &Test) {
    for status in [400_u16, 401, 403, 404, 410, 418, 500, 503] {
        t.send(Request::get(t.url(&format!("/status/{status}"))), move |t, response| {
            assert_eq!(response.outcome(), Outcome::HttpError);
            assert_eq!(response.status(), status);
            assert_eq!(response.text(), format!("status {status}"));
            assert!(response.headers().is_some());
            let error = response.into_result().unwrap_err();
            assert_eq!(error.status(), status);
            let start = format!("{}: HTTP status {status}", t.url(&format!("/status/{status}")));
            assert!(error.to_string().starts_with(&start), "{error}");
            assert_eq!(error.into_response().status(), status);
        });
    }
}

/// Empty bodies.
fn empty_bodies(t: &Test) {
    for (path, status) in [("/empty", 200), ("/status/204", 204)] {
        t.send(Request::get(t.url(path)), move |_, response| {
            assert_success(&response);
            assert_eq!(response.status(), status);
            assert!(response.body().is_empty());
        });
    }
}

/// Each kind of redirect keeps or changes the method as the Fetch standard says.
fn redirects(t: &Test) {
    for (code, method_after_post) in
        [(301, "GET"), (302, "GET"), (303, "GET"), (307, "POST"), (308, "POST")]
    {
        let from = t.url(&format!("/redirect/{code}?to=/echo"));
        let check = |method: &'static str| {
            move |t: &Test, response: Response| {
                if method == "POST" && Difference::BodySentOnce.is_here() {
                    return assert_eq!(response.outcome(), Outcome::NetworkError);
                }
                assert_success(&response);
                assert_eq!(
                    response.headers().and_then(|headers| headers.get("x-method")),
                    Some(method)
                );
                assert_eq!(response.text(), if method == "POST" { "data" } else { "" });
                if let Some(final_url) = response.final_url() {
                    assert_eq!(final_url, t.url("/echo"));
                }
            }
        };
        t.send(Request::get(&from), check("GET"));
        t.send(Request::post(&from).body("data"), check(method_after_post));
    }
}

/// Redirects without end are a network error.
fn redirect_loop(t: &Test) {
    t.send(Request::get(t.url("/loop")), |_, response| {
        assert_eq!(response.outcome(), Outcome::NetworkError);
        assert_eq!((response.status(), response.status_text()), (0, ""));
    });
}

/// Headers arrive as they were given.
fn request_headers(t: &Test) {
    let request = Request::get(t.url("/headers"))
        .header("X-One", "1")
        .headers([("X-Two", "a b"), ("x-two", "c")])
        .headers(vec![(String::from("X-Owned"), format!("{}", 7))])
        .header("X-Latin", "é");
    t.send(request, |_, response| {
        let text = String::from_utf8_lossy(response.body()).into_owned();
        assert!(text.contains("x-one: 1\n"), "{text}");
        assert!(text.contains("x-two: a b, c\n"), "{text}");
        assert!(text.contains("x-owned: 7\n"), "{text}");
        // One byte, as JS sends it: not UTF-8.
        let latin: &[u8] = match Difference::Utf8Headers.is_here() {
            true => b"x-latin: \xc3\xa9\n",
            false => b"x-latin: \xe9\n",
        };
        let is_sent = response.body().windows(latin.len()).any(|window| window == latin);
        assert!(is_sent, "{:?}", response.body());
    });
}

/// Headers come back in lower case.
fn response_headers(t: &Test) {
    let request =
        Request::post(t.url("/echo")).header("Content-Type", "text/plain; charset=utf-8").body("x");
    t.send(request, |_, response| {
        let headers = response.headers().expect("an HTTP response has headers");
        assert_eq!(headers.get("CONTENT-TYPE"), Some("text/plain; charset=utf-8"));
        assert_eq!(headers.get("content-length"), Some("1"));
        assert_eq!(headers.get("absent"), None);
        assert!(headers.iter().all(|(name, _)| name == name.to_ascii_lowercase()));
    });
}

/// The reason phrase is the server's own.
fn reason_phrase(t: &Test) {
    t.send(Request::get(t.url("/reason")), |_, response| {
        assert_eq!((response.status(), response.status_text()), (200, "All Is Well"));
    });
}

/// A body without `Content-Length`.
fn body_without_length(t: &Test) {
    t.send(Request::get(t.url("/chunked/300000")), |_, response| {
        assert_success(&response);
        assert_eq!(response.body(), pattern(300_000));
    });
}

/// A compressed body arrives decompressed.
fn compressed_body(t: &Test) {
    t.send(Request::get(t.url("/gzip/300000")), |_, response| {
        assert_success(&response);
        assert_eq!(response.body(), pattern(300_000));
    });
}

/// A body of 20 MB.
fn large_body(t: &Test) {
    t.send(Request::get(t.url("/bytes/20000000")), |_, response| {
        assert_success(&response);
        assert!(response.body() == pattern(20_000_000));
    });
}

/// Progress grows to the whole.
fn progress(t: &Test) {
    let seen: Rc<RefCell<Vec<Progress>>> = Rc::default();
    let sink = Rc::clone(&seen);
    let request = Request::get(t.url("/drip/5/60"))
        .on_progress(move |progress| sink.borrow_mut().push(progress));
    t.send(request, move |_, response| {
        assert_success(&response);
        let seen = seen.take();
        assert!(seen.len() >= 2, "{seen:?}");
        assert!(seen.is_sorted_by_key(|progress| progress.loaded), "{seen:?}");
        assert_eq!(seen.last(), Some(&Progress { loaded: 5000, total: Some(5000) }));
    });
}

/// A deadline that passes before the headers, and one in the body.
fn timeout(t: &Test) {
    for path in ["/slow/10000", "/drip/10/1000"] {
        t.send(Request::get(t.url(path)).timeout(Duration::from_millis(300)), |_, response| {
            assert_eq!(response.outcome(), Outcome::Timeout);
            assert_eq!((response.status(), response.status_text()), (0, ""));
            assert!(response.body().is_empty());
            assert!(response.headers().is_none());
        });
    }
    t.send(Request::get(t.url("/slow/10")).timeout(Duration::from_secs(60)), |_, response| {
        assert_success(&response);
    });
}

/// No program listens on the port.
fn connection_refused(t: &Test) {
    t.send(Request::get("http://127.0.0.1:1/"), |_, response| {
        assert_eq!(response.outcome(), Outcome::NetworkError);
        assert_eq!((response.status(), response.status_text()), (0, ""));
        assert!(
            response.body().is_empty()
                && response.headers().is_none()
                && response.final_url().is_none()
        );
        let error = response.into_result().unwrap_err();
        assert_eq!(error.to_string(), "http://127.0.0.1:1/: network error");
    });
}

/// The connection breaks after half of the body.
fn reset_in_mid_body(t: &Test) {
    t.send(Request::get(t.url("/reset/10000")), |_, response| {
        assert_eq!(response.outcome(), Outcome::NetworkError);
        assert_eq!(response.status(), 0);
        assert!(response.body().is_empty());
    });
}

/// The last chunk is missing. A page cannot know that where the browser itself does not say so.
fn chunked_body_that_breaks_off(t: &Test) {
    let request = Request::get(t.url("/play?status=200&body=half&end=break&pause=20"));
    t.send(request, |_, response| match Difference::BreakInChunkedBodyUnseen.is_here() {
        true => assert_eq!((response.outcome(), response.body()), (Outcome::Success, &b"half"[..])),
        false => assert_eq!((response.outcome(), response.status()), (Outcome::NetworkError, 0)),
    });
}

/// The connection breaks after half of a body in a content coding.
fn coded_body_that_breaks_off(t: &Test) {
    let request = Request::get(t.url("/resumable/coded-and-broken?size=40000&gzip=1"));
    t.send(request, |_, response| match Difference::BreakInCodedBodyUnseen.is_here() {
        true => assert!(response.is_success() && response.body().len() < 40_000, "{response:?}"),
        false => assert_eq!(response.outcome(), Outcome::NetworkError),
    });
}

/// HTTP authentication.
fn authentication(t: &Test) {
    t.send(Request::get(t.url("/auth")).auth("user", "secret"), |_, response| {
        assert_eq!(response.text(), "welcome");
    });
}

#[fetch_handler]
fn echoed(response: Response, (called, body): (Box<dyn FnOnce()>, &'static str)) {
    called();
    assert_eq!(response.text(), body);
}

/// Every option of the macro.
fn literals(t: &Test) {
    let url = t.url("/echo");
    let name = "X-Name";
    fetch!(
        POST &url,
        headers: { "Content-Type": "text/plain", name: "value", "X-Owned": format!("{}", 7) },
        body: "data",
        timeout: Duration::from_secs(60),
        cache: NoStore,
        cache_key: "literals",
        credentials: SameOrigin,
        mime_type: "text/plain",
        on_progress: |_| {},
        context: (Box::new(t.expect()), "data"),
        => echoed
    )
    .unwrap();
    let request: Request = fetch!(PUT &url, body: vec![1, 2, 3]);
    t.send(request, |_, response| assert_eq!(response.body(), [1, 2, 3]));
    let (user, password) = ("user", String::from("secret"));
    let called = t.expect();
    fetch!(GET t.url("/auth"), auth: (user, password) => move |response| {
        called();
        assert_eq!(response.text(), "welcome");
    })
    .unwrap();
}

/// As `Response.text()` of a browser: the Fetch standard's "UTF-8 decode".
fn text(t: &Test) {
    for (body, text) in [
        (&b""[..], ""),
        (b"gr\xc3\xbc\xc3\x9f dich", "gr\u{fc}\u{df} dich"),
        (b"\xef\xbb\xbftext", "text"),
        (b"\xef\xbb\xbf\xef\xbb\xbftext\xef\xbb\xbf", "\u{feff}text\u{feff}"),
        (b"\xef\xbb\xbf", ""),
        (b"\xef\xbb", "\u{fffd}"),
        (b"a\xffb\xe2\x82c\xf0\x9f\x98", "a\u{fffd}b\u{fffd}c\u{fffd}"),
        (b"\xed\xa0\x80\xc0\xaf", "\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}"),
        (b"\xff\xfet\0", "\u{fffd}\u{fffd}t\0"),
    ] {
        let latin1 = "text/plain; charset=iso-8859-1";
        let request = Request::post(t.url("/echo")).header("Content-Type", latin1).body(body);
        t.send(request, move |_, response| {
            assert_eq!(response.body(), body);
            assert_eq!(response.text(), text);
        });
    }
}

/// Captured values stay in their places. The server sees them encoded.
fn templates(t: &Test) {
    let (name, query, fragment) = ("AC/DC é", "a&b=c '%20'", "x y");
    let (called, again) = (t.expect(), t.expect());
    fetch!(GET "/uri/{name}/{{1}}?q={query}&n={name}#{fragment}" => move |response| {
        called();
        assert_eq!(
            response.text(),
            "/uri/AC%2FDC%20%C3%A9/%7B1%7D?q=a%26b%3Dc%20%27%2520%27&n=AC%2FDC%20%C3%A9",
        );
    })
    .unwrap();
    let (code, to) = (302, "/uri/a%2Fb?c");
    fetch!(
        GET "/redirect/{code}?to={to}",
        headers: { "X-Braces": "{not} {a} {template" } => move |response| {
            again();
            assert_eq!(response.text(), to);
        }
    )
    .unwrap();
}

/// The program's base replaces that of the page.
fn a_base_url(t: &Test) {
    t.with_base("/bytes/", || {
        for (url, length) in [("3001", 3001), ("../stream/3002#part", 3002), ("/bytes/3003", 3003)]
        {
            t.send(Request::get(url), move |_, response| {
                assert_success(&response);
                assert_eq!((response.url(), response.body().len()), (url, length));
            });
        }
        t.send(Request::get(t.url("/bytes/3004")), |_, response| {
            assert_eq!(response.body().len(), 3004);
        });
        t.send(Request::post("../echo").body("to a base"), |_, response| {
            assert_success(&response);
            assert!(response.text().contains("to a base"), "{response:?}");
        });
    });
}

/// A text that cannot be a base is refused, and the base stays.
fn no_base_url(t: &Test) {
    t.with_base("/bytes/", || {
        let texts = [
            "",
            "game/",
            "//example.com/",
            "ftp://example.com/",
            "data:,",
            "http://",
            "https://user:secret@example.com/",
            "http://example.com/\0",
        ];
        for text in texts {
            let error = set_base_url(text).expect_err(text);
            assert!(error.to_string().contains("base"), "{error}");
            assert!(!error.to_string().contains("secret"), "{error}");
        }
        t.send(Request::get("3006"), |_, response| assert_eq!(response.body().len(), 3006));
    });
}
