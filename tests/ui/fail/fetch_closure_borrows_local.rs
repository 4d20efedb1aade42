use fetch_runtime::{StartError, fetch};

fn main() -> Result<(), StartError> {
    let mut total = 0;
    fetch!(GET "/data.bin" => |response| total += response.body().len())?;
    println!("{total}");
    Ok(())
}
