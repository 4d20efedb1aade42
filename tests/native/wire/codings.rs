//! Content codings: gzip, deflate and Brotli.

use std::cell::Cell;
use std::io::Write;
use std::rc::Rc;

use fetch_runtime::{Outcome, Request, Response};
use fetch_shared::raw_server::RawServer;
use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

use super::{PLAIN, get, response};
use crate::backend::outcome_of;
use crate::server;

/// `PLAIN` in Brotli, for which there is no encoder.
const BROTLI: &[u8] = &[
    0x8b, 0x08, 0x80, 0x54, 0x68, 0x65, 0x20, 0x62, 0x6f, 0x64, 0x79, 0x2c, 0x20, 0x64, 0x65, 0x63,
    0x6f, 0x64, 0x65, 0x64, 0x2e, 0x03,
];

pub(super) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(super) fn raw_deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(super) fn coded(codings: &str, body: &[u8]) -> Response {
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

/// Servers disagree about the meaning of `deflate`, and browsers take both.
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

/// The program gets no part of a body that cannot be decoded, also if it accepted the coding.
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

/// An empty body is not a body that cannot be decoded.
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
    // Bytes that a server sends all the same are not a body.
    let server =
        RawServer::of("HTTP/1.1 205 \r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nevil");
    assert!(get(server.url("/")).body().is_empty());
}

#[test]
fn accepted_codings_are_decoded() {
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
