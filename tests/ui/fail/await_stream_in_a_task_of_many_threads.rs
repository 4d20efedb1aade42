use fetch_runtime::ResponseStream;

/// As `tokio::spawn` does.
fn spawn(task: impl Future + Send + 'static) {
    drop(task);
}

fn read(mut stream: ResponseStream) {
    spawn(async move { drop(stream.next().await) });
}

fn main() {
    let _: fn(ResponseStream) = read;
}
