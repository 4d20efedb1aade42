//! What goes over the wire, and how what comes back is read.

use std::cell::{Cell, RefCell};
use std::error::Error;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use fetch_runtime::native::script::{Answer, Script};
use fetch_runtime::{Outcome, Request, Response};
use fetch_tests::raw_server::RawServer;
use fetch_tests::server::Server;
use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

use crate::backend::{child, outcome_of, stdout_of};
use crate::server;

/// Longer than any of these takes.
const DEADLINE: Duration = Duration::from_secs(60);

const PLAIN: &[u8] = b"The body, decoded.";

/// `PLAIN` in Brotli, which nothing here encodes.
const BROTLI: &[u8] = &[
    0x8b, 0x08, 0x80, 0x54, 0x68, 0x65, 0x20, 0x62, 0x6f, 0x64, 0x79, 0x2c, 0x20, 0x64, 0x65, 0x63,
    0x6f, 0x64, 0x65, 0x64, 0x2e, 0x03,
];

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn raw_deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A response with these header lines, each with its end, and this body.
fn response(lines: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\n{lines}Content-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

fn get(url: String) -> Response {
    outcome_of(Request::get(url).timeout(DEADLINE))
}

fn coded(codings: &str, body: &[u8]) -> Response {
    get(RawServer::of(response(&format!("Content-Encoding: {codings}\r\n"), body)).url("/"))
}

#[test]
fn content_codings_have_any_case_and_aliases() {
    let gzip = &gzip(PLAIN)[..];
    for (codings, body) in [
        ("gzip", gzip),
        ("GZIP", gzip),
        ("x-gzip", gzip),
        ("X-GZip", gzip),
        ("\tgzip ", gzip),
        ("deflate", &zlib(PLAIN)),
        ("Deflate", &zlib(PLAIN)),
        ("br", BROTLI),
        ("BR", BROTLI),
        ("", PLAIN),
        ("identity", PLAIN),
        ("Identity, gzip", gzip),
        (",, gzip ,", gzip),
    ] {
        let response = coded(codings, body);
        assert_eq!(response.outcome(), Outcome::Success, "{codings:?}: {response:?}");
        assert_eq!(response.body(), PLAIN, "{codings:?}");
        // As a browser shows it.
        let header = response.headers().and_then(|headers| headers.get("content-encoding"));
        assert_eq!(header, Some(codings.trim()), "{codings:?}");
    }
}

/// The server has applied them in the order in which it lists them, be it in one field or in
/// several.
#[test]
fn several_content_codings() {
    assert_eq!(coded("deflate, gzip", &gzip(&zlib(PLAIN))).body(), PLAIN);
    assert_eq!(coded("gzip,deflate", &zlib(&gzip(PLAIN))).body(), PLAIN);
    assert_eq!(
        coded("br, x-gzip, deflate, identity, gzip", &gzip(&zlib(&gzip(BROTLI)))).body(),
        PLAIN
    );
    let lines = "Content-Encoding: deflate\r\nX-Between: 1\r\nContent-Encoding: gzip\r\n";
    assert_eq!(get(RawServer::of(response(lines, &gzip(&zlib(PLAIN)))).url("/")).body(), PLAIN);
}

/// Servers disagree about what `deflate` is, and browsers take both.
#[test]
fn deflate_with_and_without_zlib() {
    let long: Vec<u8> = (0..200_000_u32).flat_map(u32::to_le_bytes).collect();
    for plain in [PLAIN, b"", b"x", &long] {
        for body in [zlib(plain), raw_deflate(plain)] {
            let response = coded("deflate", &body);
            assert!(response.is_success(), "{response:?}");
            assert!(response.body() == plain, "{} bytes", plain.len());
        }
    }
}

/// Each byte is a chunk.
#[test]
fn codings_know_no_chunks() {
    for (codings, body) in [
        ("gzip", gzip(PLAIN)),
        ("deflate", zlib(PLAIN)),
        ("deflate", raw_deflate(PLAIN)),
        ("br", BROTLI.to_vec()),
        ("deflate, gzip", gzip(&raw_deflate(PLAIN))),
    ] {
        let body: Vec<u8> =
            body.iter().flat_map(|&byte| [b'1', b'\r', b'\n', byte, b'\r', b'\n']).collect();
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Encoding: {codings}\r\nTransfer-Encoding: chunked\r\n\r\n"
        );
        let server = RawServer::of([head.as_bytes(), &body, b"0\r\n\r\n"].concat());
        assert_eq!(get(server.url("/")).body(), PLAIN, "{codings}");
    }
}

