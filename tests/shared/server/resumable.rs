//! Resources whose download breaks off, and that can be asked for in parts.

use std::collections::HashMap;
use std::io;
use std::panic::resume_unwind;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use flate2::write::GzEncoder;
use futures_util::stream::{self, StreamExt};

use super::Requests;
use super::broken::connection_reset;
use crate::pattern::version;

pub(super) fn router() -> Router<Requests> {
    Router::new()
        .route("/resumable/{name}", any(resumable))
        .route("/resumable/{name}/{size}", any(resumable))
        .route("/report", any(report))
}

/// The body is version 1 of so many bytes (`size`, or the end of the path). The first request gets
/// the first bytes of it (`first`, or half of them), and then the connection breaks, or with
/// `end=hang` the rest never comes. The `etag` is that of the version, unless the query has
/// another, or `none`. A `chunked` body has no length. With `user`, the server asks for a password.
///
/// When a connection breaks, a browser may lose bytes that it has received and not yet handed over.
/// If the request has a name in the field `x-reports`, the connection breaks after the client has
/// reported these bytes under that name: see [`report`].
///
/// A later request gets what it asks for, unless `then` says otherwise: see [`lie`]. With
/// `then=change`, there is version 2 by then. With `then=break` or `again`, the second request
/// breaks off, too: after `second` bytes, if the query has that. With `end=slow`, the first one
/// gets the rest after all, later. With `two`, it gets the second quarter later and then breaks
/// off; the second one gets a quarter of version 2, and breaks off later. With `then=reset`, a
/// request with a `Range` gets no answer until two without one have come. The second of these
/// breaks off after `second` bytes. So does the second of them with `again=whole`.
///
/// The response has the `Range` and the `If-Range` of the request in `x-asked`, and the number of
/// the request in `x-count`. The path and the `Range` count as a path that was asked for, too.
/// Browsers do not store it.
async fn resumable(
    State(requests): State<Requests>,
    Query(query): Query<HashMap<String, String>>,
    uri: Uri,
    request: HeaderMap,
) -> Response {
    let count = requests.lock().map_or(0, |all| all.get(uri.path()).copied().unwrap_or(0));
    let field = |name: &str| query.get(name).map_or("", String::as_str);
    let number = |name: &str| field(name).parse::<usize>().ok();
    let value = |name: HeaderName| {
        request.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    };
    if !field("user").is_empty() && value(header::AUTHORIZATION).is_empty() {
        let challenge = [(header::WWW_AUTHENTICATE, "Basic realm=\"resumable\"")];
        return (StatusCode::UNAUTHORIZED, challenge).into_response();
    }
    let (range, condition) = (value(header::RANGE), value(header::IF_RANGE));
    let end = uri.path().rsplit('/').next().and_then(|end| end.parse().ok());
    let (size, then) = (number("size").or(end).unwrap_or(0), field("then"));
    let mut plain = 0;
    if let Ok(mut requests) = requests.lock() {
        *requests.entry(format!("{} {range}", uri.path())).or_default() += 1;
        plain = requests.get(&format!("{} ", uri.path())).copied().unwrap_or(0);
    }
    if then == "reset" && !range.is_empty() && plain < 2 {
        // The connection ends.
        resume_unwind(Box::new(()));
    }
    let two = !field("two").is_empty();
    let newest = if count > 1 && (then == "change" || two) { 2 } else { 1 };
    let etag = match field("etag") {
        "" => format!("\"v{newest}\""),
        etag => etag.to_owned(),
    };
    let begin = range.strip_prefix("bytes=").and_then(|range| range.strip_suffix('-'));
    let begin = begin.and_then(|begin| begin.parse().ok()).filter(|begin| *begin < size);
    let begin = begin.filter(|_| condition.is_empty() || condition == etag);
    let mut headers = vec![
        ("cache-control", "no-store".to_owned()),
        ("x-asked", format!("{range} {condition}")),
        ("x-count", count.to_string()),
        (
            "accept-ranges",
            match field("ranges") {
                "" => "bytes".to_owned(),
                ranges => ranges.to_owned(),
            },
        ),
    ];
    if etag != "none" {
        headers.push(("etag", etag));
    }
    let (status, body) = match begin {
        Some(begin) => match lie(then, begin, size, &mut headers) {
            Some(lie) => lie,
            None => {
                headers.push(("content-range", format!("bytes {begin}-{}/{size}", size - 1)));
                (206, version(newest, size)[begin..].to_vec())
            }
        },
        None => {
            headers.push(("x-first", "only in a whole response".to_owned()));
            (200, version(newest, size))
        }
    };
    let is_coded = !field("gzip").is_empty();
    let body = if is_coded { gzip(&body) } else { body };
    if is_coded {
        headers.push(("content-encoding", "gzip".to_owned()));
    }
    let breaks = count == 1 && begin.is_none()
        || count == 2 && (then == "break" || two || field("again") == "1")
        || (then == "reset" || field("again") == "whole") && plain == 2 && range.is_empty();
    let first = number(if count == 2 || plain == 2 { "second" } else { "first" });
    let first = first.or(number("first")).unwrap_or(size / 2).min(body.len());
    let length = body.len().to_string();
    let has_no_length = matches!(then, "long" | "endless" | "shorter") && status == 206
        || then == "range-of-200" && begin.is_some();
    let is_chunked = has_no_length || !field("chunked").is_empty();
    if !is_chunked && !headers.iter().any(|(name, _)| *name == "content-length") {
        headers.push(("content-length", length));
    }
    let body = match (breaks, field("end")) {
        // Without a length.
        (false, _) if then == "endless" && status == 206 => endless(body),
        (false, _) if is_chunked => later(&[&body], 0, false),
        (false, _) => body.into(),
        (true, _) if two => {
            let quarter = size / 4;
            let second = if count == 1 { &body[quarter..2 * quarter] } else { &[] };
            let wait = if count == 1 { 700 } else { 1500 };
            later(&[&body[..quarter], second], wait, true)
        }
        (true, "slow") if count == 1 => later(&[&body[..first], &body[first..]], 700, false),
        (true, "hang") => broken(body[..first].to_vec(), true),
        (true, _) if request.contains_key("x-reports") && first > 0 => {
            let reported = reported(value(HeaderName::from_static("x-reports")));
            // Those of an earlier request do not count.
            if let Ok(mut requests) = requests.lock() {
                requests.remove(&reported);
            }
            reported_and_broken(&body[..first], begin.unwrap_or(0), reported, requests)
        }
        (true, _) => broken(body[..first].to_vec(), false),
    };
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
    let mut response = (status, body).into_response();
    response.headers_mut().remove(header::CONTENT_LENGTH);
    for (name, value) in headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
    response
}

