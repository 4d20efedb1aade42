//! One `fetch!`, one handler and an observer.

use std::hint::black_box;

use fetch_runtime::{RequestEvent, Response, fetch, fetch_handler, set_observer};

#[fetch_handler]
fn loaded(response: Response) {
    black_box(response.body());
}

fn main() {
    let _ = set_observer(|event| {
        if let RequestEvent::Ended { url, outcome, elapsed, .. } = event {
            black_box((url, outcome, elapsed));
        }
    });
    let _ = fetch!(GET "/data.bin" => loaded);
}