/// Nothing of what cannot be decoded is handed out, whether it was asked for or not.
#[test]
fn a_content_coding_that_is_not_understood() {
    let gzip_ = gzip(PLAIN);
    for (codings, body) in [
        ("zstd", PLAIN),
        ("compress", PLAIN),
        ("x-compress", PLAIN),
        ("unheard-of", PLAIN),
        ("gzip, zstd", &gzip_),
        ("zstd, gzip", &gzip_),
        ("gzip gzip", &gzip_),
        ("gzip;q=1", &gzip_),
        ("\u{e4}", PLAIN),
    ] {
        let server = RawServer::of(response(&format!("Content-Encoding: {codings}\r\n"), body));
        let response = get(server.url("/"));
        assert_eq!(response.outcome(), Outcome::NetworkError, "{codings}: {response:?}");
        assert!(response.body().is_empty() && response.headers().is_none(), "{codings}");

        let chunks = Rc::new(Cell::new(0));
        let count = Rc::clone(&chunks);
        let streamed = Request::get(server.url("/")).on_chunk(move |_| count.set(count.get() + 1));
        assert_eq!(outcome_of(streamed).outcome(), Outcome::NetworkError, "{codings}");
        assert_eq!(chunks.get(), 0, "{codings}");
    }
    // As curl does, so that a header cannot ask for any number of decoders.
    let mut body = PLAIN.to_vec();
    for codings in 1..=6 {
        body = gzip(&body);
        let response = coded(&vec!["gzip"; codings].join(", "), &body);
        assert_eq!(response.is_success(), codings <= 5, "{codings}: {response:?}");
    }
}

#[test]
fn a_coded_body_ends_where_it_ends() {
    let gzip_ = gzip(PLAIN);
    let twice = [&gzip_[..], &gzip_].concat();
    assert_eq!(coded("gzip", &twice).body(), PLAIN.repeat(2), "RFC 1952 allows several members");
    for (codings, body) in [
        ("gzip", [&gzip_[..], b"more"].concat()),
        ("deflate", [&zlib(PLAIN)[..], b"more"].concat()),
        ("deflate", [&raw_deflate(PLAIN)[..], b"more"].concat()),
        ("br", [BROTLI, b"more"].concat()),
        ("deflate, gzip", gzip(&[&zlib(PLAIN)[..], b"more"].concat())),
        ("deflate, gzip", [&gzip(&zlib(PLAIN))[..], b"more"].concat()),
        ("gzip", gzip_[..gzip_.len() - 1].to_vec()),
        ("gzip", gzip_[..1].to_vec()),
        ("deflate", zlib(PLAIN)[..1].to_vec()),
        ("deflate", zlib(PLAIN)[..10].to_vec()),
        ("deflate", raw_deflate(PLAIN)[..10].to_vec()),
        ("br", BROTLI[..BROTLI.len() - 2].to_vec()),
        ("deflate, gzip", gzip(&zlib(PLAIN)[..10])),
    ] {
        let response = coded(codings, &body);
        assert_eq!(response.outcome(), Outcome::NetworkError, "{codings} {body:?}: {response:?}");
    }
}

/// No body is not a body that cannot be decoded.
#[test]
fn nothing_is_decoded_where_there_is_no_body() {
    for codings in ["gzip", "deflate", "br", "zstd", "gzip, deflate"] {
        let response = coded(codings, b"");
        assert!(response.is_success() && response.body().is_empty(), "{codings}: {response:?}");
        for status in [204, 205, 304] {
            let head = format!("HTTP/1.1 {status} \r\nContent-Encoding: {codings}\r\n\r\n");
            let response = get(RawServer::of(head).url("/"));
            assert_eq!(
                (response.status(), response.body()),
                (status, &b""[..]),
                "{codings}: {response:?}"
            );
        }
        let head =
            format!("HTTP/1.1 200 OK\r\nContent-Encoding: {codings}\r\nContent-Length: 20\r\n\r\n");
        let response = outcome_of(Request::new("HEAD", RawServer::of(head).url("/")));
        assert!(response.is_success(), "{codings}: {response:?}");
    }
    // What a server sends there all the same is nobody's body.
    let server =
        RawServer::of("HTTP/1.1 205 \r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nevil");
    assert!(get(server.url("/")).body().is_empty());
}