/// An answer to a request for the bytes from `begin` on that is not these bytes. `None` if it is to
/// be honest.
fn lie(
    then: &str,
    begin: usize,
    size: usize,
    headers: &mut Vec<(&'static str, String)>,
) -> Option<(u16, Vec<u8>)> {
    let (first, last) = (version(1, size), size - 1);
    let honest = format!("bytes {begin}-{last}/{size}");
    let mut set = |name, value: String| {
        headers.retain(|(other, _)| *other != name);
        headers.push((name, value));
    };
    Some(match then {
        "416" => {
            set("content-range", format!("bytes */{size}"));
            (416, b"no such range".to_vec())
        }
        "503" => (503, b"busy".to_vec()),
        "ignore" => (200, first),
        // Without a Content-Length, which would give it away.
        "range-of-200" => {
            set("content-range", honest);
            (200, first)
        }
        // Another resource, with the same tag.
        "impostor" => {
            set("content-range", honest);
            (206, version(2, size)[begin..].to_vec())
        }
        "begin" => {
            set("content-range", format!("bytes {}-{last}/{size}", begin - 1));
            (206, first[begin - 1..].to_vec())
        }
        "end" => {
            set("content-range", format!("bytes {begin}-{}/{size}", last - 1));
            (206, first[begin..last].to_vec())
        }
        "total" => {
            set("content-range", format!("bytes {begin}-{size}/{}", size + 1));
            (206, [&first[begin..], b"!"].concat())
        }
        "unknown" => {
            set("content-range", format!("bytes {begin}-{last}/*"));
            (206, first[begin..].to_vec())
        }
        "bare" => (206, first[begin..].to_vec()),
        "etag" => {
            set("content-range", honest);
            set("etag", "\"v2\"".to_owned());
            (206, version(2, size)[begin..].to_vec())
        }
        "weak" => {
            set("content-range", honest);
            set("etag", "W/\"v1\"".to_owned());
            (206, version(2, size)[begin..].to_vec())
        }
        "no-etag" => {
            set("content-range", honest);
            headers.retain(|(name, _)| *name != "etag");
            (206, version(2, size)[begin..].to_vec())
        }
        "coded" => {
            set("content-range", honest);
            set("content-encoding", "gzip".to_owned());
            (206, gzip(&first[begin..]))
        }
        "short" => {
            set("content-range", honest);
            (206, first[begin..last].to_vec())
        }
        // Without a Content-Length, the first time.
        "shorter" if begin < size * 3 / 4 => {
            set("content-range", honest);
            (206, first[begin..size * 3 / 4].to_vec())
        }
        "long" | "endless" => {
            set("content-range", honest);
            (206, [&first[begin..], b"!"].concat())
        }
        "multipart" => {
            set("content-type", "multipart/byteranges; boundary=B".to_owned());
            let part = format!("--B\r\nContent-Range: {honest}\r\n\r\n");
            (206, [part.as_bytes(), &first[begin..], b"\r\n--B--\r\n"].concat())
        }
        "redirect" => {
            set("location", format!("/resumable/elsewhere?size={size}&then=impostor"));
            (302, Vec::new())
        }
        _ => return None,
    })
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::none());
    let _ = io::Write::write_all(&mut encoder, bytes);
    encoder.finish().unwrap_or_default()
}

