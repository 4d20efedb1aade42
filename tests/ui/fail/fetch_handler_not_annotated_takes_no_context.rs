use fetch_runtime::{Response, StartError, fetch};

struct Game;

impl Game {
    fn loaded(_: Response) {}
}

fn main() -> Result<(), StartError> {
    fetch!(GET "/data.bin", context: 1 => Game::loaded)?;
    Ok(())
}
