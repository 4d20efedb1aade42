use fetch_runtime::fetch;

fn main() {
    let _ = fetch!(GET "/a", on_chunk: |chunk: &[u8]| drop(chunk));
}
