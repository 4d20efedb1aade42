//! Header fields: of responses, and of requests after a redirect.

use std::io::Write;
use std::sync::mpsc;

use fetch_runtime::Request;
use fetch_shared::raw_server::RawServer;

use super::{PLAIN, get, response};
use crate::backend::outcome_of;
use crate::server;

/// And no others.
#[test]
fn fields_that_every_request_has() {
    let (heads, head) = mpsc::channel();
    let server = RawServer::start(move |asked, stream| {
        heads.send(asked.head.clone()).expect("the test waits");
        stream.write_all(&response("", PLAIN))
    });
    let host = server.url("").replace("http://", "");
    let last =
        format!("user-agent: fetch-runtime/{}\r\nhost: {host}\r\n\r\n", env!("CARGO_PKG_VERSION"));
    let coding = "accept-encoding: gzip, deflate, br\r\n";
    assert!(get(server.url("/a?b#c")).is_success());
    let expected = format!("GET /a?b HTTP/1.1\r\n{coding}accept: */*\r\n{last}");
    assert_eq!(head.recv().unwrap(), expected);
    assert!(outcome_of(Request::post(server.url("/")).header("Accept", "a/b")).is_success());
    let expected = format!("POST / HTTP/1.1\r\naccept: a/b\r\ncontent-length: 0\r\n{coding}{last}");
    assert_eq!(head.recv().unwrap(), expected);
}

/// RFC 9112 §5.2: a user agent replaces a fold by spaces.
#[test]
fn folded_header_fields() {
    let lines = "X-Folded: one\r\n two\r\n\t \tthree\r\nX-Empty:\r\n  first\r\nX-A: 1\r\n\
        X-Last: end\r\n \r\n";
    let response = get(RawServer::of(response(lines, PLAIN)).url("/"));
    let headers = response.headers().expect("a response");
    assert_eq!(headers.get("x-folded"), Some("one two three"));
    assert_eq!(headers.get("x-empty"), Some("first"));
    assert_eq!((headers.get("x-a"), headers.get("x-last")), (Some("1"), Some("end")));
    assert_eq!(response.body(), PLAIN);
}

/// RFC 9110 §5.3: fields of one name are one, wherever they are.
#[test]
fn header_fields_of_one_name_are_joined() {
    let lines = "X-A: 1\r\nX-B: b\r\nx-a: 2, 3\r\nX-A:\r\nX-A: 4\r\n";
    let response = get(RawServer::of(response(lines, PLAIN)).url("/"));
    assert_eq!(response.headers().and_then(|headers| headers.get("X-A")), Some("1, 2, 3, , 4"));
}

/// The fields that describe the body go with the body.
#[test]
fn a_redirect_that_makes_a_get_of_it_takes_no_content_fields_along() {
    const FIELDS: [&str; 6] = [
        "Content-Type",
        "Content-Encoding",
        "Content-Language",
        "Content-Location",
        "Content-Disposition",
        "Content-Range",
    ];
    let server = server();
    let redirected = |method: &str, status: u16| {
        let mut request =
            Request::new(method, server.url(&format!("/redirect/{status}?to=/headers")));
        for field in FIELDS {
            request = request.header(field, "x");
        }
        if method != "GET" {
            request = request.body("body");
        }
        let response = outcome_of(request.header("X-Mine", "1"));
        assert!(response.is_success(), "{method} {status}: {response:?}");
        let headers = String::from_utf8_lossy(response.body()).into_owned();
        assert!(headers.contains("x-mine: 1\n"), "{method} {status}: {headers}");
        headers
    };
    for (method, status) in
        [("POST", 301), ("POST", 302), ("POST", 303), ("PUT", 303), ("DELETE", 303), ("PATCH", 303)]
    {
        let headers = redirected(method, status);
        assert!(!headers.contains("content-"), "{method} {status}: {headers}");
    }
    for (method, status) in
        [("POST", 307), ("POST", 308), ("PUT", 301), ("PATCH", 302), ("GET", 302)]
    {
        let headers = redirected(method, status);
        for field in FIELDS {
            let field = format!("{}: x\n", field.to_ascii_lowercase());
            assert!(headers.contains(&field), "{method} {status}: {headers}");
        }
        assert_eq!(
            headers.contains("content-length: 4\n"),
            method != "GET",
            "{method} {status}: {headers}"
        );
    }
}
