//! The files of a game, and their manifest.

use std::fmt::Write;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;

use super::Requests;
use crate::digest::sha384;
use crate::noise::noise;

/// The names and the lengths of the files.
const FILES: [(&str, usize); 4] = [
    ("level/1.pak", 3 << 20),
    ("level/2.pak", 2 << 20),
    ("music.ogg", 1 << 20),
    ("sprites/hero 1.png", 40_000),
];
/// The first request for this file finds a server that is busy.
const BUSY: &str = "music.ogg";

pub(super) fn router() -> Router<Requests> {
    Router::new().route("/assets/manifest.json", get(manifest)).route("/assets/{*name}", get(file))
}

async fn manifest() -> impl IntoResponse {
    let mut json = String::new();
    for (name, length) in FILES {
        let separator = if json.is_empty() { "{" } else { "," };
        let integrity = sha384(&noise(length));
        let _ = write!(
            json,
            "{separator}\"{name}\":{{\"size\":{length},\"integrity\":\"{integrity}\"}}"
        );
    }
    ([(header::CONTENT_TYPE, "application/json")], json + "}")
}

async fn file(
    State(requests): State<Requests>,
    Path(name): Path<String>,
) -> Result<Vec<u8>, StatusCode> {
    let (name, length) =
        FILES.into_iter().find(|(file, _)| *file == name).ok_or(StatusCode::NOT_FOUND)?;
    let path = format!("/assets/{name}");
    let asked = requests.lock().map_or(0, |requests| requests.get(&path).copied().unwrap_or(0));
    if name == BUSY && asked == 1 {
        return Err(StatusCode::SERVICE_UNAVAILABLE);
    }
    Ok(noise(length))
}
