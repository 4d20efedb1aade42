//! The files of the example `cache_lab`.

use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::Requests;
use crate::noise::noise;

const HOUR: &str = "max-age=3600";

/// Their names, lengths and `Cache-Control`.
const FILES: [(&str, usize, &str); 7] = [
    ("level-1.pak", 400_000, HOUR),
    ("hero.png", 60_000, HOUR),
    ("scores.json", 2_000, "max-age=0, stale-while-revalidate=3600"),
    ("music.ogg", 900_000, HOUR),
    ("news.txt", 1_000, "no-store"),
    ("level-2.pak", 700_000, HOUR),
    ("the-voice-of-the-narrator-in-the-first-chapter-of-the-second-part.ogg", 300_000, HOUR),
];

pub(super) fn router() -> Router<Requests> {
    Router::new().route("/lab/{name}", get(file))
}

/// A file, which never changes.
async fn file(Path(name): Path<String>, request: HeaderMap) -> Result<Response, StatusCode> {
    let (_, length, control) =
        FILES.into_iter().find(|(file, ..)| *file == name).ok_or(StatusCode::NOT_FOUND)?;
    let etag = format!("\"{name}\"");
    let is_same = request.get(header::IF_NONE_MATCH).is_some_and(|known| *known == etag);
    let headers = [(header::CACHE_CONTROL, control.to_owned()), (header::ETAG, etag)];
    Ok(match is_same {
        true => (StatusCode::NOT_MODIFIED, headers).into_response(),
        false => (headers, noise(length)).into_response(),
    })
}
