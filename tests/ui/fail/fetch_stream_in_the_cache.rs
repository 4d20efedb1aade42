use fetch_runtime::fetch;

fn main() {
    let _ = fetch!(GET "/a", on_chunk: |_| (), cache: ForceCache);
}
