//! Forms and queries, as axum and multer read them.

use std::fmt::Write;

use axum::Router;
use axum::extract::{Form, Multipart, Query};
use axum::http::StatusCode;
use axum::routing::{any, post};

pub(super) fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new()
        .route("/form", post(async |Form(fields): Form<Pairs>| listed(fields)))
        .route("/query", any(async |Query(parameters): Query<Pairs>| listed(parameters)))
        .route("/multipart", post(parts))
}

type Pairs = Vec<(String, String)>;

/// One pair a line, each quoted as Rust quotes strings.
fn listed(pairs: Pairs) -> String {
    pairs.iter().fold(String::new(), |mut text, (name, value)| {
        let _ = writeln!(text, "{name:?}: {value:?}");
        text
    })
}

/// One part a line: its name, file name, type and bytes.
async fn parts(mut form: Multipart) -> Result<String, (StatusCode, String)> {
    let refused =
        |error: axum::extract::multipart::MultipartError| (error.status(), error.body_text());
    let mut text = String::new();
    while let Some(field) = form.next_field().await.map_err(refused)? {
        let _ = write!(
            text,
            "{:?} {:?} {:?}",
            field.name().unwrap_or_default(),
            field.file_name(),
            field.content_type()
        );
        let bytes = field.bytes().await.map_err(refused)?;
        let _ = writeln!(text, ": {}", bytes.escape_ascii());
    }
    Ok(text)
}
