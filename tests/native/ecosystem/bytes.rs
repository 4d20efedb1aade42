//! No way between a body and `Bytes` copies the bytes.

use bytes::Bytes;
use fetch_runtime::native::script::{Answer, Script};
use fetch_runtime::{Body, Request, RequestBody, Response, block_on, fetch};
use fetch_shared::matrix::request::BODY_CAPACITY;
use fetch_shared::pattern::{is_pattern, pattern};
use http_body::Body as _;
use http_body_util::BodyExt;

use crate::{alloc, server};

fn get(path: &str) -> Response {
    block_on(Request::get(server().url(path)).into_future()).unwrap().unwrap()
}

#[test]
fn a_body_becomes_bytes_where_it_is() {
    let body = get("/bytes/300000").into_body();
    let at = body.as_ptr();
    let bytes = Bytes::from(body);
    assert_eq!((bytes.as_ptr(), bytes.len()), (at, 300_000));
    let rest = bytes.slice(299_000..);
    drop(bytes);
    assert!(is_pattern(&rest, 299_000), "a slice keeps the memory");
    assert_eq!(Bytes::from(get("/empty").into_body()), Bytes::new());
}

#[test]
fn bytes_become_a_body_where_they_are() {
    let bytes = Bytes::from(pattern(1000)).slice(10..);
    let at = bytes.as_ptr();
    assert_eq!(RequestBody::from(bytes).as_slice().as_ptr(), at);
    // The last clone frees the memory.
    let request = Request::post(server().url("/echo"));
    let before = alloc::request_bodies();
    let mut vec = Vec::with_capacity(BODY_CAPACITY);
    vec.extend(pattern(1000));
    let bytes = Bytes::from(vec);
    assert_eq!(alloc::request_bodies(), before + 1);
    let response = request.body(bytes.clone()).send_fn(move |response: Response| {
        assert!(response.body().len() == 1000 && is_pattern(response.body(), 0));
        assert!(bytes.is_unique(), "the request's clone has been dropped");
    });
    response.unwrap();
    fetch_runtime::run();
    assert_eq!(alloc::request_bodies(), before);
}

/// A chunk is a frame, in the memory in which it came.
#[test]
fn a_chunk_becomes_bytes_where_it_is() {
    let script = Script::install();
    script.answer("GET", "/a", Answer::new(200).body("first").body("second"));
    let frames = block_on(async {
        let mut stream = fetch!(GET "/a").stream().await.unwrap();
        let chunk = stream.next().await.unwrap().unwrap();
        let at = chunk.as_ptr();
        assert_eq!(Bytes::from(chunk).as_ptr(), at);
        let frame = stream.frame().await.unwrap().unwrap().into_data().unwrap();
        (frame, stream.frame().await.is_none(), stream.is_end_stream())
    });
    assert_eq!(frames.unwrap(), (Bytes::from("second"), true, true));
}

#[test]
fn a_whole_body_is_one_frame() {
    let mut body: Body = get("/bytes/1000").into_body();
    let at = body.as_ptr();
    assert_eq!((body.size_hint().exact(), body.is_end_stream()), (Some(1000), false));
    let frame = block_on(body.frame()).unwrap().unwrap().unwrap().into_data().unwrap();
    assert_eq!((frame.as_ptr(), frame.len()), (at, 1000));
    assert_eq!((body.size_hint().exact(), body.is_end_stream()), (Some(0), true));
    assert!(block_on(body.frame()).unwrap().is_none());
}