/// These bytes, with a pause of so many milliseconds after each. The connection may break then.
fn later(parts: &[&[u8]], ms: u64, breaks: bool) -> Body {
    let parts = parts.iter().map(|part| Ok(Bytes::copy_from_slice(part)));
    let end = breaks.then(connection_reset);
    let all: Vec<_> = parts.chain(end).collect();
    Body::from_stream(stream::iter(all.into_iter().enumerate()).then(
        move |(at, part)| async move {
            if at > 0 {
                tokio::time::sleep(Duration::from_millis(ms)).await;
            }
            part
        },
    ))
}

/// These bytes, and no end. They arrive before the connection breaks.
fn broken(bytes: Vec<u8>, hangs: bool) -> Body {
    let begin = Ok(Bytes::from(bytes));
    let end = connection_reset();
    Body::from_stream(stream::iter([begin, end]).then(move |chunk| async move {
        match chunk {
            Ok(bytes) => Ok(bytes),
            Err(_) if hangs => std::future::pending().await,
            Err(error) => {
                tokio::time::sleep(Duration::from_millis(500)).await;
                Err(error)
            }
        }
    }))
}

/// These bytes, and others until the client has had enough.
fn endless(bytes: Vec<u8>) -> Body {
    let more = stream::repeat(Bytes::from_static(&[0; 1024])).then(|more| async {
        tokio::time::sleep(Duration::from_millis(1)).await;
        more
    });
    Body::from_stream(stream::iter([Bytes::from(bytes)]).chain(more).map(io::Result::Ok))
}

/// The client has so many bytes (`loaded`) of a body (`name`).
async fn report(State(requests): State<Requests>, Query(query): Query<HashMap<String, String>>) {
    let name = query.get("name").map_or("", String::as_str);
    let loaded = query.get("loaded").and_then(|loaded| loaded.parse().ok()).unwrap_or(0);
    if let Ok(mut requests) = requests.lock() {
        let most = requests.entry(reported(name)).or_default();
        *most = loaded.max(*most);
    }
}

/// Under which name there is how much of a body has been reported.
fn reported(name: &str) -> String {
    format!("{name} reported")
}

/// These bytes. The connection breaks when the client has reported that it has them, which are the
/// ones from `begin` on.
fn reported_and_broken(bytes: &[u8], begin: usize, name: String, requests: Requests) -> Body {
    // A client reports at most each 50 ms. So the last byte comes later than the first report.
    const BETWEEN_REPORTS: Duration = Duration::from_millis(60);
    // For a last report that does not come, as the last byte came too soon after another report.
    const PATIENCE: Duration = Duration::from_secs(3);
    let (most, last) = bytes.split_at(bytes.len().saturating_sub(1));
    let (most, last) = (Ok(Bytes::copy_from_slice(most)), Ok(Bytes::copy_from_slice(last)));
    let end = connection_reset();
    let all = begin + bytes.len();
    let steps = [(most, 0), (last, begin + 1), (end, all)];
    Body::from_stream(stream::iter(steps).then(move |(chunk, least)| {
        let (name, requests) = (name.clone(), Requests::clone(&requests));
        async move {
            let is_reported = || {
                let requests = requests.lock();
                requests.map_or(0, |all| all.get(&name).copied().unwrap_or(0)) >= least
            };
            let until_reported = async {
                while !is_reported() {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            };
            // An error: it takes too long.
            let _ = tokio::time::timeout(PATIENCE, until_reported).await;
            if least == begin + 1 {
                tokio::time::sleep(BETWEEN_REPORTS).await;
            }
            chunk
        }
    }))
}
