//! A request and a response of the crate http, with a handler.

use std::hint::black_box;

use bytes::Bytes;
use fetch_runtime::{Body, Request, Response, fetch_handler};

#[fetch_handler]
fn loaded(response: Response) {
    let _ = black_box(http::Response::<Body>::try_from(response));
}

fn main() {
    let request = http::Request::post("/data.bin").header("accept", "text/plain");
    let request = request.body(Bytes::from_static(b"body")).expect("a request");
    let _ = Request::try_from(request).map(|request| request.send::<loaded>());
}
