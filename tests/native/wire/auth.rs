//! HTTP authentication. digest_auth, which checks the answers, is not the crate that makes them.

use fetch_runtime::{Outcome, Request, Response};
use fetch_shared::raw_server::RawServer;
use fetch_shared::server::Server;

use super::DEADLINE;
use crate::backend::outcome_of;

fn get(server: &Server, path: &str) -> Request {
    Request::get(server.url(path)).auth("user", "secret").timeout(DEADLINE)
}

/// The server has seen no password, and the digest was the second try.
#[test]
fn digests_of_all_algorithms() {
    for algorithm in ["MD5", "MD5-sess", "SHA-256", "SHA-256-sess", "SHA-512-256"] {
        for qop in ["auth", "auth,auth-int"] {
            let server = Server::start(None).unwrap();
            let path = format!("/auth/digest/{algorithm}/{qop}");
            let response = outcome_of(get(&server, &format!("{path}?a=%20b&c")));
            assert_eq!(response.text(), "welcome", "{algorithm} {qop}");
            let given = response.header("X-Authorization").unwrap();
            assert!(given.starts_with("Digest ") && !given.contains("secret"), "{given}");
            assert_eq!(server.requests(&path), 2);
        }
    }
}

#[test]
fn a_body_is_sent_again() {
    let server = Server::start(None).unwrap();
    for qop in ["auth", "auth-int"] {
        let request = Request::post(server.url(&format!("/auth/digest/SHA-256/{qop}")));
        let response = outcome_of(request.auth("user", "secret").body(vec![b'x'; 100_000]));
        // As in browsers, a challenge to `auth-int` alone is not answered.
        let expected = if qop == "auth" { 200 } else { 401 };
        assert_eq!(response.status(), expected, "{response:?}");
    }
}

/// One answer, and no second.
#[test]
fn a_wrong_password_is_tried_once() {
    let server = Server::start(None).unwrap();
    for (path, status) in [("/auth", 401), ("/auth/digest/MD5/auth", 403)] {
        let request = Request::get(server.url(path)).auth("user", "wrong").timeout(DEADLINE);
        let response = outcome_of(request);
        assert_eq!((response.outcome(), response.status()), (Outcome::HttpError, status));
        assert_eq!(server.requests(path), 2);
    }
}

#[test]
fn nothing_is_sent_without_a_challenge() {
    let server = Server::start(None).unwrap();
    assert!(!outcome_of(get(&server, "/headers")).text().contains("authorization"));
    assert_eq!(server.requests("/headers"), 1);
    // A 401 that challenges to something else, or to nothing.
    assert_eq!(outcome_of(get(&server, "/status/401")).status(), 401);
    assert_eq!(server.requests("/status/401"), 1);
    for challenge in ["Negotiate", "Bearer realm=\"x\"", "Digest", "Digest nonce=\"1", "\u{1}", ""]
    {
        let head = format!(
            "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: {challenge}\r\n\
             Content-Length: 2\r\n\r\nno"
        );
        let raw = RawServer::of(head.into_bytes());
        let response: Response =
            outcome_of(Request::get(raw.url("/")).auth("user", "secret").timeout(DEADLINE));
        let expected = if challenge == "\u{1}" { 0 } else { 401 };
        assert_eq!(response.status(), expected, "{challenge:?} {response:?}");
    }
}

/// The answer to a challenge is that of one URL. The next one asks again.
#[test]
fn a_redirect_is_challenged_again() {
    let server = Server::start(None).unwrap();
    let to = "/auth/digest/MD5/auth";
    let response = outcome_of(get(&server, &format!("/redirect/307?to={to}")));
    assert_eq!(response.text(), "welcome");
    assert_eq!(server.requests(to), 2);
}

/// As on the web, where a stream is a `fetch()` with a header.
#[test]
fn a_stream_sends_basic_at_once() {
    let server = Server::start(None).unwrap();
    let response = outcome_of(get(&server, "/auth").on_chunk(|chunk| {
        assert_eq!(&chunk[..], b"welcome");
    }));
    assert_eq!(response.status(), 200);
    assert_eq!(server.requests("/auth"), 1);
}
