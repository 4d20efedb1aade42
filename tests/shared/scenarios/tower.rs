//! The layers of tower and tower-http around a `Client`, each doing its work.

use std::cell::{Cell, RefCell};
use std::fmt::Debug;
use std::future::ready;
use std::pin::Pin;
use std::rc::Rc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use fetch_runtime::{Client, ClientError, Outcome, ResponseBody, SendClient, stats};
use futures_util::future::join_all;
use http::header::{
    ACCEPT_ENCODING, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderName, HeaderValue,
    RETRY_AFTER, TE,
};
use http::{Method, StatusCode};
use http_body::Body;
use http_body_util::{BodyExt, Empty, Full};
use tower::buffer::Buffer;
use tower::retry::Policy;
use tower::{BoxError, Service, ServiceBuilder, ServiceExt, service_fn};
use tower_http::ServiceBuilderExt;
use tower_http::auth::AddAuthorizationLayer;
use tower_http::classify::ServerErrorsFailureClass;
use tower_http::decompression::DecompressionLayer;
use tower_http::set_header::SetRequestHeaderLayer;
use tower_http::trace::TraceLayer;

use crate::engine::Difference;
use crate::pattern::is_pattern;
use crate::scenario::Test;

scenarios! { $ for_each_tower_scenario:
    requests_and_responses
    the_errors_of_a_client
    a_dropped_call_is_aborted
    headers_are_set
    credentials_are_added
    a_busy_server_is_asked_again
    calls_are_limited
    excess_calls_are_shed
    calls_are_traced
    a_coded_body_is_decoded_once
    a_buffer_of_a_send_client
}

pub(super) type Request = http::Request<Full<Bytes>>;
type Response = http::Response<ResponseBody>;

pub(super) fn get(url: String) -> Request {
    http::Request::get(url).body(Full::default()).unwrap()
}

/// The whole body.
pub(super) async fn read<B: Body<Error: Debug>>(response: http::Response<B>) -> Bytes {
    response.into_body().collect().await.unwrap().to_bytes()
}

/// Every status is a response. The client leaves the headers of the connection to the browser.
fn requests_and_responses(t: &Test) {
    let (echo, page, headers) = (t.url("/echo"), t.url("/status/404"), t.url("/headers"));
    t.spawn(async move {
        let mut client = Client::new();
        let request = http::Request::put(echo)
            .header(CONTENT_TYPE, "text/x-test")
            .body(Full::<Bytes>::from("hello"))
            .unwrap();
        let response = client.call(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["x-method"], "PUT");
        assert_eq!(response.headers()[CONTENT_TYPE], "text/x-test");
        assert_eq!(read(response).await, "hello");

        let response = client.call(get(page)).await.unwrap();
        assert_eq!(response.status(), StatusCode::NOT_FOUND);
        assert_eq!(read(response).await, "status 404");

        let mut request = get(headers);
        let host = request.uri().authority().unwrap().as_str().parse().unwrap();
        let fields = request.headers_mut();
        fields.insert(HOST, host);
        fields.insert(TE, HeaderValue::from_static("trailers"));
        fields.insert(ACCEPT_ENCODING, HeaderValue::from_static("x-none"));
        fields.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        fields.append("x-several", HeaderValue::from_static("1"));
        fields.append("x-several", HeaderValue::from_static("2"));
        let came = read(client.call(request).await.unwrap()).await;
        let came = String::from_utf8(came.to_vec()).unwrap();
        assert!(came.contains("x-several: 1, 2\n"), "{came}");
        assert!(!came.contains("x-none"), "{came}");
    });
}

fn the_errors_of_a_client(t: &Test) {
    let (url, late) = (t.url("/headers"), t.url("/slow/10000"));
    let broken = t.url("/reset/1000");
    t.spawn(async move {
        let mut client = Client::new();
        let mut request = get(url.clone());
        request.headers_mut().insert("cookie", HeaderValue::from_static("a=1"));
        let error = client.call(request).await.unwrap_err();
        assert!(error.to_string().starts_with("invalid header name \"cookie\""), "{error}");

        let mut request = get(url.clone());
        request.headers_mut().insert(HOST, HeaderValue::from_static("other.example"));
        let error = client.call(request).await.unwrap_err();
        assert!(matches!(error, ClientError::Start(_)), "{error:?}");

        let error = client.call(get("http://127.0.0.1:1/".into())).await.unwrap_err();
        let ClientError::Unanswered(error) = error else { panic!("{error:?}") };
        assert_eq!(error.outcome(), Outcome::NetworkError);

        let mut hasty =
            client.clone().with_options(|request| request.timeout(Duration::from_millis(300)));
        let error = hasty.call(get(late)).await.unwrap_err();
        let ClientError::Unanswered(error) = error else { panic!("{error:?}") };
        assert_eq!(error.outcome(), Outcome::Timeout);

        let failing = http_body_util::StreamBody::new(futures_util::stream::once(ready(Err::<
            http_body::Frame<Bytes>,
            _,
        >(
            std::io::Error::other("no disk"),
        ))));
        let request = http::Request::post(url).body(failing).unwrap();
        let error = client.call(request).await.unwrap_err();
        assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "no disk");

        // The headers may have come before the connection breaks.
        let outcome = match client.call(get(broken)).await {
            Err(ClientError::Unanswered(error)) => error.outcome(),
            Err(error) => panic!("{error:?}"),
            Ok(response) => response.into_body().collect().await.unwrap_err().outcome(),
        };
        assert_eq!(outcome, Outcome::NetworkError);
    });
}

