//! Bodies that a task reads chunk by chunk: `request.stream()`.

use std::cell::Cell;
use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use fetch_runtime::{
    AbortController, CacheMode, Outcome, Progress, Request, ResponseStream, StartError, sleep,
    stats, timeout,
};

use crate::digest::sha384;
use crate::engine::Difference;
use crate::pattern::{is_pattern, pattern};
use crate::scenario::Test;

scenarios! { $ for_each_body_stream_scenario:
    headers_come_first
    in_order_without_gaps
    an_error_page_is_a_body
    without_a_body
    the_end_that_is_an_error
    no_answer
    dropped_streams_end_the_transfer
    dropped_before_the_headers
    a_slow_reader_holds_the_stream_back
    two_side_by_side
    what_does_not_go_with_it
    integrity
}

/// Runs `task`, and expects that it ends.
fn run(t: &Test, task: impl Future<Output = ()> + 'static) {
    let ended = t.expect();
    fetch_runtime::spawn_local(async move {
        task.await;
        ended();
    });
}

/// Reads to the end. Each chunk follows the one before it.
async fn read(stream: &mut ResponseStream) -> Result<u64, fetch_runtime::Error> {
    let mut length = 0;
    while let Some(chunk) = stream.next().await {
        let chunk = chunk?;
        assert_eq!((chunk.offset(), chunk.status()), (length, stream.status()));
        assert!(!chunk.is_empty() && is_pattern(&chunk, length));
        length += chunk.len() as u64;
    }
    assert!(stream.next().await.is_none(), "the end stays the end");
    Ok(length)
}

/// The server is still at the body.
fn headers_come_first(t: &Test) {
    let request = Request::get(t.url("/drip/3/100"));
    run(t, async {
        let mut stream = request.stream().await.unwrap();
        assert_eq!(stream.status(), 200);
        let headers = stream.headers().expect("they are there");
        assert!(headers.iter().count() > 0);
        assert!(stream.final_url().is_some_and(|url| url.ends_with("/drip/3/100")));
        let mut chunks = 0;
        while let Some(chunk) = stream.next().await {
            assert_eq!(chunk.unwrap().offset(), chunks * 1000);
            chunks += 1;
        }
        assert_eq!(chunks, 3);
    });
}

fn in_order_without_gaps(t: &Test) {
    for path in ["/bytes/3000000", "/chunked/3000000", "/gzip/3000000"] {
        let seen = Rc::new(Cell::new(0));
        let progress = Rc::clone(&seen);
        let request = Request::get(t.url(path))
            .on_progress(move |progress_: Progress| progress.set(progress_.loaded));
        run(t, async move {
            let mut stream = request.stream().await.unwrap();
            assert_eq!(read(&mut stream).await.unwrap(), 3_000_000);
            assert_eq!(seen.get(), 3_000_000, "progress is reported as well");
        });
    }
}

/// The transfer is complete: its end is no error.
fn an_error_page_is_a_body(t: &Test) {
    let request = Request::get(t.url("/status/404"));
    run(t, async {
        let mut stream = request.stream().await.unwrap();
        assert_eq!(stream.status(), 404);
        let chunk = stream.next().await.unwrap().unwrap();
        assert_eq!(&*chunk, b"status 404");
        assert!(stream.next().await.is_none());
    });
}

fn without_a_body(t: &Test) {
    for (path, status) in [("/status/204", 204), ("/empty", 200)] {
        let request = Request::get(t.url(path));
        run(t, async move {
            let mut stream = request.stream().await.unwrap();
            assert_eq!(stream.status(), status);
            assert!(stream.next().await.is_none());
        });
    }
}

/// The chunks before it are delivered. The error comes once, and then `None`.
fn the_end_that_is_an_error(t: &Test) {
    let broken = Request::get(t.url("/reset/1000"));
    let late = Request::get(t.url("/drip/1000/50")).timeout(Duration::from_secs(3));
    let controller = Rc::new(AbortController::new());
    let aborted = Request::get(t.url("/drip/1000/50")).signal(&*controller);
    for (request, outcome) in
        [(broken, Outcome::NetworkError), (late, Outcome::Timeout), (aborted, Outcome::Aborted)]
    {
        let controller = (outcome == Outcome::Aborted).then(|| Rc::clone(&controller));
        run(t, async move {
            let mut stream = request.stream().await.unwrap();
            let error = match stream.next().await.unwrap() {
                Ok(_) => {
                    if let Some(controller) = controller {
                        controller.abort();
                    }
                    read_on(&mut stream).await
                }
                // A reset may overtake the bytes before it.
                Err(error) => error,
            };
            assert_eq!((error.outcome(), error.status()), (outcome, 0));
            assert!(stream.next().await.is_none());
        });
    }
}

async fn read_on(stream: &mut ResponseStream) -> fetch_runtime::Error {
    loop {
        if let Err(error) = stream.next().await.expect("an error is to come") {
            return error;
        }
    }
}

/// Then there are no headers, and the first `next` says why.
fn no_answer(t: &Test) {
    let late = Request::get(t.url("/slow/20000")).timeout(Duration::from_millis(50));
    run(t, async {
        let mut stream = late.stream().await.unwrap();
        assert_eq!((stream.status(), stream.headers().is_none()), (0, true));
        assert_eq!(stream.final_url(), None);
        let error = stream.next().await.unwrap().unwrap_err();
        assert_eq!(error.outcome(), Outcome::Timeout);
        assert!(stream.next().await.is_none());
    });
}

