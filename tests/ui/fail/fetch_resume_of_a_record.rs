use fetch_runtime::fetch;

fn main() {
    let _ = fetch!(IDB_DELETE "a", resume: true);
}