fn a_dropped_call_is_aborted(t: &Test) {
    let url = t.url("/slow/20000");
    t.spawn(async move {
        let (live, mut client) = (stats().live, Client::new());
        let call = client.call(get(url));
        assert!(fetch_runtime::timeout(Duration::from_millis(100), call).await.is_err());
        assert_eq!(stats().live, live, "the drop has ended it");
    });
}

fn headers_are_set(t: &Test) {
    let url = t.url("/headers");
    t.spawn(async move {
        let layer = SetRequestHeaderLayer::if_not_present(
            HeaderName::from_static("x-layer"),
            HeaderValue::from_static("set"),
        );
        let service = ServiceBuilder::new().layer(layer).service(Client::new());
        let came = read(service.oneshot(get(url)).await.unwrap()).await;
        let came = String::from_utf8(came.to_vec()).unwrap();
        assert!(came.contains("x-layer: set\n"), "{came}");
    });
}

fn credentials_are_added(t: &Test) {
    let origin = t.url("");
    t.spawn(async move {
        assert_authorization(&origin, AddAuthorizationLayer::bearer("7"), "Bearer 7").await;
    });
}

/// The server gets this `Authorization`, also where an earlier request has told it a password.
pub(super) async fn assert_authorization(
    origin: &str,
    layer: AddAuthorizationLayer,
    expected: &str,
) {
    let earlier = fetch_runtime::Request::get(format!("{origin}/auth")).auth("user", "secret");
    assert_eq!(earlier.await.unwrap().text(), "welcome");
    let service = ServiceBuilder::new().layer(layer).service(Client::new());
    let came = read(service.oneshot(get(format!("{origin}/headers"))).await.unwrap()).await;
    let came = String::from_utf8(came.to_vec()).unwrap();
    let expected = match Difference::KnownPasswordSent.is_here() {
        true => "Basic dXNlcjpzZWNyZXQ=",
        false => expected,
    };
    assert!(came.contains(&format!("authorization: {expected}\n")), "{came}");
}

/// Follows `Retry-After`, so many times.
#[derive(Clone)]
struct Patience(u32);

impl Policy<Request, Response, ClientError> for Patience {
    type Future = Pin<Box<dyn Future<Output = ()>>>;

    fn retry(
        &mut self,
        _: &mut Request,
        result: &mut Result<Response, ClientError>,
    ) -> Option<Self::Future> {
        let response = result.as_ref().ok()?;
        let after = response.headers().get(RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
        self.0 = self.0.checked_sub(1)?;
        Some(Box::pin(fetch_runtime::sleep(Duration::from_secs(after))))
    }

    fn clone_request(&mut self, request: &Request) -> Option<Request> {
        Some(request.clone())
    }
}

fn a_busy_server_is_asked_again(t: &Test) {
    let path = |times: u32| t.url(&format!("/busy/{times}/{}", fastrand::u64(..)));
    let (patient, impatient) = (path(2), path(2));
    t.spawn(async move {
        let begin = Instant::now();
        let with = |patience| ServiceBuilder::new().retry(patience).service(Client::new());
        let response = with(Patience(5)).oneshot(get(patient)).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(read(response).await, "asked 3 times");
        assert!(begin.elapsed() >= Duration::from_secs(2), "{:?}", begin.elapsed());
        let response = with(Patience(1)).oneshot(get(impatient)).await.unwrap();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    });
}

/// Counts the calls that run at once, and the most of them.
#[derive(Clone, Default)]
struct AtOnce(Rc<(Cell<usize>, Cell<usize>)>);

impl AtOnce {
    async fn call(self, request: Request) -> Result<Response, ClientError> {
        let (now, most) = &*self.0;
        now.set(now.get() + 1);
        most.set(most.get().max(now.get()));
        let response = Client::new().call(request).await;
        now.set(now.get() - 1);
        response
    }

