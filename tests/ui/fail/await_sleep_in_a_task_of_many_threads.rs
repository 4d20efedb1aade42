use std::time::Duration;

/// As `tokio::spawn` does.
fn spawn(task: impl Future + Send + 'static) {
    drop(task);
}

fn main() {
    spawn(async { fetch_runtime::sleep(Duration::from_secs(1)).await });
}
