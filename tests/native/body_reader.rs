//! A streamed body through the traits of the futures crates.

use std::io::ErrorKind;
use std::time::Duration;

use fetch_runtime::{Outcome, Request, block_on};
use fetch_shared::pattern::is_pattern;
use futures_util::{AsyncReadExt, StreamExt, TryStreamExt};

use crate::server;

#[test]
fn reads_all_bytes_in_pieces_of_any_size() {
    let request = Request::get(server().url("/chunked/300000"));
    let read = block_on(async {
        let mut reader = request.stream().await.unwrap().into_reader();
        assert_eq!(reader.read(&mut []).await.unwrap(), 0);
        let (mut read, mut piece) = (Vec::new(), [0; 1009]);
        loop {
            match reader.read(&mut piece).await.unwrap() {
                0 => break read,
                length => read.extend_from_slice(&piece[..length]),
            }
        }
    });
    let read = read.unwrap();
    assert_eq!(read.len(), 300_000);
    assert!(is_pattern(&read, 0));
}

#[test]
fn an_end_that_is_an_error_has_a_kind() {
    let broken = Request::get(server().url("/reset/1000"));
    let late = Request::get(server().url("/drip/1000/50")).timeout(Duration::from_secs(3));
    for (request, kind) in [(broken, ErrorKind::ConnectionAborted), (late, ErrorKind::TimedOut)] {
        let error = block_on(async {
            let mut reader = request.stream().await.unwrap().into_reader();
            let mut read = Vec::new();
            let error = reader.read_to_end(&mut read).await.unwrap_err();
            // A reset may overtake the bytes before it.
            assert!(kind != ErrorKind::TimedOut || !read.is_empty(), "they are read");
            assert_eq!(reader.read(&mut [0]).await.unwrap(), 0, "then the end");
            error
        });
        assert_eq!(error.unwrap().kind(), kind);
    }
}

#[test]
fn is_a_stream_of_chunks() {
    let request = Request::get(server().url("/chunked/300000"));
    let lengths = block_on(async {
        let stream = request.stream().await.unwrap();
        stream.map_ok(|chunk| chunk.len()).try_collect::<Vec<_>>().await
    });
    assert_eq!(lengths.unwrap().unwrap().iter().sum::<usize>(), 300_000);

    let request = Request::get(server().url("/reset/1000"));
    let last = block_on(async { request.stream().await.unwrap().collect::<Vec<_>>().await });
    let last = last.unwrap().pop().unwrap().unwrap_err();
    assert_eq!(last.outcome(), Outcome::NetworkError);
}
