use fetch_runtime::{StartError, fetch};

fn load(url: &str) {
    fetch_runtime::spawn_local(async move {
        let response = fetch!(GET url).await?;
        println!("{}", response.status());
        Ok::<(), StartError>(())
    });
}

fn main() {
    load("/data.bin");
}
