//! Connections that are kept, and closed by the server.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use fetch_runtime::{Outcome, Request};
use fetch_shared::raw_server::RawServer;

use super::{PLAIN, get, response};
use crate::backend::outcome_of;

/// Answers each connection's first request. At the second it sends `last_words`, and closes the
/// connection. Counts the requests.
fn closes_what_it_kept(last_words: &'static [u8]) -> (RawServer, Arc<AtomicUsize>) {
    let requests = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&requests);
    let answered: Arc<Mutex<Vec<std::net::SocketAddr>>> = Arc::default();
    let server = RawServer::start(move |asked, stream| {
        count.fetch_add(1, Ordering::SeqCst);
        read_body(&asked.head, stream)?;
        let mut answered = answered.lock().unwrap();
        let peer = stream.peer_addr()?;
        if answered.contains(&peer) {
            stream.write_all(last_words)?;
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        answered.push(peer);
        let whole = response("", PLAIN);
        let body = if asked.head.starts_with("HEAD ") { PLAIN.len() } else { 0 };
        stream.write_all(&whole[..whole.len() - body])
    });
    (server, requests)
}

fn read_body(head: &str, stream: &mut TcpStream) -> io::Result<()> {
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let length = length.and_then(|length| length.parse().ok()).unwrap_or(0);
    stream.read_exact(&mut vec![0; length])
}

/// RFC 9112 §9.3.1: a request whose method is idempotent may be sent again.
#[test]
fn a_kept_connection_that_the_server_has_closed() {
    for method in ["GET", "HEAD", "OPTIONS", "PUT", "DELETE"] {
        let (server, requests) = closes_what_it_kept(b"");
        let send = || {
            let request = Request::new(method, server.url("/"));
            outcome_of(if method == "PUT" { request.body("body") } else { request })
        };
        assert!(send().is_success(), "{method}");
        let response = send();
        assert!(response.is_success(), "{method}: {response:?}");
        assert_eq!(requests.load(Ordering::SeqCst), 3, "{method}");
    }
    for method in ["POST", "PATCH", "CUSTOM"] {
        let (server, requests) = closes_what_it_kept(b"");
        let send = || outcome_of(Request::new(method, server.url("/")).body("body"));
        assert!(send().is_success(), "{method}");
        assert_eq!(send().outcome(), Outcome::NetworkError, "{method}");
        assert_eq!(requests.load(Ordering::SeqCst), 2, "{method}");
    }
}

/// Once, and on a new connection, however many that are closed are left.
#[test]
fn a_request_is_sent_again_but_once() {
    // All but the first few are closed without an answer.
    for (kept, expected) in [(3, Outcome::Success), (usize::MAX, Outcome::NetworkError)] {
        let requests = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&requests);
        let barrier = Arc::new(std::sync::Barrier::new(3));
        let server = RawServer::start(move |_, stream| {
            let number = count.fetch_add(1, Ordering::SeqCst);
            if number < 3 {
                // Three connections.
                barrier.wait();
            } else if number == 3 || kept > 3 {
                return Err(io::ErrorKind::ConnectionAborted.into());
            }
            stream.write_all(&response("", PLAIN))
        });
        for _ in 0..3 {
            Request::get(server.url("/"))
                .send_fn(|response| assert!(response.is_success()))
                .unwrap();
        }
        fetch_runtime::run();
        assert_eq!(get(server.url("/")).outcome(), expected);
        assert_eq!(requests.load(Ordering::SeqCst), 5);
    }
}

/// A new connection that is closed has not grown old.
#[test]
fn a_new_connection_that_the_server_closes() {
    let requests = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&requests);
    let server = RawServer::start(move |_, _| {
        count.fetch_add(1, Ordering::SeqCst);
        Err(io::ErrorKind::ConnectionAborted.into())
    });
    assert_eq!(get(server.url("/")).outcome(), Outcome::NetworkError);
    assert_eq!(requests.load(Ordering::SeqCst), 1);
}

/// A request whose answer has begun is not sent again.
#[test]
fn a_kept_connection_that_breaks_in_the_answer() {
    let (server, requests) =
        closes_what_it_kept(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhalf");
    assert!(get(server.url("/")).is_success());
    assert_eq!(get(server.url("/")).outcome(), Outcome::NetworkError);
    assert_eq!(requests.load(Ordering::SeqCst), 2);
}
