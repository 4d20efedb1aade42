//! tonic's client of the service `grpc.health.v1.Health`, over gRPC-Web.

use fetch_runtime::{Client, Request, SendClient};
use http::Uri;
use tonic::Code;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_web::{GrpcWebClientLayer, GrpcWebClientService};
use tower::ServiceBuilder;

use crate::scenario::Test;

scenarios! { $ for_each_grpc_scenario:
    a_call
    a_status_that_is_an_error
    a_server_that_is_not_there
}

pub(super) fn client(origin: String) -> HealthClient<GrpcWebClientService<SendClient>> {
    let service = ServiceBuilder::new()
        .layer(GrpcWebClientLayer::new())
        .service(SendClient::from(Client::new()));
    HealthClient::with_origin(service, origin.parse::<Uri>().unwrap())
}

/// A name that no other test has.
pub(super) fn service() -> String {
    format!("service-{}", fastrand::u64(..))
}

pub(super) async fn set(origin: &str, service: &str, status: &str) {
    let response = Request::put(format!("{origin}/health/{service}/{status}")).await.unwrap();
    assert_eq!(response.status(), 200);
}

fn a_call(t: &Test) {
    let origin = t.url("");
    t.spawn(async move {
        let (mut client, service) = (client(origin.clone()), service());
        for (status, expected) in
            [("serving", ServingStatus::Serving), ("not-serving", ServingStatus::NotServing)]
        {
            set(&origin, &service, status).await;
            let request = HealthCheckRequest { service: service.clone() };
            let response = client.check(request).await.unwrap();
            assert_eq!(response.get_ref().status(), expected);
        }
    });
}

/// gRPC's status comes in the headers here.
fn a_status_that_is_an_error(t: &Test) {
    let origin = t.url("");
    t.spawn(async move {
        let request = HealthCheckRequest { service: service() };
        let status = client(origin).check(request).await.unwrap_err();
        assert_eq!(status.code(), Code::NotFound, "{status:?}");
        assert_eq!(status.message(), "service not registered");
    });
}

fn a_server_that_is_not_there(t: &Test) {
    t.spawn(async {
        let mut client = client("http://127.0.0.1:1".into());
        let status = client.check(HealthCheckRequest::default()).await.unwrap_err();
        assert_eq!(status.code(), Code::Unknown, "{status:?}");
        let cause = std::error::Error::source(&status).unwrap().to_string();
        assert!(cause.ends_with(": network error"), "{cause}");
    });
}
