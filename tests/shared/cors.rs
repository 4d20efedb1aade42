//! The headers of CORS, as a request's query asks for them.

use axum::extract::{Query, Request};
use axum::http::header::{ACCESS_CONTROL_REQUEST_METHOD, HeaderName, HeaderValue};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// Adds each pair of the query whose name begins with `Access-Control-` to the response's headers,
/// as in `/bytes/9?Access-Control-Allow-Origin=*`. Answers a preflight in the same way: without
/// such pairs, it is refused.
pub(crate) async fn answer(request: Request, next: Next) -> Response {
    let headers = asked(&request);
    let is_preflight = request.method() == Method::OPTIONS
        && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    let mut response = match is_preflight {
        true => StatusCode::NO_CONTENT.into_response(),
        false => next.run(request).await,
    };
    response.headers_mut().extend(headers);
    response
}

fn asked(request: &Request) -> HeaderMap {
    let query = Query::<Vec<(String, String)>>::try_from_uri(request.uri());
    let pairs = query.map(|Query(pairs)| pairs).unwrap_or_default();
    let is_asked = |name: &str| name.starts_with("Access-Control-");
    let headers = pairs.iter().filter(|(name, _)| is_asked(name)).filter_map(|(name, value)| {
        Some((name.parse::<HeaderName>().ok()?, HeaderValue::from_str(value).ok()?))
    });
    headers.collect()
}
