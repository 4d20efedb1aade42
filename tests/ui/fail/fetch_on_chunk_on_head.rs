use fetch_runtime::fetch;

fn main() {
    let _ = fetch!(HEAD "/a", on_chunk: |_| ());
}