#[test]
fn what_is_asked_for_is_what_can_be_decoded() {
    let accepted = |request: Request| {
        let headers = outcome_of(request);
        let headers = String::from_utf8_lossy(headers.body()).into_owned();
        headers.lines().find_map(|line| line.strip_prefix("accept-encoding: ").map(str::to_owned))
    };
    let request = || Request::get(server().url("/headers"));
    assert_eq!(accepted(request()).as_deref(), Some("gzip, deflate, br"));
    // A part of something coded could not be decoded: the Fetch standard asks for it as it is.
    assert_eq!(accepted(request().header("Range", "bytes=0-")).as_deref(), Some("identity"));
}

/// The length is that of the coded body, and says nothing of what is loaded.
#[test]
fn the_progress_of_a_coded_body_has_no_total() {
    let plain = vec![7; 300_000];
    for (codings, body) in [("gzip", gzip(&plain)), ("deflate", raw_deflate(&plain))] {
        let server = RawServer::of(response(&format!("Content-Encoding: {codings}\r\n"), &body));
        let seen: Rc<RefCell<Vec<_>>> = Rc::default();
        let (progress, chunks) = (Rc::clone(&seen), Rc::clone(&seen));
        let request = Request::get(server.url("/"));
        let response = outcome_of(request.on_progress(move |progress_| {
            progress.borrow_mut().push((progress_.loaded, progress_.total));
        }));
        assert_eq!(response.body(), plain);
        let on_chunk = move |chunk: fetch_runtime::Chunk| {
            let loaded = chunk.offset() + chunk.len() as u64;
            chunks.borrow_mut().push((loaded, chunk.total()));
        };
        assert!(outcome_of(Request::get(server.url("/")).on_chunk(on_chunk)).is_success());
        let seen = seen.borrow();
        assert!(seen.iter().filter(|(loaded, _)| *loaded == 300_000).count() >= 2, "{seen:?}");
        assert!(seen.iter().all(|(_, total)| total.is_none()), "{seen:?}");
    }
}

/// Whatever a server says.
#[test]
fn progress_never_has_more_than_all() {
    let script = Script::install();
    script.answer(
        "GET",
        "/",
        Answer::new(200).header("Content-Length", "4").body("abc").body("defghi"),
    );
    let seen: Rc<RefCell<Vec<_>>> = Rc::default();
    let progress = Rc::clone(&seen);
    outcome_of(
        Request::get("/")
            .on_progress(move |all| progress.borrow_mut().push((all.loaded, all.total))),
    );
    assert_eq!(*seen.borrow(), [(3, Some(4)), (9, None)]);
}

/// As browsers do; and its first command works behind any proxy.
#[test]
fn loopback_needs_no_proxy() {
    let (secure, certificate) = Server::start_tls().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let pem = folder.path().join("authority.pem");
    std::fs::write(&pem, certificate).unwrap();
    let port = server().address().port();
    for url in [
        format!("http://127.0.0.1:{port}/bytes/100"),
        format!("http://localhost:{port}/bytes/100"),
        format!("http://LocalHost:{port}/bytes/100"),
        format!("https://localhost:{}/bytes/100", secure.address().port()),
    ] {
        let mut get = child(&["get", &url]);
        for variable in
            ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]
        {
            get.env(variable, "http://127.0.0.1:9/");
        }
        get.env_remove("NO_PROXY").env_remove("no_proxy").env_remove("REQUEST_METHOD");
        assert_eq!(stdout_of(get.env("SSL_CERT_FILE", &pem)), "Success Bypass 100\n", "{url}");
    }
}

