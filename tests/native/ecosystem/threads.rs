//! The futures and bodies of a `SendClient` stay on their thread.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use bytes::Bytes;
use fetch_runtime::{Client, ClientError, Error, SendClient, block_on};
use http_body_util::{BodyExt, Full};
use tower::Service;

use crate::server;

fn request(path: &str) -> http::Request<Full<Bytes>> {
    http::Request::get(server().url(path)).body(Full::default()).unwrap()
}

#[test]
fn errors_and_clients_go_anywhere() {
    fn goes_anywhere<T: Send + Sync + 'static>() {}
    goes_anywhere::<(Client, SendClient, ClientError, Error)>();
    // The requests are those of the thread that makes them.
    let mut client = Client::new();
    let status =
        thread::spawn(move || block_on(client.call(request("/empty"))).unwrap().unwrap().status());
    assert_eq!(status.join().unwrap(), 200);
}

/// Does it on another thread, and tells whether that panics.
fn panics_elsewhere<T: Send>(value: &mut T, use_it: impl FnOnce(&mut T) + Send) -> bool {
    thread::scope(|scope| {
        let thread = scope.spawn(|| catch_unwind(AssertUnwindSafe(|| use_it(value))).is_err());
        thread.join().unwrap()
    })
}

#[test]
fn no_other_thread_polls_a_future_or_reads_a_body() {
    let mut client = SendClient::from(Client::new());
    let mut call = client.call(request("/bytes/1000"));
    assert!(panics_elsewhere(&mut call, |call| {
        let _never = block_on(call);
    }));
    let mut body = block_on(call).unwrap().unwrap().into_body();
    assert!(panics_elsewhere(&mut body, |body| {
        let _never = block_on(body.frame());
    }));
    assert_eq!(block_on(body.collect()).unwrap().unwrap().to_bytes().len(), 1000);
}

#[test]
fn no_other_thread_drops_a_future() {
    let mut call = Some(SendClient::default().call(request("/empty")));
    assert!(panics_elsewhere(&mut call, |call| drop(call.take())));
}
