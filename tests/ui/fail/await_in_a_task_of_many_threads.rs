use fetch_runtime::fetch;

/// As `tokio::spawn` does.
fn spawn(task: impl Future + Send + 'static) {
    drop(task);
}

fn main() {
    spawn(async { fetch!(GET "/data.bin").await });
}
