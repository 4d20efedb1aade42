//! Bodies of a `Client` that arrive bit by bit.

use std::future::poll_fn;
use std::pin::Pin;
use std::time::{Duration, Instant};

use fetch_runtime::{Client, sleep, stats};
use http_body::Body;
use http_body_util::BodyExt;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tower::Service;

use super::grpc::{client, service, set};
use super::tower::get;
use crate::pattern::is_pattern;
use crate::scenario::Test;

scenarios! { $ for_each_client_streams_scenario:
    frames_come_as_they_arrive
    a_dropped_body_ends_the_transfer
    a_call_with_a_stream_of_messages
}

/// A stream that is dropped in its own callback ends from the event loop.
async fn ended(live: u64) {
    while stats().live > live {
        sleep(Duration::from_millis(1)).await;
    }
}

fn frames_come_as_they_arrive(t: &Test) {
    let url = t.url("/drip/4/200");
    t.spawn(async move {
        let begin = Instant::now();
        let mut body = Client::new().call(get(url)).await.unwrap().into_body();
        assert!(!body.is_end_stream());
        assert_eq!(body.size_hint().upper(), None);
        let mut read = 0;
        while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
            let data = frame.unwrap().into_data().unwrap();
            assert!(read > 0 || begin.elapsed() < Duration::from_millis(780), "the first one");
            assert!(is_pattern(&data, read as u64 % 1000));
            read += data.len();
        }
        assert_eq!(read, 4000);
        assert!(body.is_end_stream());
        assert_eq!(body.size_hint().exact(), Some(0));
    });
}

fn a_dropped_body_ends_the_transfer(t: &Test) {
    let url = t.url("/drip/1000/50");
    t.spawn(async move {
        let live = stats().live;
        let mut body = Client::new().call(get(url)).await.unwrap().into_body();
        body.frame().await.unwrap().unwrap();
        assert_eq!(stats().live, live + 1);
        drop(body);
        ended(live).await;
    });
}

/// A message comes when the server sends it, and dropping the stream ends the call.
fn a_call_with_a_stream_of_messages(t: &Test) {
    let origin = t.url("");
    t.spawn(async move {
        let (live, service) = (stats().live, service());
        set(&origin, &service, "serving").await;
        let request = HealthCheckRequest { service: service.clone() };
        let mut messages = client(origin.clone()).watch(request).await.unwrap().into_inner();
        let first = messages.message().await.unwrap().unwrap();
        assert_eq!(first.status(), ServingStatus::Serving);
        for (status, expected) in
            [("not-serving", ServingStatus::NotServing), ("serving", ServingStatus::Serving)]
        {
            set(&origin, &service, status).await;
            assert_eq!(messages.message().await.unwrap().unwrap().status(), expected);
        }
        assert_eq!(stats().live, live + 1);
        drop(messages);
        ended(live).await;
        // The server ends it, with trailers in the body.
        let request = HealthCheckRequest { service: service.clone() };
        let mut messages = client(origin.clone()).watch(request).await.unwrap().into_inner();
        messages.message().await.unwrap().unwrap();
        set(&origin, &service, "unknown").await;
        assert!(messages.message().await.unwrap().is_none());
        assert!(messages.trailers().await.unwrap().is_some());
    });
}
