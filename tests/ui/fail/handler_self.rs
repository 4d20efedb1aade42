use fetch_runtime::{Response, fetch_handler};

struct Game;

impl Game {
    #[fetch_handler]
    fn loaded(&self, _: Response) {}
}

fn main() {}
