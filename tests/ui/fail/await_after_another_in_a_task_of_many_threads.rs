use std::future::ready;

use fetch_runtime::fetch;

/// As `tokio::spawn` does.
fn spawn(task: impl Future + Send + 'static) {
    drop(task);
}

fn main() {
    spawn(async {
        let request = fetch!(GET "/data.bin");
        ready(()).await;
        drop(request);
    });
}
