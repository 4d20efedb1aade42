//! Wrong answers of a server are harmless.

use std::io::Write;
use std::time::Duration;

use fetch_runtime::{Outcome, Request, Response};
use fetch_shared::raw_server::RawServer;

use crate::backend::outcome_of;

/// Far longer than any of these takes.
const DEADLINE: Duration = Duration::from_secs(20);

fn answer(bytes: &[u8]) -> Response {
    let server = RawServer::of(bytes);
    outcome_of(Request::get(server.url("/")).timeout(DEADLINE))
}

#[track_caller]
fn assert_refused(answers: &[&[u8]]) {
    for bytes in answers {
        let response = answer(bytes);
        let shown = String::from_utf8_lossy(bytes);
        assert_eq!(response.outcome(), Outcome::NetworkError, "{shown:?}: {response:?}");
        assert_eq!((response.status(), response.status_text()), (0, ""), "{shown:?}");
        assert!(response.body().is_empty() && response.headers().is_none(), "{shown:?}");
    }
}

fn with_header(header: &[u8]) -> Vec<u8> {
    [b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n", header, b"\r\n\r\nok"].concat()
}

#[test]
fn replies_that_are_not_http() {
    assert_refused(&[
        b"",
        b"\r\n",
        b"<html>HTTP/0.9 has no status</html>",
        b"HTTP/0.9 200 OK\r\n\r\n",
        b"HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 99 Too Low\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 2000 Too High\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 -20 Negative\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 O\0K\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: evil\r\nConnection: upgrade\r\n\r\n",
        b"220 mail.example.com ESMTP\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
    ]);
}

#[test]
fn headers_that_break_off_or_are_none() {
    assert_refused(&[
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r",
    ]);
    for header in [
        &b"X-A: a\0b"[..],
        b"X-A: a\rb",
        b"no colon",
        b"X A: b",
        b"X-\xe4: b",
        b": b",
        b"X-A: \x1b[31m",
    ] {
        assert_refused(&[&with_header(header)]);
    }
}

/// In Latin-1, as a browser shows them.
#[test]
fn bytes_that_are_no_text() {
    let response = answer(&with_header(b"X-A: \xff\xfe\xc3\x28\xed\xa0\x80"));
    let value = response.headers().and_then(|headers| headers.get("x-a"));
    assert_eq!(value, Some("\u{ff}\u{fe}\u{c3}(\u{ed}\u{a0}\u{80}"));

    // No browser shows a reason phrase that is not ASCII.
    let reason =
        |byte| [&b"HTTP/1.1 200 "[..], &[byte; 5000], b"\r\nContent-Length: 0\r\n\r\n"].concat();
    let response = answer(&reason(0xe4));
    assert_eq!((response.outcome(), response.status_text()), (Outcome::Success, ""));
    // Emscripten's field has room for so much.
    assert_eq!(answer(&reason(b'a')).status_text(), "a".repeat(63));
}

#[test]
fn false_lengths() {
    for length in [
        "-1",
        "+2",
        "0x2",
        "2 2",
        "2,3",
        "two",
        "",
        "18446744073709551616",
        "99999999999999999999999999999999",
    ] {
        assert_refused(&[
            format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\nok").as_bytes()
        ]);
    }
    assert_refused(&[
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok!",
        // Larger than the body, be it that much.
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775807\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551613\r\n\r\nok",
    ]);
    let response = answer(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok");
    assert_eq!(response.text(), "ok");
}

/// The rest belongs to no request. At worst it is the same server's next answer, which the server
/// could have given anyway.
#[test]
fn a_length_smaller_than_the_body() {
    let evil = RawServer::start(|_, stream| {
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnice")?;
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nsmuggle")
    });
    let good = RawServer::start(|_, stream| {
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood")
    });
    let text = |server: &RawServer, path: &str| {
        let response = outcome_of(Request::get(server.url(path)).timeout(DEADLINE));
        response.text().into_owned()
    };
    assert_eq!(text(&evil, "/"), "nice");
    for i in 0..20 {
        let its_own = text(&evil, &format!("/{i}"));
        assert!(["nice", "smuggle"].contains(&its_own.as_str()), "{its_own:?}");
        assert_eq!(text(&good, &format!("/{i}")), "good");
    }
}

#[test]
fn false_chunks() {
    for body in [
        "",
        "5",
        "5\r\n",
        "5\r\nhel",
        "5\r\nhello",
        "5\r\nhello\r\n",
        "5\r\nhelloX\r\n0\r\n\r\n",
        "zz\r\nhello\r\n0\r\n\r\n",
        "-5\r\nhello\r\n0\r\n\r\n",
        "\r\nhello\r\n0\r\n\r\n",
        "ffffffffffffffff\r\nhello\r\n0\r\n\r\n",
        "fffffffffffffffff\r\nhello\r\n0\r\n\r\n",
        "10000000000000005\r\nhello\r\n0\r\n\r\n",
        "5\r\nhello\r\n0\r\n",
    ] {
        assert_refused(&[
            format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{body}").as_bytes()
        ]);
    }
    // Chunks count, not a length beside them.
    let response = answer(
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\
         Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    );
    assert!(["hello", ""].contains(&&*response.text()), "{response:?}");
}

#[test]
fn false_compression() {
    let response = |encoding: &str, body: &[u8]| {
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Encoding: {encoding}\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        answer(&[head.as_bytes(), body].concat())
    };
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(&[7; 10_000]).unwrap();
    let gzip = encoder.finish().unwrap();
    assert_eq!(response("gzip", &gzip).body(), [7; 10_000]);
    let mut spoiled = gzip.clone();
    spoiled[gzip.len() - 6] ^= 1;
    for (encoding, body) in [
        ("gzip", &b"this is no gzip"[..]),
        ("deflate", b"this is no deflate"),
        ("gzip", &gzip[..gzip.len() / 2]),
        ("gzip", &spoiled),
    ] {
        assert_eq!(response(encoding, body).outcome(), Outcome::NetworkError, "{encoding}");
    }
    // Nor does a body that cannot be decoded reach the program.
    for encoding in ["br", "zstd", "compress", "none"] {
        assert_eq!(response(encoding, b"as it is").outcome(), Outcome::NetworkError, "{encoding}");
    }
}

/// Up to 1,024, in up to 408 KiB.
#[test]
fn many_headers() {
    let many = |count: usize| {
        let headers: String = (0..count).map(|i| format!("x-{i}: {i}\r\n")).collect();
        answer(format!("HTTP/1.1 200 OK\r\n{headers}\r\n").as_bytes())
    };
    for count in [100, 101, 1000, 1024] {
        assert_eq!(many(count).headers().map(|headers| headers.iter().count()), Some(count));
    }
    for count in [1025, 100_000] {
        assert_eq!(many(count).outcome(), Outcome::NetworkError, "{count}");
    }
    let long = |length| answer(&with_header(&[&b"X-A: "[..], &vec![b'a'; length]].concat()));
    assert!(long(400_000).is_success());
    // How much arrives at a time decides where exactly it ends.
    assert_eq!(long(2_000_000).outcome(), Outcome::NetworkError);
}
