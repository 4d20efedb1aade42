//! Other origins than the page's: servers that a page starts and stops by a request.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::routing::get;
use fetch_shared::server::Server;

/// The running servers.
type Others = Arc<Mutex<Vec<Server>>>;

/// - `/fetch-runner/others/start` starts a test server, and answers with its origin.
/// - `/fetch-runner/others/start-tls` does so with a certificate that no browser trusts.
/// - `/fetch-runner/others/requests` says how often all of them were asked for `?path=`.
/// - `/fetch-runner/others/stop` ends all of them, with their connections.
pub(crate) fn router() -> Router {
    Router::new()
        .route("/fetch-runner/others/start", get(start))
        .route("/fetch-runner/others/start-tls", get(start_tls))
        .route("/fetch-runner/others/requests", get(requests))
        .route("/fetch-runner/others/stop", get(stop))
        .with_state(Others::default())
}

async fn start(State(others): State<Others>) -> Result<String, StatusCode> {
    let server = Server::start(None).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    let origin = server.url("");
    others.lock().unwrap_or_else(PoisonError::into_inner).push(server);
    Ok(origin)
}

async fn start_tls(State(others): State<Others>) -> Result<String, StatusCode> {
    let (server, _) = Server::start_tls().map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    let origin = format!("https://localhost:{}", server.address().port());
    others.lock().unwrap_or_else(PoisonError::into_inner).push(server);
    Ok(origin)
}

async fn requests(
    State(others): State<Others>,
    Query(query): Query<HashMap<String, String>>,
) -> Result<String, StatusCode> {
    let path = query.get("path").ok_or(StatusCode::BAD_REQUEST)?;
    let others = others.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(others.iter().map(|server| server.requests(path)).sum::<usize>().to_string())
}

async fn stop(State(others): State<Others>) {
    others.lock().unwrap_or_else(PoisonError::into_inner).clear();
}
