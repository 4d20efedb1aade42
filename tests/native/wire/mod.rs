//! The bytes that go over the wire, and how the native backend reads the answers.

mod auth;
mod causes;
mod codings;
mod connections;
mod fields;
mod http2;
mod progress;
mod proxies;
mod uploads;

use std::time::Duration;

use fetch_runtime::{Request, Response};

use crate::backend::outcome_of;

/// Longer than any of these requests takes.
const DEADLINE: Duration = Duration::from_secs(60);

const PLAIN: &[u8] = b"The body, decoded.";

/// A response with these header lines, each with its end, and this body.
fn response(lines: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\n{lines}Content-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

fn get(url: String) -> Response {
    outcome_of(Request::get(url).timeout(DEADLINE))
}
