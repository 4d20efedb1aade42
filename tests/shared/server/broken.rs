//! Responses that a query describes, and responses whose connections break.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use futures_util::stream::{self, StreamExt};
use hyper::ext::ReasonPhrase;
use tokio::sync::Notify;

use super::Requests;
use crate::noise::noise;
use crate::pattern::pattern;

/// The connections that break when a client asks for it, by name.
type Resets = Arc<Mutex<HashMap<String, Arc<Notify>>>>;

pub(super) fn router() -> Router<Requests> {
    Router::new()
        .route("/reset/{length}", get(reset))
        .route("/reset/{length}/{name}", get(reset_when_asked))
        .route("/reset-now/{name}", any(reset_now))
        .route("/play", any(play))
        .with_state(Resets::default())
}

/// As a part of a body, it breaks the connection.
pub(super) fn connection_reset<T>() -> io::Result<T> {
    Err(io::ErrorKind::ConnectionReset.into())
}

/// The break of this name. The first request makes it.
fn reset_of(resets: &Resets, name: String) -> Arc<Notify> {
    let mut resets = resets.lock().unwrap_or_else(PoisonError::into_inner);
    Arc::clone(resets.entry(name).or_default())
}

/// Says twice `length`, sends `length` bytes, and breaks the connection.
async fn reset(Path(length): Path<usize>) -> Response {
    // The bytes before it arrive first.
    reset_after(length, tokio::time::sleep(Duration::from_millis(50)))
}

/// The same, but the connection breaks when the client asks for `/reset-now/{name}`. A browser
/// discards what a page has not read by then.
async fn reset_when_asked(
    State(resets): State<Resets>,
    Path((length, name)): Path<(usize, String)>,
) -> Response {
    let asked = reset_of(&resets, name);
    reset_after(length, async move { asked.notified().await })
}

async fn reset_now(State(resets): State<Resets>, Path(name): Path<String>) {
    reset_of(&resets, name).notify_one();
}

fn reset_after(length: usize, end: impl Future<Output = ()> + Send + 'static) -> Response {
    let bytes = stream::once(async move { Ok(pattern(length)) });
    let broken = stream::once(async move {
        end.await;
        connection_reset()
    });
    let body = Body::from_stream(bytes.chain(broken));
    ([(header::CONTENT_LENGTH, (2 * length).to_string())], body).into_response()
}

/// Answers as the query says. The response has the `status` and `reason`, and its body is `body`,
/// then `more`, then so many bytes of `noise`. The server waits `wait` milliseconds before the
/// headers, and `pause` milliseconds before each part of the body and its end. With `end=break` the
/// connection breaks before the end, and with a `name` when that is asked for, as in
/// `reset_when_asked`; with `end=hang` the end never comes. The body is chunked, unless there is a
/// `length` for the header.
///
/// It reads the request's body first: a connection that is closed with bytes unread is reset, and
/// the client may lose the response.
async fn play(
    State(resets): State<Resets>,
    Query(query): Query<HashMap<String, String>>,
    _: Bytes,
) -> Result<Response, StatusCode> {
    let text = |name| query.get(name).map_or("", String::as_str).to_owned();
    let ms = |name| Duration::from_millis(text(name).parse().unwrap_or(0));
    tokio::time::sleep(ms("wait")).await;
    let status = text("status").parse().map_err(|_| StatusCode::BAD_REQUEST)?;
    let reason =
        ReasonPhrase::try_from(text("reason").into_bytes()).map_err(|_| StatusCode::BAD_REQUEST)?;
    let (end, pause) = (text("end"), ms("pause"));
    // After the parts, the end.
    let noise = noise(text("noise").parse().unwrap_or(0));
    let parts =
        [Some(text("body").into_bytes()), Some(text("more").into_bytes()), Some(noise), None];
    let asked = query.get("name").map(|name| reset_of(&resets, name.clone()));
    let body = stream::iter(parts).then(move |part| {
        let (end, asked) = (end.clone(), asked.clone());
        async move {
            tokio::time::sleep(pause).await;
            match (part, end.as_str()) {
                (Some(part), _) => Ok(part),
                (None, "break") => {
                    if let Some(asked) = asked {
                        asked.notified().await;
                    }
                    connection_reset()
                }
                (None, "hang") => std::future::pending().await,
                (None, _) => Ok(Vec::new()),
            }
        }
    });
    let mut response = Response::new(Body::from_stream(body));
    *response.status_mut() = StatusCode::from_u16(status).map_err(|_| StatusCode::BAD_REQUEST)?;
    // Without a type, Chromium shows nothing of a response before it has enough of the body.
    let kind = HeaderValue::from_static("application/x-play");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response.extensions_mut().insert(reason);
    if let Ok(length) = text("length").parse::<u64>() {
        response.headers_mut().insert(header::CONTENT_LENGTH, length.into());
    }
    Ok(response)
}
