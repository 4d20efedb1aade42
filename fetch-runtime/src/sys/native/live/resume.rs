//! Resumes downloads: the rest of a body that has broken off ([RFC 9110 §14]).
//!
//! Invariant: bytes are added to the parts that were kept only if the response says that they are
//! the rest of the same version: by its status, its `Content-Range`, its strong `ETag` and its URL.
//!
//! [RFC 9110 §14]: https://www.rfc-editor.org/rfc/rfc9110#section-14

use hyper::StatusCode;
use hyper::header::{
    ACCEPT_RANGES, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, ETAG, HeaderMap, HeaderName,
    HeaderValue, IF_RANGE, RANGE,
};
use url::Url;

use super::clients::{Clients, Response};
use super::coding::Codings;
use super::download::Download;
use super::keeper::{self, Keeper, Kept};
use super::reporter::Reporter;
use super::response::{head, read, send};
use super::wire_request::WireRequest;
use crate::sys::native::machine::event::{Cause, Event, Head};

/// Downloads a body, or the rest of it if the cache has kept parts.
pub(super) async fn download(
    clients: &Clients,
    mut url: Url,
    request: WireRequest,
    reporter: &Reporter,
    keeper: &Keeper,
) -> Result<Event, Cause> {
    url.set_fragment(None);
    let kept = keeper.claim(url.to_string()).await;
    // The parts that stay, and their length.
    let mut known = None;
    let mut whole = None;
    match kept {
        Some(kept) if kept.body.is_lost() => return Ok(lost(kept, reporter)),
        Some(kept) => {
            let ask = request.for_range(kept.body.len(), &kept.head.etag)?;
            match send(clients, url.clone(), ask).await {
                Ok(response) if is_rest(&response, &kept, &url) => {
                    return rest(response, kept, reporter, keeper).await;
                }
                Ok(response) if matches!(response.status().as_u16(), 206 | 416) => keeper.forget(),
                answer => {
                    known = Some((kept.head, kept.body.len()));
                    // It may be the whole of another version. Without an answer, the whole is
                    // requested: a proxy may end each request that has a range.
                    whole = answer.ok().filter(|response| response.status() == StatusCode::OK);
                }
            }
        }
        None => {}
    }
    let response = match whole {
        Some(response) => response,
        None => send(clients, url.clone(), request).await?,
    };
    let codings = Codings::of(response.headers());
    let head = head(&response, &codings);
    match (kept_head(&response, &head, &url), known) {
        // It is the same version: the parts stay, and more bytes are added to them.
        (Some(new), Some((old, length))) if (&new.etag, new.total) == (&old.etag, old.total) => {
            keeper.begin(None, length, length);
        }
        (Some(new), _) => keeper.begin(Some(new), 0, 0),
        // They are of another version, or of one that is gone.
        (None, Some(_)) if matches!(head.status, 200 | 404 | 410) => keeper.forget(),
        (None, _) => {}
    }
    let download = Download::keeping(reporter, head, keeper);
    read(response, false, &codings, download).await
}

/// The response to a request whose parts there is no memory for. They stay.
fn lost(kept: Kept, reporter: &Reporter) -> Event {
    let Kept { head, body } = kept;
    reporter.report(Event::Head(whole(&head, head.headers.clone())));
    Event::Loaded { loaded: body.len(), body }
}

/// The head of a body whose parts can be kept.
fn kept_head(response: &Response, head: &Head, url: &Url) -> Option<keeper::Head> {
    let headers = response.headers();
    // What a redirect leads to may change. Parts of a coded body cannot be decoded.
    let may_resume = head.status == 200
        && head.url == url.as_str()
        && head.content_length > 0
        && !headers.contains_key(CONTENT_ENCODING)
        && headers.get(ACCEPT_RANGES).is_none_or(|unit| unit != "none");
    let etag = strong_etag(headers).filter(|_| may_resume)?.to_owned();
    Some(keeper::Head {
        url: head.url.clone(),
        etag,
        total: head.content_length,
        status_text: head.status_text.clone(),
        headers: head.headers.clone(),
    })
}

/// The one `ETag`, if it is strong ([RFC 9110 §8.8.3]).
///
/// [RFC 9110 §8.8.3]: https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3
fn strong_etag(headers: &HeaderMap) -> Option<&str> {
    let etag = single(headers, &ETAG)?;
    let inner = etag.strip_prefix('"')?.strip_suffix('"')?;
    (!inner.contains('"')).then_some(etag)
}

/// The value of a header that occurs once, and has ASCII alone.
fn single<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next().filter(|_| values.next().is_none())?;
    value.to_str().ok()
}

/// Whether the response is exactly the rest of the same version.
fn is_rest(response: &Response, kept: &Kept, url: &Url) -> bool {
    let mut from = response.url.clone();
    from.set_fragment(None);
    response.status() == StatusCode::PARTIAL_CONTENT
        && from == *url
        && has_rest(response.headers(), kept.body.len(), &kept.head)
}

fn has_rest(headers: &HeaderMap, begin: u64, head: &keeper::Head) -> bool {
    let total = head.total;
    let range = format!("bytes {begin}-{}/{total}", total - 1);
    let length = (total - begin).to_string();
    single(headers, &CONTENT_RANGE) == Some(range.as_str())
        && strong_etag(headers) == Some(head.etag.as_str())
        && !headers.contains_key(CONTENT_ENCODING)
        && (!headers.contains_key(CONTENT_LENGTH)
            || single(headers, &CONTENT_LENGTH) == Some(length.as_str()))
}

