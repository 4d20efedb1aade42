use fetch_runtime::{StartError, fetch};

fn load(url: &str) {
    let name = url.to_owned();
    fetch_runtime::spawn_local(async {
        let response = fetch!(GET &name).await?;
        println!("{name}: {}", response.status());
        Ok::<(), StartError>(())
    });
}

fn main() {
    load("/data.bin");
}
