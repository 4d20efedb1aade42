//! The gRPC service `grpc.health.v1.Health`, over gRPC-Web.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::any;
use tonic_health::ServingStatus;
use tonic_health::server::{HealthReporter, health_reporter};
use tonic_web::GrpcWebLayer;
use tower::Layer;

/// The service; `/health/{service}/{status}` sets the status of a service, and `unknown` removes
/// it.
pub(super) fn router() -> Router {
    let (reporter, health) = health_reporter();
    let service = GrpcWebLayer::new().layer(health);
    Router::new()
        .route("/health/{service}/{status}", any(set))
        .with_state(reporter)
        .route_service("/grpc.health.v1.Health/{method}", service)
}

async fn set(
    State(mut reporter): State<HealthReporter>,
    Path((service, status)): Path<(String, String)>,
) -> Result<(), StatusCode> {
    match status.as_str() {
        "serving" => reporter.set_service_status(service, ServingStatus::Serving).await,
        "not-serving" => reporter.set_service_status(service, ServingStatus::NotServing).await,
        "unknown" => reporter.clear_service_status(&service).await,
        _ => return Err(StatusCode::BAD_REQUEST),
    }
    Ok(())
}