/// Reads the rest into the same body.
async fn rest(
    response: Response,
    kept: Kept,
    reporter: &Reporter,
    keeper: &Keeper,
) -> Result<Event, Cause> {
    let Kept { head: parts, body } = kept;
    keeper.begin(None, body.len(), 0);
    let codings = Codings::of(response.headers());
    let headers = updated(&parts.headers, &head(&response, &codings).headers);
    let download = Download::resuming(reporter, whole(&parts, headers), body, keeper);
    let event = read(response, false, &codings, download).await?;
    match &event {
        // A body that there is no memory for is not read to its end.
        Event::Loaded { loaded, body } if *loaded != parts.total && !body.is_lost() => {
            // A rest without a length that is too short may have broken off: its bytes are kept.
            // One that is too long is not what it says.
            if *loaded > parts.total {
                keeper.end();
                keeper.forget();
            }
            Err(Cause::new("the rest of the body has another length than its Content-Range"))
        }
        _ => Ok(event),
    }
}

/// The head of the whole response.
fn whole(parts: &keeper::Head, headers: String) -> Head {
    Head {
        status: 200,
        status_text: parts.status_text.clone(),
        headers,
        url: parts.url.clone(),
        content_length: parts.total,
    }
}

/// The headers of the whole: the later ones replace those of the same name, but for those of the
/// part itself ([RFC 9111 §3.4]).
///
/// [RFC 9111 §3.4]: https://www.rfc-editor.org/rfc/rfc9111#section-3.4
fn updated(old: &str, new: &str) -> String {
    let name = |line: &str| line.split(':').next().unwrap_or_default().to_ascii_lowercase();
    let is_of_part = |line: &&str| {
        matches!(&*name(line), "content-length" | "content-range" | "transfer-encoding")
    };
    let new: Vec<_> = new.lines().filter(|line| !is_of_part(line)).collect();
    let old = old.lines().filter(|old| new.iter().all(|new| name(new) != name(old)));
    let mut lines: Vec<_> = old.chain(new.iter().copied()).collect();
    lines.sort_by_cached_key(|line| name(line).to_ascii_uppercase());
    lines.iter().flat_map(|line| [*line, "\r\n"]).collect()
}

impl WireRequest {
    /// The same request, for the bytes from this one on, of this version.
    fn for_range(&self, begin: u64, etag: &str) -> Result<Self, Cause> {
        let mut request = self.copy();
        request.headers.insert(RANGE, HeaderValue::try_from(format!("bytes={begin}-"))?);
        request.headers.insert(IF_RANGE, HeaderValue::try_from(etag)?);
        request.accept_identity();
        Ok(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head() -> keeper::Head {
        keeper::Head {
            url: "http://a/b".to_owned(),
            etag: "\"1\"".to_owned(),
            total: 10,
            status_text: String::new(),
            headers: String::new(),
        }
    }

    fn headers(fields: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in fields {
            headers.append(*name, HeaderValue::from_static(value));
        }
        headers
    }

    #[test]
    fn only_the_exact_rest_is_added() {
        let good = [("content-range", "bytes 4-9/10"), ("etag", "\"1\""), ("content-length", "6")];
        assert!(has_rest(&headers(&good), 4, &head()));
        assert!(has_rest(&headers(&good[..2]), 4, &head()));
        for (at, value) in [
            (0, "bytes 3-9/10"),
            (0, "bytes 4-8/10"),
            (0, "bytes 4-9/11"),
            (0, "bytes 4-9/*"),
            (0, "items 4-9/10"),
            (1, "\"2\""),
            (1, "W/\"1\""),
            (2, "5"),
        ] {
            let mut bad = good;
            bad[at].1 = value;
            assert!(!has_rest(&headers(&bad), 4, &head()), "{bad:?}");
        }
        for missing in [&good[1..], &[good[0], good[2]]] {
            assert!(!has_rest(&headers(missing), 4, &head()), "{missing:?}");
        }
        for more in [good[0], good[1], good[2], ("content-encoding", "gzip")] {
            let bad = [good[0], good[1], good[2], more];
            assert!(!has_rest(&headers(&bad), 4, &head()), "{bad:?}");
        }
    }

    #[test]
    fn strong_etags() {
        assert_eq!(strong_etag(&headers(&[("etag", "\"a\"")])), Some("\"a\""));
        for weak in ["W/\"a\"", "a", "\"a", "\"a\", \"b\"", ""] {
            assert_eq!(strong_etag(&headers(&[("etag", weak)])), None, "{weak}");
        }
    }

    #[test]
    fn later_headers_replace_those_of_their_name() {
        let old = "Content-Length: 10\r\nx-a: 1\r\nx-b: 2\r\n";
        let new = "content-length: 6\r\ncontent-range: bytes 4-9/10\r\nX-A: 3\r\nx-c: 4\r\n";
        assert_eq!(updated(old, new), "Content-Length: 10\r\nX-A: 3\r\nx-b: 2\r\nx-c: 4\r\n");
    }
}