fn dropped_streams_end_the_transfer(t: &Test) {
    let request = Request::get(t.url("/drip/1000000/20"));
    run(t, async {
        let before = stats().live;
        let mut stream = request.stream().await.unwrap();
        stream.next().await.unwrap().unwrap();
        drop(stream);
        // Not inside the callback that brought the chunk.
        sleep(Duration::from_millis(20)).await;
        assert_eq!(stats().live, before);
    });
}

fn dropped_before_the_headers(t: &Test) {
    let request = Request::get(t.url("/slow/20000"));
    run(t, async {
        let before = stats().live;
        let waiting = timeout(Duration::from_millis(50), request.stream()).await;
        assert!(waiting.is_err());
        assert_eq!(stats().live, before);
        // Before the start, nothing begins.
        drop(Request::get("/x").stream());
        assert_eq!(stats().live, before);
    });
}

/// The chunks that wait are few, however long the body is.
fn a_slow_reader_holds_the_stream_back(t: &Test) {
    const LENGTH: u64 = 64 << 20;
    let request = Request::get(t.url(&format!("/stream/{LENGTH}")));
    run(t, async {
        let mut stream = request.stream().await.unwrap();
        let first = stream.next().await.unwrap().unwrap();
        sleep(Duration::from_millis(500)).await;
        let mut length = first.len() as u64;
        let mut waiting = 0;
        while let Some(chunk) = ready_now(&mut stream).await {
            length += chunk.len() as u64;
            waiting += 1;
        }
        assert!((1..=16).contains(&waiting), "{waiting} chunks wait");
        // 16 chunks of 8 MiB are more than the body.
        assert!(length < LENGTH || Difference::OneChunk.is_here(), "the stream goes on by itself");
        while let Some(chunk) = stream.next().await {
            let chunk = chunk.unwrap();
            assert_eq!(chunk.offset(), length);
            length += chunk.len() as u64;
        }
        assert_eq!(length, LENGTH);
    });
}

/// The next chunk, if it is there already. Natively, a poll lets the event loop turn, which brings
/// more: so at most as many are taken as can wait.
async fn ready_now(stream: &mut ResponseStream) -> Option<fetch_runtime::Chunk> {
    let mut next = pin!(stream.next());
    poll_fn(|context| {
        Poll::Ready(match next.as_mut().poll(context) {
            Poll::Ready(Some(chunk)) => Some(chunk.unwrap()),
            Poll::Ready(None) | Poll::Pending => None,
        })
    })
    .await
}

fn two_side_by_side(t: &Test) {
    for path in ["/chunked/3000000", "/drip/5/20"] {
        let request = Request::get(t.url(path));
        let length = if path.starts_with("/drip") { 5000 } else { 3_000_000 };
        run(t, async move {
            let mut stream = request.stream().await.unwrap();
            let mut read = 0;
            while let Some(chunk) = stream.next().await {
                read += chunk.unwrap().len();
            }
            assert_eq!(read, length);
        });
    }
}

fn what_does_not_go_with_it(t: &Test) {
    let url = t.url("/bytes/10");
    run(t, async move {
        let get = || Request::get(url.as_str());
        let error = get().on_chunk(|_| ()).stream().await.map(drop).unwrap_err();
        assert!(error.to_string().contains("both `stream` and `on_chunk`"), "{error}");
        let error = get().cache(CacheMode::ForceCache).stream().await.map(drop).unwrap_err();
        assert!(matches!(error, StartError::StreamNotAllowed { .. }), "{error}");
        let error = Request::idb_delete("x").stream().await.map(drop).unwrap_err();
        assert!(error.to_string().contains("takes no `stream`"), "{error}");
        let error = Request::get("http://exa mple/").stream().await.map(drop).unwrap_err();
        assert!(matches!(error, StartError::InvalidUrl { .. }), "{error}");
    });
}

/// A body that does not match ends with an error in the place of the end.
fn integrity(t: &Test) {
    let (url, page) = (t.url("/stream/300035"), t.url("/play?status=410&body=gone"));
    run(t, async move {
        let request = |metadata| Request::get(&url).integrity(metadata).stream();
        let mut stream = request(sha384(&pattern(300_035))).await.unwrap();
        assert_eq!(read(&mut stream).await.unwrap(), 300_035);
        let mut stream = request(sha384(b"another body")).await.unwrap();
        let error = read(&mut stream).await.unwrap_err();
        assert_eq!(error.outcome(), Outcome::IntegrityMismatch);
        assert!(stream.next().await.is_none());
        // An error page is not the file, though it is streamed whole.
        let request = Request::get(page).integrity(sha384(b"gone")).stream();
        let mut stream = request.await.unwrap();
        assert_eq!(stream.status(), 410);
        let mut page = Vec::new();
        let error = loop {
            match stream.next().await.expect("it does not end like a file") {
                Ok(chunk) => page.extend_from_slice(&chunk),
                Err(error) => break error,
            }
        };
        assert_eq!(
            (&*page, error.outcome(), error.status()),
            (&b"gone"[..], Outcome::HttpError, 410)
        );
        assert!(stream.next().await.is_none());
    });
}
