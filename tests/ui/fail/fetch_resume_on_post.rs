use fetch_runtime::fetch;

fn main() {
    let _ = fetch!(POST "/a", resume: true);
}
