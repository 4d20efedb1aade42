//! Uploads whose progress is reported.

use std::cell::RefCell;
use std::io::{Read, Write};
use std::rc::Rc;
use std::sync::mpsc;

use fetch_runtime::{Outcome, Request};
use fetch_shared::raw_server::RawServer;

use super::DEADLINE;
use crate::backend::outcome_of;
use crate::server;

/// Much more than the system's buffers hold, which can be 36 MiB.
const LENGTH: usize = 128 << 20;

type Seen = Rc<RefCell<Vec<u64>>>;

fn post(url: String, length: usize) -> (Request, Seen) {
    let seen = Seen::default();
    let sink = Rc::clone(&seen);
    let request = Request::post(url).body(vec![7; length]).timeout(DEADLINE);
    (request.on_upload(move |progress| sink.borrow_mut().push(progress.loaded)), seen)
}

/// The server refuses the request when it has seen the head. It takes the rest all the same.
#[test]
fn a_response_before_the_body_has_been_sent() {
    let server = RawServer::start(|_, stream| {
        stream.write_all(b"HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\n")?;
        let mut left = LENGTH;
        let mut buffer = vec![0; 64 * 1024];
        while left > LENGTH / 8 * 7 {
            left -= stream.read(&mut buffer)?;
        }
        stream.write_all(b"no")?;
        Ok(())
    });
    let (request, seen) = post(server.url("/"), LENGTH);
    let response = outcome_of(request);
    assert_eq!((response.outcome(), response.status()), (Outcome::HttpError, 413));
    assert_eq!(response.body(), b"no");
    let last = seen.borrow().last().copied();
    assert!(last.is_none_or(|last| last < LENGTH as u64), "{last:?}");
}

/// A body that is reported goes over the wire like any other.
#[test]
fn the_length_is_in_the_head() {
    let (heads, head) = mpsc::channel();
    let server = RawServer::start(move |asked, stream| {
        heads.send(asked.head.to_ascii_lowercase()).expect("the test waits");
        let mut body = vec![0; 100_000];
        stream.read_exact(&mut body)?;
        assert!(body.iter().all(|&byte| byte == 7));
        stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n")
    });
    let (request, seen) = post(server.url("/"), 100_000);
    assert_eq!(outcome_of(request).status(), 204);
    assert_eq!(seen.borrow().last(), Some(&100_000));
    let head = head.recv().expect("it was asked");
    assert!(head.contains("\r\ncontent-length: 100000\r\n"), "{head}");
    assert!(!head.contains("transfer-encoding"), "{head}");
}

/// The body is sent with the challenge's answer again.
#[test]
fn a_challenge() {
    let (request, seen) = post(server().url("/auth"), 300_000);
    let response = outcome_of(request.auth("user", "secret"));
    assert_eq!(response.text(), "welcome", "{response:?}");
    assert!(seen.borrow().is_sorted_by(|a, b| a < b), "{seen:?}");
    assert_eq!(seen.borrow().last(), Some(&300_000));
}