/// The system's proxy is for all other hosts but those of `NO_PROXY`; and each redirect is to a
/// host of its own.
#[test]
fn other_hosts_are_asked_through_the_proxy() {
    let local = server().url("/bytes/77");
    let asked: Arc<Mutex<Vec<String>>> = Arc::default();
    let (all, to) = (Arc::clone(&asked), local);
    let proxy = RawServer::start(move |asked, stream| {
        all.lock().unwrap().push(asked.path.clone());
        if asked.path.ends_with("/home") {
            write!(stream, "HTTP/1.1 302 \r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n")
        } else {
            stream.write_all(&response("", PLAIN))
        }
    });
    let get = |url: &str, no_proxy: &str| {
        let mut get = child(&["get", url]);
        get.env_remove("no_proxy").env_remove("http_proxy").env_remove("REQUEST_METHOD");
        stdout_of(get.env("HTTP_PROXY", proxy.url("/")).env("NO_PROXY", no_proxy))
    };
    assert_eq!(get("http://www.example.test/a", ""), "Success Bypass 18\n");
    assert_eq!(get("http://192.0.2.1/b", ""), "Success Bypass 18\n");
    assert_eq!(get("http://localhost.example.test/c", ""), "Success Bypass 18\n");
    assert_eq!(get("http://www.example.test/home", ""), "Success Bypass 77\n");
    assert_eq!(
        get("http://www.example.test/d", "other.test, example.test"),
        "NetworkError Bypass 0\n"
    );
    assert_eq!(
        *asked.lock().unwrap(),
        [
            "http://www.example.test/a",
            "http://192.0.2.1/b",
            "http://localhost.example.test/c",
            "http://www.example.test/home"
        ]
    );
}

/// RFC 9112 §5.2: a user agent replaces a fold by spaces.
#[test]
fn folded_header_fields() {
    let lines = "X-Folded: one\r\n two\r\n\t \tthree\r\nX-Empty:\r\n  first\r\nX-A: 1\r\nX-Last: end\r\n \r\n";
    let response = get(RawServer::of(response(lines, PLAIN)).url("/"));
    let headers = response.headers().expect("a response");
    assert_eq!(headers.get("x-folded"), Some("one two three"));
    assert_eq!(headers.get("x-empty"), Some("first"));
    assert_eq!((headers.get("x-a"), headers.get("x-last")), (Some("1"), Some("end")));
    assert_eq!(response.body(), PLAIN);
}

/// RFC 9110 §5.3: fields of one name are one, wherever they are.
#[test]
fn header_fields_of_one_name_are_joined() {
    let lines = "X-A: 1\r\nX-B: b\r\nx-a: 2, 3\r\nX-A:\r\nX-A: 4\r\n";
    let response = get(RawServer::of(response(lines, PLAIN)).url("/"));
    assert_eq!(response.headers().and_then(|headers| headers.get("X-A")), Some("1, 2, 3, , 4"));
}

/// Answers each connection's first request, and closes at the second, or says what `last_words` are
/// first. Counts the requests.
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

/// What has begun to be answered is not asked again.
#[test]
fn a_kept_connection_that_breaks_in_the_answer() {
    let (server, requests) =
        closes_what_it_kept(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhalf");
    assert!(get(server.url("/")).is_success());
    assert_eq!(get(server.url("/")).outcome(), Outcome::NetworkError);
    assert_eq!(requests.load(Ordering::SeqCst), 2);
}

/// What says what the body was goes with the body.
#[test]
fn a_redirect_that_makes_a_get_of_it_takes_no_content_fields_along() {
    const FIELDS: [&str; 6] = [
        "Content-Type",
        "Content-Encoding",
        "Content-Language",
        "Content-Location",
        "Content-Disposition",
        "Content-Range",
    ];
    let server = server();
    let redirected = |method: &str, status: u16| {
        let mut request =
            Request::new(method, server.url(&format!("/redirect/{status}?to=/headers")));
        for field in FIELDS {
            request = request.header(field, "x");
        }
        if method != "GET" {
            request = request.body("body");
        }
        let response = outcome_of(request.header("X-Mine", "1"));
        assert!(response.is_success(), "{method} {status}: {response:?}");
        let headers = String::from_utf8_lossy(response.body()).into_owned();
        assert!(headers.contains("x-mine: 1\n"), "{method} {status}: {headers}");
        headers
    };
    for (method, status) in
        [("POST", 301), ("POST", 302), ("POST", 303), ("PUT", 303), ("DELETE", 303), ("PATCH", 303)]
    {
        let headers = redirected(method, status);
        assert!(!headers.contains("content-"), "{method} {status}: {headers}");
    }
    for (method, status) in
        [("POST", 307), ("POST", 308), ("PUT", 301), ("PATCH", 302), ("GET", 302)]
    {
        let headers = redirected(method, status);
        for field in FIELDS {
            let field = format!("{}: x\n", field.to_ascii_lowercase());
            assert!(headers.contains(&field), "{method} {status}: {headers}");
        }
        assert_eq!(
            headers.contains("content-length: 4\n"),
            method != "GET",
            "{method} {status}: {headers}"
        );
    }
}

/// The error, and what has caused it, as `{:#}` of anyhow shows it.
fn chain(response: Response) -> String {
    let error = response.into_result().expect_err("it fails");
    let mut chain = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        chain = format!("{chain}: {next}");
        cause = next.source();
    }
    chain
}

