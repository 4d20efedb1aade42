use fetch_runtime::fetch;

fn main() {
    let _ = fetch!(POST "/a", body: "b", on_upload: |sent, total| println!("{sent} {total}"));
}
