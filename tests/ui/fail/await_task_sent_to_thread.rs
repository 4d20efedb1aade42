use std::thread;

fn main() {
    let task = fetch_runtime::spawn_local(async {});
    thread::spawn(move || task.abort());
}
