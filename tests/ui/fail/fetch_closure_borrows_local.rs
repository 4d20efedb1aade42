use fetch_runtime::{StartError, fetch};

fn main() -> Result<(), StartError> {
    let name = String::from("data");
    fetch!(GET "/data.bin" => |response| println!("{name}: {}", response.status()))?;
    Ok(())
}
