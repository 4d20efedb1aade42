//! Requests whose body is taken slowly, in part, or not at all.

use std::future::pending;
use std::panic::resume_unwind;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::routing::any;
use futures_util::StreamExt;

/// The body is taken in pieces of at least this size.
const PIECE: usize = 256 * 1024;

/// The paths. The layer that reads each body first does not apply to them.
pub(super) fn router() -> Router {
    Router::new()
        .route("/upload/slow/{ms}", any(slow))
        .route("/upload/breaks/{length}", any(breaks))
        .route("/upload/hangs", any(hangs))
}

/// Waits so many milliseconds after each piece of the body. Answers with the body's length.
async fn slow(Path(ms): Path<u64>, body: Body) -> Result<String, StatusCode> {
    let (mut length, mut piece) = (0, 0);
    let mut frames = body.into_data_stream();
    while let Some(frame) = frames.next().await {
        let taken = frame.map_err(|_| StatusCode::BAD_REQUEST)?.len();
        (length, piece) = (length + taken, piece + taken);
        if piece >= PIECE {
            piece = 0;
            tokio::time::sleep(Duration::from_millis(ms)).await;
        }
    }
    Ok(length.to_string())
}

/// Takes so many bytes of the body, and breaks the connection.
async fn breaks(Path(length): Path<usize>, body: Body) {
    let (mut taken, mut frames) = (0, body.into_data_stream());
    while taken < length {
        match frames.next().await {
            Some(Ok(frame)) => taken += frame.len(),
            _ => break,
        }
    }
    // The task of the connection ends by that, and so does the connection. No hook reports it.
    resume_unwind(Box::new("the connection breaks"));
}

/// Takes nothing of the body, and never answers.
async fn hangs(_body: Body) {
    pending().await
}
