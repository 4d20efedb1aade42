//! One call of a `Client`, and the whole body of its response.

use std::hint::black_box;

use bytes::Bytes;
use fetch_runtime::Client;
use http_body_util::{BodyExt, Full};
use tower_service::Service;

fn main() {
    fetch_runtime::spawn_local(async {
        let request = http::Request::post("/data.bin").header("accept", "text/plain");
        let request = request.body(Full::<Bytes>::from("body")).expect("a request");
        if let Ok(response) = Client::new().call(request).await {
            let _ = black_box(response.into_body().collect().await);
        }
    });
}
