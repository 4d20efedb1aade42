//! Endless answers of a server: the deadline holds, and so does the limit of the memory.

use std::cell::{Cell, RefCell};
use std::io::{self, Write};
use std::net::TcpStream;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::sleep;
use std::time::Duration;

use fetch_runtime::{CacheMode, Fetch, Outcome, Request};
use fetch_shared::raw_server::{Asked, RawServer};

use crate::backend::{cache, child, outcome_of, stdout_of};

const OK: &[u8] = b"HTTP/1.1 200 OK\r\n";

/// Sends it again and again, until the client goes away.
fn for_ever(sink: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    loop {
        sink.write_all(bytes)?;
    }
}

/// Sends byte after byte, each before any idle timeout could pass.
fn drip(stream: &mut TcpStream, bytes: &[u8]) -> io::Result<()> {
    for byte in bytes {
        stream.write_all(&[*byte])?;
        sleep(Duration::from_millis(10)); // a slow server
    }
    Ok(())
}

/// A gzip of zeros without end.
fn bomb(stream: &mut TcpStream) -> io::Result<()> {
    stream.write_all(OK)?;
    stream.write_all(b"Content-Encoding: gzip\r\n\r\n")?;
    for_ever(
        &mut flate2::write::GzEncoder::new(stream, flate2::Compression::best()),
        &[0; 64 * 1024],
    )
}

fn endless(asked: &Asked, stream: &mut TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    match asked.path.as_str() {
        "/headers" => {
            stream.write_all(OK)?;
            for_ever(stream, b"X-A: 1\r\n")
        }
        "/header" => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nX-A: ")?;
            for_ever(stream, &[b'a'; 4096])
        }
        "/reason" => {
            stream.write_all(b"HTTP/1.1 200 ")?;
            for_ever(stream, &[b'a'; 4096])
        }
        "/chunk-size" => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")?;
            for_ever(stream, &[b'0'; 4096])
        }
        "/chunk-extension" => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;")?;
            for_ever(stream, &[b'a'; 4096])
        }
        "/trailers" => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n")?;
            for_ever(stream, b"X-A: 1\r\n")
        }
        "/body" => {
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
            for_ever(stream, &[7; 64 * 1024])
        }
        "/length" => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775807\r\n\r\n")?;
            for_ever(stream, &[7; 64 * 1024])
        }
        "/bomb" => bomb(stream),
        "/continue" => for_ever(stream, b"HTTP/1.1 100 Continue\r\n\r\n"),
        "/early-hints" => for_ever(stream, b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"),
        "/slow-headers" => loop {
            drip(
                stream,
                b"HTTP/1.1 200 OK\r\nX-Slow: and slow and slow and slow and slow and slow and slow",
            )?;
        },
        "/slow-body" => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")?;
            drip(stream, &[7; 1_000_000])
        }
        "/slow-chunks" => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")?;
            drip(stream, &b"1\r\na\r\n".repeat(100_000))
        }
        "/silence" => drip_nothing(stream),
        path => unreachable!("{path}"),
    }
}

/// Sends nothing until the client goes away.
fn drip_nothing(stream: &mut TcpStream) -> io::Result<()> {
    io::Read::read(stream, &mut [0]).map(drop)
}

/// The size ends it, and not the deadline, which is only there to end the test.
#[test]
fn a_head_without_end_is_a_network_error() {
    let server = RawServer::start(endless);
    for path in ["/headers", "/header", "/reason", "/chunk-extension", "/trailers"] {
        let request = Request::get(server.url(path)).timeout(Duration::from_secs(300));
        assert_eq!(outcome_of(request).outcome(), Outcome::NetworkError, "{path}");
    }
}

#[test]
fn the_deadline_holds() {
    let server = RawServer::start(endless);
    for path in [
        "/continue",
        "/early-hints",
        "/chunk-size",
        "/slow-headers",
        "/slow-body",
        "/slow-chunks",
        "/silence",
    ] {
        let request = Request::get(server.url(path)).timeout(Duration::from_millis(200));
        let response = outcome_of(request);
        assert_eq!(response.outcome(), Outcome::Timeout, "{path}");
        assert!(response.body().is_empty() && response.headers().is_none(), "{path}");
    }
}

