use fetch_runtime::fetch;

fn main() {
    let _ = fetch!(POST "/a", body: "b", on_upload: |_| (), on_chunk: |_| ());
}
