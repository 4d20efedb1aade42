use fetch_runtime::fetch;

fn main() {
    let _ = fetch!(GET "/data.bin", context: 1);
}