/// An endless chunk size keeps a worker busy, so that the worker's next task is late. For a request
/// that asks the cache first, the event loop has a clock of its own.
#[test]
fn the_deadline_holds_while_a_worker_is_busy() {
    let _folder = cache();
    let server = RawServer::start(endless);
    let ended: Rc<RefCell<Vec<_>>> = Rc::default();
    let start = |path, cache, timeout| {
        let ended = Rc::clone(&ended);
        let request =
            Request::get(server.url(path)).cache(cache).timeout(Duration::from_millis(timeout));
        request
            .send_fn(move |response| ended.borrow_mut().push((path, response.outcome())))
            .unwrap()
    };
    let _busy = start("/chunk-size", CacheMode::NoStore, 200);
    let _other = start("/silence", CacheMode::ForceCache, 201);
    fetch_runtime::run();
    assert_eq!(
        *ended.borrow(),
        [("/chunk-size", Outcome::Timeout), ("/silence", Outcome::Timeout)]
    );
}

/// A few bytes decode to very many, and these to nothing. There are as many such bodies as the
/// backend has threads, and another request is done before them.
#[test]
fn decoding_keeps_no_worker_from_others() {
    use flate2::Compression;
    use flate2::write::GzEncoder;
    // Blocks of deflate without content.
    let blocks = [0, 0, 0, 0xff, 0xff].repeat(1 << 17);
    let mut encoder =
        GzEncoder::new(GzEncoder::new(Vec::new(), Compression::default()), Compression::default());
    for _ in 0..128 {
        encoder.write_all(&blocks).unwrap();
    }
    encoder.write_all(&[1, 0, 0, 0xff, 0xff]).unwrap();
    let body = encoder.finish().unwrap().finish().unwrap();
    let head =
        format!("Content-Encoding: deflate, gzip, gzip\r\nContent-Length: {}\r\n\r\n", body.len());
    let answer = [OK, head.as_bytes(), &body].concat();
    let answered = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&answered);
    let nothing = RawServer::start(move |_, stream| {
        stream.write_all(&answer)?;
        count.fetch_add(1, Ordering::SeqCst);
        Ok(())
    });
    let other = RawServer::of([OK, b"Content-Length: 0\r\n\r\n"].concat());

    let ended: Rc<RefCell<Vec<_>>> = Rc::default();
    let start = |name, request: Request| {
        let ended = Rc::clone(&ended);
        request
            .send_fn(move |response| ended.borrow_mut().push((name, response.outcome())))
            .unwrap();
    };
    for _ in 0..4 {
        start("nothing", Request::get(nothing.url("/")));
    }
    while answered.load(Ordering::SeqCst) < 4 {
        fetch_runtime::poll();
    }
    for _ in 0..8 {
        start("other", Request::get(other.url("/")));
    }
    fetch_runtime::run();
    let ended = ended.borrow();
    assert!(ended.iter().all(|(_, outcome)| *outcome == Outcome::Success), "{ended:?}");
    assert!(ended[..8].iter().all(|(name, _)| *name == "other"), "{ended:?}");
}

/// A program that counts the bytes can end an endless body.
#[test]
fn an_abort_in_progress_ends_it() {
    const ENOUGH: u64 = 1 << 20;
    let server = RawServer::start(endless);
    for path in ["/body", "/length", "/bomb"] {
        let fetch: Rc<RefCell<Option<Fetch>>> = Rc::default();
        let (own, outcome) = (Rc::clone(&fetch), Rc::new(Cell::new(None)));
        let seen = Rc::clone(&outcome);
        let request = Request::get(server.url(path)).on_progress(move |progress| {
            if progress.loaded > ENOUGH {
                own.borrow().as_ref().expect("it was started").abort();
            }
        });
        *fetch.borrow_mut() =
            Some(request.send_fn(move |response| seen.set(Some(response.outcome()))).unwrap());
        fetch_runtime::run();
        assert_eq!(outcome.get(), Some(Outcome::Aborted), "{path}");
    }
}

/// A body that does not fit into memory ends, and the program lives, also if the body is small
/// until it is decompressed. With a false length, the body grows by as little as possible at the
/// end, when the buffers of the HTTP client need memory, too.
#[cfg(target_os = "linux")]
#[test]
fn more_than_the_memory() {
    let server = RawServer::start(endless);
    let program = child(&[]).get_program().to_str().expect("UTF-8").to_owned();
    let limits = [("/body", 524_288), ("/bomb", 524_288)];
    let limits = limits.into_iter().chain((0..8).map(|i| ("/length", 524_288 + 100 * i)));
    for (path, limit) in limits {
        // 512 MiB of addresses, with one arena, as threads would reserve their own; and 20 s of
        // computing.
        let script =
            format!("ulimit -v {limit}; ulimit -t 20; exec {program} get {}", server.url(path));
        let mut limited = std::process::Command::new("sh");
        let output = stdout_of(limited.args(["-c", &script]).env("MALLOC_ARENA_MAX", "1"));
        assert_eq!(output, "OutOfMemory Bypass 0\n", "{path} in {limit} KiB");
    }
}