#[track_caller]
fn assert_caused_by(response: Response, cause: &str) {
    assert_eq!(response.outcome(), Outcome::NetworkError, "{response:?}");
    let shown = format!("{response:?}");
    let chain = chain(response);
    assert!(chain.contains(": network error: ") && chain.contains(cause), "{chain}");
    assert!(shown.contains("cause"), "{shown}");
}

#[test]
fn a_network_error_has_a_cause() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    assert_caused_by(get(format!("http://{closed}/")), "refused");
    assert_caused_by(get(RawServer::of("SSH-2.0-OpenSSH_9.2\r\n").url("/")), "HTTP version");
    assert_caused_by(get(RawServer::of("").url("/")), "closed");
    assert_caused_by(get(RawServer::of(response("X A: b\r\n", b"")).url("/")), "header");
    assert_caused_by(
        get(RawServer::of("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf").url("/")),
        "end of file",
    );
    assert_caused_by(coded("zstd", PLAIN), "\"zstd\"");
    assert_caused_by(coded("gzip", PLAIN), "gzip");
    assert_caused_by(get(server().url("/loop")), "redirects");
    assert_caused_by(get(server().url("/redirect/302?to=ftp://127.0.0.1/")), "ftp://127.0.0.1/");
    let to = "Location: http://user:secret@127.0.0.1/\r\nContent-Length: 0\r\n\r\n";
    let secret = get(RawServer::of(format!("HTTP/1.1 302 \r\n{to}")).url("/"));
    assert!(!format!("{secret:?}").contains("secret"), "{secret:?}");
    assert_caused_by(secret, "user name or password");
    assert_caused_by(get("data:no comma".to_owned()), "data:");
    let blocking = Request::get(format!("http://{closed}/")).send_blocking().unwrap();
    assert_caused_by(blocking, "refused");
    let streamed = Request::get(format!("http://{closed}/")).on_chunk(|_| ());
    assert_caused_by(outcome_of(streamed), "refused");
    // In the middle of a stream.
    let server = RawServer::of("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf");
    assert_caused_by(outcome_of(Request::get(server.url("/")).on_chunk(|_| ())), "end of file");
}

/// A program that shows causes can be tested.
#[test]
fn a_scripted_network_error_has_a_cause() {
    let script = Script::install();
    script.answer("GET", "/", Answer::new(200).breaks_off());
    assert_caused_by(outcome_of(Request::get("/")), "script");
}

/// Nothing else has one.
#[test]
fn what_is_no_network_error_has_no_cause() {
    let without = |response: Response| {
        let error = response.into_result().expect_err("it fails");
        assert!(error.source().is_none(), "{error}");
    };
    without(get(server().url("/status/404")));
    let slow = Request::get(server().url("/slow/60000")).timeout(Duration::from_millis(50));
    without(outcome_of(slow));
}

/// These need a process of their own.
#[test]
fn names_certificates_and_proxies_are_causes() {
    let (secure, _certificate) = Server::start_tls().unwrap();
    let why = |url: &str| child(&["why", url]);
    let mut unknown = why(&format!("https://localhost:{}/", secure.address().port()));
    let unknown = stdout_of(unknown.env_remove("SSL_CERT_FILE").env_remove("SSL_CERT_DIR"));
    assert!(unknown.contains("certificate"), "{unknown}");

    let mut no_name = why("http://no-such-name.invalid/");
    let no_name = stdout_of(no_name.env("NO_PROXY", "*"));
    assert!(no_name.contains("dns error"), "{no_name}");

    let mut no_proxy = why("http://example.test/");
    no_proxy.env_remove("NO_PROXY").env_remove("no_proxy").env_remove("REQUEST_METHOD");
    let no_proxy = stdout_of(no_proxy.env("HTTP_PROXY", "http://user:secret@127.0.0.1:9/"));
    assert!(
        no_proxy.contains("proxy http://127.0.0.1:9/") && no_proxy.contains("refused"),
        "{no_proxy}"
    );
    assert!(!no_proxy.contains("secret"), "{no_proxy}");
}