    fn most(&self) -> usize {
        self.0.1.get()
    }
}

fn calls_are_limited(t: &Test) {
    let url = t.url("/slow/50");
    t.spawn(async move {
        let count = AtOnce::default();
        let counted = count.clone();
        let service = ServiceBuilder::new()
            .concurrency_limit(2)
            .service(service_fn(move |request| counted.clone().call(request)));
        let calls = (0..6).map(|_| service.clone().oneshot(get(url.clone())));
        for response in join_all(calls).await {
            assert_eq!(read(response.unwrap()).await, "after 50 ms");
        }
        assert_eq!(count.most(), 2);
    });
}

fn excess_calls_are_shed(t: &Test) {
    let url = t.url("/slow/200");
    t.spawn(async move {
        let service = ServiceBuilder::new().load_shed().concurrency_limit(1).service(Client::new());
        let calls = (0..2).map(|_| service.clone().oneshot(get(url.clone())));
        let mut results = join_all(calls).await.into_iter();
        assert_eq!(read(results.next().unwrap().unwrap()).await, "after 200 ms");
        let error: BoxError = results.next().unwrap().unwrap_err();
        assert!(error.is::<tower::load_shed::error::Overloaded>(), "{error:?}");
    });
}

fn calls_are_traced(t: &Test) {
    let urls = [t.url("/slow/50"), t.url("/status/503"), "http://127.0.0.1:1/".to_owned()];
    t.spawn(async move {
        let latencies = Rc::new(RefCell::new(Vec::new()));
        let slow = Rc::clone(&latencies);
        let events = Rc::new(RefCell::new(Vec::new()));
        let [on_request, on_response, on_failure] = [(); 3].map(|()| Rc::clone(&events));
        let trace = TraceLayer::new_for_http()
            .on_request(move |request: &Request, _: &tracing::Span| {
                on_request.borrow_mut().push(request.method().to_string());
            })
            .on_response(move |response: &Response, latency: Duration, _: &tracing::Span| {
                slow.borrow_mut().push(latency);
                on_response.borrow_mut().push(response.status().as_u16().to_string());
            })
            .on_failure(move |class: ServerErrorsFailureClass, _: Duration, _: &tracing::Span| {
                let class = match class {
                    ServerErrorsFailureClass::StatusCode(status) => status.to_string(),
                    ServerErrorsFailureClass::Error(error) => error,
                };
                on_failure.borrow_mut().push(class);
            });
        let service = ServiceBuilder::new().layer(trace).service(Client::new());
        for url in urls {
            if let Ok(response) = service.clone().oneshot(get(url)).await {
                read(response).await;
            }
        }
        let events = events.borrow();
        let (error, known) = events.split_last().unwrap();
        assert_eq!(known[..2], ["GET", "200"]);
        assert_eq!(known[2..5], ["GET", "503", "503 Service Unavailable"]);
        assert_eq!(known[5..], ["GET"]);
        assert_eq!(error, "http://127.0.0.1:1/: network error");
        assert!(latencies.borrow()[0] >= Duration::from_millis(50));
    });
}

/// The browser has decoded it, so the layer has nothing left to do and must see that.
fn a_coded_body_is_decoded_once(t: &Test) {
    let url = t.url("/gzip/300000");
    t.spawn(async move {
        let service = ServiceBuilder::new().layer(DecompressionLayer::new()).service(Client::new());
        let response = service.oneshot(get(url)).await.unwrap();
        assert_eq!(response.headers().get("content-encoding"), None);
        let body = response.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(body.len(), 300_000);
        assert!(is_pattern(&body, 0));
    });
}

/// The worker of a buffer is a task. Its calls must be `Send`.
fn a_buffer_of_a_send_client(t: &Test) {
    let url = t.url("/echo");
    t.spawn(async move {
        let client = ServiceBuilder::new()
            .override_request_header(AUTHORIZATION, HeaderValue::from_static("Bearer 7"))
            .service(SendClient::from(Client::new()));
        let (buffer, worker) = Buffer::pair(client, 4);
        fetch_runtime::spawn_local(worker);
        let request = || {
            let request = http::Request::builder().method(Method::POST).uri(url.clone());
            request.body(Full::<Bytes>::from("hello")).unwrap()
        };
        let calls = (0..3).map(|_| buffer.clone().oneshot(request()));
        for response in join_all(calls).await {
            assert_eq!(read(response.unwrap()).await, "hello");
        }
        // Any body is a request's.
        let empty = http::Request::get(url.replace("/echo", "/empty"));
        let empty = empty.body(Empty::<Bytes>::new()).unwrap();
        assert_eq!(read(SendClient::default().oneshot(empty).await.unwrap()).await, "");
    });
}
