use fetch_runtime::fetch;

fn main() {
    let _ = fetch!(GET "/a", cache: Default, resume: true);
}
