//! Conversions from and to the types of the crate http.

use bytes::Bytes;
use fetch_runtime::native::script::{Answer, Script};
use fetch_runtime::{
    Body, Error, Outcome, Request, RequestString, Response, StartError, block_on, fetch,
};
use fetch_shared::pattern::is_pattern;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};
use http_body_util::BodyExt;

use crate::server;

fn send(request: Request) -> Response {
    block_on(request.into_future()).unwrap().unwrap()
}

fn converted(response: Response) -> Result<http::Response<Body>, Error> {
    response.try_into()
}

#[test]
fn a_request_keeps_its_values() {
    let script = Script::install();
    script.answer("PUT", "http://example.com/a?b=c", Answer::new(200));
    let request = http::Request::put("http://example.com/a?b=c")
        .version(http::Version::HTTP_2)
        .header(CONTENT_TYPE, "text/x")
        .header("x-several", "1")
        .header("x-several", "2")
        .header("x-latin", HeaderValue::from_bytes(b"\xe4").unwrap())
        .body("hello")
        .unwrap();
    assert_eq!(send(request.try_into().unwrap()).status(), 200);
    let sent = &script.sent()[0];
    assert_eq!((&*sent.method, &*sent.url), ("PUT", "http://example.com/a?b=c"));
    let headers: Vec<_> = sent.headers.iter().map(|(name, value)| (&**name, &**value)).collect();
    let expected =
        [("content-type", "text/x"), ("x-several", "1"), ("x-several", "2"), ("x-latin", "\u{e4}")];
    assert_eq!(headers, expected);
    assert_eq!(sent.body, b"hello");
}

#[test]
fn each_type_of_body_is_sent() {
    fn echoed<B: Into<fetch_runtime::RequestBody>>(body: B) -> Vec<u8> {
        let request = http::Request::post(server().url("/echo")).body(body).unwrap();
        send(request.try_into().unwrap()).into_body().into()
    }
    assert_eq!(echoed("text"), b"text");
    assert_eq!(echoed(String::from("text")), b"text");
    assert_eq!(echoed(vec![1, 2]), [1, 2]);
    assert_eq!(echoed(Bytes::from_static(b"bytes")), b"bytes");
    assert_eq!(echoed(()), b"");
    // An empty body is none.
    for body in ["", "x"] {
        let request = http::Request::get(server().url("/empty")).body(body).unwrap();
        let request = Request::try_from(request);
        let method = "GET".to_owned();
        match body {
            "" => assert_eq!(send(request.unwrap()).status(), 200),
            _ => assert_eq!(request.unwrap_err(), StartError::BodyNotAllowed { method }),
        }
    }
}

/// All that the crate http accepts and a browser does not.
#[test]
fn invalid_requests_are_errors_at_once() {
    let error = |request: http::request::Builder| {
        Request::try_from(request.body(()).unwrap()).unwrap_err().to_string()
    };
    let at = |uri: &str| error(http::Request::get(uri));
    for uri in ["example.com", "localhost:80", "data:,hello"] {
        let reason = "the crate http reads it as a host: add the scheme, such as `https://`; ";
        let (message, start) = (at(uri), format!("invalid URL {uri:?}: {reason}"));
        assert!(message.starts_with(&start), "{message}");
    }
    assert_eq!(at("*"), "invalid URL \"*\": `*` is the target of a server: name a path");
    let invalid = at("ftp://example.com/");
    assert!(invalid.starts_with("invalid URL \"ftp://example.com/\": "), "{invalid}");
    let method = |method: &str| error(http::Request::get("/").method(method));
    assert!(method("TRACE").starts_with("invalid method \"TRACE\""));
    assert!(method("CONNECT").starts_with("invalid method \"CONNECT\""));
    assert!(method(&"X".repeat(32)).starts_with("invalid method \"XX"));
    let header = error(http::Request::get("/").header("Host", "a"));
    assert!(header.starts_with("invalid header name \"host\""), "{header}");
}

#[test]
fn strings_of_a_request_come_from_types_of_http() {
    let uri = Uri::from_static("http://example.com/a?b");
    let name = HeaderName::from_static("x-a");
    let value = HeaderValue::from_bytes(b"\xe4\xff").unwrap();
    for (string, expected) in [
        (RequestString::from(&Method::PATCH), "PATCH"),
        (Method::GET.into(), "GET"),
        (RequestString::from(&uri), "http://example.com/a?b"),
        (uri.into(), "http://example.com/a?b"),
        (RequestString::from(&name), "x-a"),
        (name.into(), "x-a"),
        (RequestString::from(&value), "\u{e4}\u{ff}"),
        (value.into(), "\u{e4}\u{ff}"),
    ] {
        assert_eq!(string.as_str(), expected);
    }
}

#[test]
fn headers_of_a_response_keep_their_bytes() {
    let script = Script::install();
    let answer = Answer::new(200).header("X-Latin", "\u{e4}").header("X-A", "1").header("X-A", "2");
    script.answer("GET", "/", answer);
    let response = send(fetch!(GET "/"));
    let headers = HeaderMap::from(response.headers().unwrap());
    assert_eq!(headers["x-latin"].as_bytes(), "\u{e4}".as_bytes());
    assert_eq!(headers["x-a"], "1, 2");
}

#[test]
fn each_status_is_a_response_and_nothing_else_is_one() {
    let page = converted(send(Request::get(server().url("/status/404")))).unwrap();
    assert_eq!((page.status().as_u16(), &**page.body()), (404, &b"status 404"[..]));
    let lost = converted(send(Request::get("http://127.0.0.1:1/"))).unwrap_err();
    assert_eq!(lost.outcome(), Outcome::NetworkError);

    let script = Script::install();
    script.answer("GET", "/late", Answer::timeout());
    let request = fetch!(GET "/late", timeout: std::time::Duration::from_secs(1));
    let late = block_on(request.stream()).unwrap().unwrap();
    let late = http::Response::<fetch_runtime::ResponseStream>::try_from(late).unwrap_err();
    assert_eq!(late.outcome(), Outcome::Timeout);
}

/// Neither its coding nor the coded length is that of the body.
#[test]
fn a_coded_body_has_no_coding_left() {
    let coded = send(Request::get(server().url("/gzip/3000")));
    assert_eq!(coded.headers().unwrap().get("content-encoding"), Some("gzip"));
    let coded = converted(coded).unwrap();
    for name in [CONTENT_ENCODING, CONTENT_LENGTH] {
        assert_eq!(coded.headers().get(name), None);
    }
    assert!(coded.body().len() == 3000 && is_pattern(coded.body(), 0));
    let plain = converted(send(Request::get(server().url("/bytes/3000")))).unwrap();
    assert_eq!(plain.headers()[CONTENT_LENGTH], "3000");

    let body = block_on(async {
        let stream = Request::get(server().url("/gzip/300000")).stream().await.unwrap();
        let response = http::Response::<fetch_runtime::ResponseStream>::try_from(stream).unwrap();
        assert_eq!(response.headers().get(CONTENT_LENGTH), None);
        response.into_body().collect().await.unwrap().to_bytes()
    });
    assert!(is_pattern(&body.unwrap(), 0));
}
