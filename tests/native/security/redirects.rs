//! Redirects: the places that they cannot lead to, and the secrets that they do not carry along.

use std::io::Write;

use fetch_runtime::Credentials::{Include, SameOrigin};
use fetch_runtime::{Outcome, Request, Response, set_base_url};
use fetch_shared::raw_server::RawServer;
use fetch_shared::server::Server;

use crate::backend::{child, outcome_of, stdout_of};
use crate::server;

/// A request that is redirected to `to` by the server.
fn redirected(to: &str) -> Request {
    Request::get(server().url(&format!("/redirect/302?to={}", fetch_runtime::encode_component(to))))
}

#[track_caller]
fn assert_network_error(response: &Response, what: &str) {
    assert_eq!(response.outcome(), Outcome::NetworkError, "{what}: {response:?}");
    assert!(response.body().is_empty() && response.headers().is_none(), "{what}");
}

#[test]
fn only_to_http() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secret");
    std::fs::write(&file, "secret").unwrap();
    // The program itself may read from this folder.
    set_base_url(&format!("file://{}/", folder.path().display())).unwrap();
    assert_eq!(outcome_of(Request::get("secret")).text(), "secret");
    let file = format!("file://{}", file.display());
    for to in [
        file.as_str(),
        "file:///etc/hostname",
        "data:text/plain,hello",
        "javascript:alert(1)",
        "ftp://127.0.0.1/",
        "about:blank",
        "blob:x",
        "ws://127.0.0.1/",
        "http://[::1",
        "http://a:b/",
        "http://xn--a/",
        "http://",
        "//",
    ] {
        assert_network_error(&outcome_of(redirected(to)), to);
    }
}

/// The Fetch standard allows twenty.
#[test]
fn as_many_as_are_allowed() {
    let hops = RawServer::start(|asked, stream| {
        let left: u32 = asked.path[1..].parse().unwrap_or(0);
        match left.checked_sub(1) {
            Some(left) => {
                write!(stream, "HTTP/1.1 302 \r\nLocation: /{left}\r\nContent-Length: 0\r\n\r\n")
            }
            None => stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nthere"),
        }
    });
    assert_eq!(outcome_of(Request::get(hops.url("/20"))).text(), "there");
    assert_network_error(&outcome_of(Request::get(hops.url("/21"))), "21");
    assert_network_error(&outcome_of(Request::get(hops.url("/4000000000"))), "without end");
}

#[test]
fn never_from_https_to_http() {
    let folder = tempfile::tempdir().unwrap();
    let (secure, certificate) = Server::start_tls().unwrap();
    let pem = folder.path().join("authority.pem");
    std::fs::write(&pem, certificate).unwrap();
    let origin = format!("https://localhost:{}", secure.address().port());
    let get = |to: String| {
        let url = format!("{origin}/redirect/302?to={to}");
        stdout_of(child(&["get", &url]).env("SSL_CERT_FILE", &pem))
    };
    assert_eq!(get(format!("{origin}/bytes/100")), "Success Bypass 100\n");
    assert_eq!(get(server().url("/bytes/100")), "NetworkError Bypass 0\n");
    // Nor by a detour.
    let detour = format!("/redirect/302%3Fto={}", server().url("/bytes/100"));
    assert_eq!(get(detour), "NetworkError Bypass 0\n");
    assert_eq!(server().requests("/bytes/100"), 0);
}

#[test]
fn not_to_a_url_with_a_password() {
    let to = server().url("/headers").replace("http://", "http://user:secret@");
    assert_network_error(&outcome_of(redirected(&to)), &to);
    let other = Server::start(None).unwrap();
    let to = format!("http://user@localhost:{}/headers", other.address().port());
    assert_network_error(&outcome_of(redirected(&to)), &to);
    assert_eq!(other.requests("/headers"), 0);
}

#[test]
fn authorization_stays_at_home() {
    // Another port of the same host is another origin.
    let other = Server::start(None).unwrap();
    let is_sent = |to: &str, request: fn(Request) -> Request| {
        let response = outcome_of(request(redirected(to)));
        assert_eq!(response.final_url(), Some(to));
        response.status() == 200
    };
    let by_header: fn(Request) -> Request =
        |request| request.header("Authorization", "Bearer secret");
    let by_auth: fn(Request) -> Request = |request| request.auth("user", "secret");
    for request in [by_header, by_auth] {
        assert!(is_sent(&server().url("/auth/any"), request), "it is the same origin");
        assert!(!is_sent(&other.url("/auth/any"), request));
    }
}

/// Cookies know no ports; origins do.
#[test]
fn cookies_go_no_further_than_credentials() {
    let home = Server::start(None).unwrap();
    let other = Server::start(None).unwrap();
    set_base_url(&home.url("/")).unwrap();
    let text = |request: Request| outcome_of(request).text().into_owned();
    let via = |hop: &Server, to: String| Request::get(hop.url(&format!("/redirect/302?to={to}")));
    text(Request::get("/cookie/further"));
    assert_eq!(text(Request::get("/cookie/further")), "came", "they are there");
    assert_eq!(
        text(via(&home, home.url("/cookie/further"))),
        "came",
        "and stay so in the same origin"
    );

    for request in [
        Request::get(other.url("/cookie/further")),
        via(&home, other.url("/cookie/further")),
        via(&other, home.url("/cookie/further")),
        via(&home, other.url(&format!("/redirect/302?to={}", home.url("/cookie/further")))),
    ] {
        assert_eq!(text(request.credentials(SameOrigin)), "none");
    }
    assert_eq!(text(via(&home, other.url("/cookie/further")).credentials(Include)), "came");
}

/// A response from elsewhere sets none, either.
#[test]
fn no_cookies_from_another_origin() {
    let home = Server::start(None).unwrap();
    let other = Server::start(None).unwrap();
    set_base_url(&format!("http://localhost:{}/", home.address().port())).unwrap();
    let text = |request: Request| outcome_of(request).text().into_owned();
    let elsewhere = format!("http://localhost:{}/cookie/elsewhere", other.address().port());
    assert_eq!(text(Request::get(format!("/redirect/302?to={elsewhere}"))), "none");
    assert_eq!(text(Request::get(&elsewhere)), "none");
    assert_eq!(
        text(Request::get("/cookie/elsewhere")),
        "none",
        "the first cookie of this host is set only now"
    );
    assert_eq!(text(Request::get("/cookie/elsewhere")), "came");
}
