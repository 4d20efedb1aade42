use fetch_runtime::{Response, StartError, fetch};

fn main() -> Result<(), StartError> {
    let show = |_: Response| {};
    fetch!(GET "/data.bin" => show)?;
    Ok(())
}
