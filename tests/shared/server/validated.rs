//! Resources with validators, for caches.

use std::collections::HashMap;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use futures_util::stream;

use super::Requests;
use super::broken::connection_reset;
use crate::version::body_of_version;

pub(super) fn router() -> Router<Requests> {
    Router::new()
        .route("/validated/{name}", any(validated))
        .route("/version/{number}/{length}", any(version))
}

/// A body of this length, all of which says the number, and so does its `ETag`.
async fn version(Path((number, length)): Path<(u32, usize)>) -> Response {
    let head = [
        (header::ETAG, format!("\"{number}\"")),
        (header::CACHE_CONTROL, "no-store, must-understand, max-age=3600".to_owned()),
    ];
    (head, body_of_version(number, length)).into_response()
}

/// The body is the number of the request, and spaces until it has the `size` of the query. The
/// fields `control`, `etag`, `modified`, `age`, `expires`, `vary` and `connection` of the query are
/// headers of the response. It has the conditions of the request in `x-asked`, and its `X-A` in
/// `x-a`.
///
/// A request that has the resource's validators is answered by a 304. From the second request on,
/// `then` says otherwise: `change` (a new body), `break` (a broken connection), a status, or `lie`
/// (a 304 with another `ETag`, for conditional requests alone).
async fn validated(
    State(requests): State<Requests>,
    Query(query): Query<HashMap<String, String>>,
    uri: Uri,
    request: HeaderMap,
) -> Response {
    let count = requests.lock().map_or(0, |all| all.get(uri.path()).copied().unwrap_or(0));
    let field = |name: &str| query.get(name).map_or("", String::as_str);
    let value = |name: HeaderName| {
        request.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    };
    let (etag, since) = (value(header::IF_NONE_MATCH), value(header::IF_MODIFIED_SINCE));
    let is_conditional = !etag.is_empty() || !since.is_empty();
    let is_same = match etag {
        "" => !since.is_empty() && since == field("modified"),
        etag => etag == field("etag"),
    };
    let size: usize = field("size").parse().unwrap_or(0);
    let body = || {
        let number = count.to_string();
        let padding = " ".repeat(size.saturating_sub(number.len()));
        number + &padding
    };
    let mut response = match field("then") {
        "break" if count > 1 => {
            let body = Body::from_stream(stream::iter([connection_reset::<Bytes>()]));
            return ([(header::CONTENT_LENGTH, "1000")], body).into_response();
        }
        "lie" if count > 1 && is_conditional => {
            return (StatusCode::NOT_MODIFIED, [(header::ETAG, "\"another\"")]).into_response();
        }
        "" | "lie" if is_same => StatusCode::NOT_MODIFIED.into_response(),
        "" | "lie" | "change" | "break" => body().into_response(),
        _ if count == 1 => body().into_response(),
        status => match status.parse() {
            Ok(status) => {
                StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST).into_response()
            }
            Err(_) => StatusCode::BAD_REQUEST.into_response(),
        },
    };
    let asked = if is_conditional { format!("{etag}{since}") } else { "none".to_owned() };
    let x_a = request.get("x-a").and_then(|value| value.to_str().ok()).unwrap_or("none");
    for (name, value) in [
        ("cache-control", field("control")),
        ("etag", field("etag")),
        ("last-modified", field("modified")),
        ("age", field("age")),
        ("expires", field("expires")),
        ("vary", field("vary")),
        ("connection", field("connection")),
        ("x-asked", asked.as_str()),
        ("x-count", count.to_string().as_str()),
        ("x-a", x_a),
        ("x-control", value(header::CACHE_CONTROL)),
    ] {
        if let (false, Ok(value)) = (value.is_empty(), HeaderValue::from_str(value)) {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
    response
}
