//! Calls a gRPC service with tonic's client, over gRPC-Web: `cargo run --example grpc`.
//! If the argument is a URL, it asks the service `grpc.health.v1.Health` of that server.
//!
//! The service is the server's own: a real one, of the crate tonic-health. An error that the task
//! returns ends the program with status 101.

use std::error::Error;
use std::time::Duration;

use fetch_examples::Files;
use fetch_runtime::{Client, Request, SendClient, StartError, fetch, spawn_local};
use http::Uri;
use http::header::{HeaderName, HeaderValue};
use tonic::Code;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_web::GrpcWebClientLayer;
use tower::ServiceBuilder;
use tower_http::set_header::SetRequestHeaderLayer;

type Checked = Result<(), Box<dyn Error>>;

/// Asks for the status of a service, sees it change, and asks for one that does not exist.
async fn ask(files: Files) -> Checked {
    let header = SetRequestHeaderLayer::overriding(
        HeaderName::from_static("x-example"),
        HeaderValue::from_static("grpc"),
    );
    let service = ServiceBuilder::new()
        .layer(GrpcWebClientLayer::new())
        .layer(header)
        .concurrency_limit(4)
        .service(SendClient::from(
            Client::new().with_options(|request| request.timeout(Duration::from_secs(60))),
        ));
    let origin = std::env::args().nth(1).unwrap_or_default();
    let is_own = origin.is_empty();
    // Without an origin, the URLs are relative.
    let origin = if is_own { Uri::default() } else { origin.parse()? };
    let mut client = HealthClient::with_origin(service, origin);

    let all = client.check(HealthCheckRequest::default()).await?.into_inner();
    println!("the server is {:?}", all.status());
    if !is_own {
        return Ok(());
    }

    let game = || HealthCheckRequest { service: "game".into() };
    for (path, expected) in [
        ("/health/game/serving", ServingStatus::Serving),
        ("/health/game/not-serving", ServingStatus::NotServing),
    ] {
        fetch!(PUT path).await?.into_result()?;
        let status = client.check(game()).await?.into_inner().status();
        check(status == expected, format!("the game is {status:?}"))?;
    }

    if can_stream().await {
        let mut messages = client.watch(game()).await?.into_inner();
        for path in ["/health/game/serving", "/health/game/not-serving", "/health/game/unknown"] {
            let status = messages.message().await?.ok_or("the stream goes on")?;
            println!("ok     the server says: {:?}", status.status());
            fetch!(PUT path).await?.into_result()?;
        }
        let end = messages.message().await?;
        check(end.is_none(), "the server has ended the stream".into())?;
    }

    let other = HealthCheckRequest { service: "other".into() };
    let error = client.check(other).await.expect_err("the server does not know it");
    check(error.code() == Code::NotFound, format!("the other one: {}", error.message()))?;
    drop(files);
    Ok(())
}

/// Whether the program has `-sFETCH_STREAMING`.
async fn can_stream() -> bool {
    let stream = Request::get("data:,").stream().await;
    !matches!(stream, Err(StartError::StreamingNotSupported))
}

fn check(good: bool, line: String) -> Checked {
    if !good {
        return Err(line.into());
    }
    println!("ok     {line}");
    Ok(())
}

fn main() -> Checked {
    spawn_local(ask(Files::serve()?));
    fetch_runtime::run();
    Ok(())
}
