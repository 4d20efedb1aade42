use std::thread;

fn main() {
    let controller = fetch_runtime::AbortController::new();
    thread::spawn(move || controller.abort());
}
