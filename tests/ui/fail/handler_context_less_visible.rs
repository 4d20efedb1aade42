pub mod game {
    use fetch_runtime::{Response, fetch_handler};

    struct World;

    #[fetch_handler]
    pub fn loaded(_: Response, _: World) {}
}

fn main() {}
