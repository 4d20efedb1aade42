//! The causes of network errors.

use std::error::Error;
use std::time::Duration;

use fetch_runtime::native::script::{Answer, Script};
use fetch_runtime::{Outcome, Request, Response};
use fetch_shared::raw_server::RawServer;
use fetch_shared::server::Server;

use super::codings::coded;
use super::{PLAIN, get, response};
use crate::backend::{child, outcome_of, stdout_of};
use crate::server;

/// The error and its causes, as `{:#}` of anyhow shows them.
fn chain(response: Response) -> String {
    let error = response.into_result().expect_err("it fails");
    let mut chain = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        chain = format!("{chain}: {next}");
        cause = next.source();
    }
    chain
}

#[track_caller]
fn assert_caused_by(response: Response, cause: &str) {
    assert_eq!(response.outcome(), Outcome::NetworkError, "{response:?}");
    let shown = format!("{response:?}");
    let chain = chain(response);
    assert!(chain.contains(": network error: ") && chain.contains(cause), "{chain}");
    assert!(shown.contains("cause"), "{shown}");
}

#[test]
fn a_network_error_has_a_cause() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    assert_caused_by(get(format!("http://{closed}/")), "refused");
    assert_caused_by(get(RawServer::of("SSH-2.0-OpenSSH_9.2\r\n").url("/")), "HTTP version");
    assert_caused_by(get(RawServer::of("").url("/")), "closed");
    assert_caused_by(get(RawServer::of(response("X A: b\r\n", b"")).url("/")), "header");
    assert_caused_by(
        get(RawServer::of("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf").url("/")),
        "end of file",
    );
    assert_caused_by(coded("zstd", PLAIN), "\"zstd\"");
    assert_caused_by(coded("gzip", PLAIN), "gzip");
    assert_caused_by(get(server().url("/loop")), "redirects");
    assert_caused_by(get(server().url("/redirect/302?to=ftp://127.0.0.1/")), "ftp://127.0.0.1/");
    let to = "Location: http://user:secret@127.0.0.1/\r\nContent-Length: 0\r\n\r\n";
    let secret = get(RawServer::of(format!("HTTP/1.1 302 \r\n{to}")).url("/"));
    assert!(!format!("{secret:?}").contains("secret"), "{secret:?}");
    assert_caused_by(secret, "user name or password");
    assert_caused_by(get("data:no comma".to_owned()), "data:");
    let blocking = Request::get(format!("http://{closed}/")).send_blocking().unwrap();
    assert_caused_by(blocking, "refused");
    let streamed = Request::get(format!("http://{closed}/")).on_chunk(|_| ());
    assert_caused_by(outcome_of(streamed), "refused");
    // In the middle of a stream.
    let server = RawServer::of("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf");
    assert_caused_by(outcome_of(Request::get(server.url("/")).on_chunk(|_| ())), "end of file");
}

/// A program that shows causes can be tested.
#[test]
fn a_scripted_network_error_has_a_cause() {
    let script = Script::install();
    script.answer("GET", "/", Answer::new(200).breaks_off());
    assert_caused_by(outcome_of(Request::get("/")), "script");
}

/// No other outcome has a cause.
#[test]
fn only_network_errors_have_a_cause() {
    let without = |response: Response| {
        let error = response.into_result().expect_err("it fails");
        assert!(error.source().is_none(), "{error}");
    };
    without(get(server().url("/status/404")));
    let slow = Request::get(server().url("/slow/60000")).timeout(Duration::from_millis(50));
    without(outcome_of(slow));
}

/// These need a process of their own.
#[test]
fn names_certificates_and_proxies_are_causes() {
    let (secure, _certificate) = Server::start_tls().unwrap();
    let why = |url: &str| child(&["why", url]);
    let mut unknown = why(&format!("https://localhost:{}/", secure.address().port()));
    let unknown = stdout_of(unknown.env_remove("SSL_CERT_FILE").env_remove("SSL_CERT_DIR"));
    assert!(unknown.contains("certificate"), "{unknown}");

    let mut no_name = why("http://no-such-name.invalid/");
    let no_name = stdout_of(no_name.env("NO_PROXY", "*"));
    assert!(no_name.contains("dns error"), "{no_name}");

    let mut no_proxy = why("http://example.test/");
    no_proxy.env_remove("NO_PROXY").env_remove("no_proxy").env_remove("REQUEST_METHOD");
    let no_proxy = stdout_of(no_proxy.env("HTTP_PROXY", "http://user:secret@127.0.0.1:9/"));
    assert!(
        no_proxy.contains("proxy http://127.0.0.1:9/") && no_proxy.contains("refused"),
        "{no_proxy}"
    );
    assert!(!no_proxy.contains("secret"), "{no_proxy}");
}
