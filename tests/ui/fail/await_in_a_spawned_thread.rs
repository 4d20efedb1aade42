use std::thread;

use fetch_runtime::{Response, StartError, block_on, fetch};

fn main() {
    let request = fetch!(GET "/data.bin");
    let thread = thread::spawn(move || block_on(request));
    let _: Result<Result<Response, StartError>, StartError> = thread.join().unwrap();
}
