//! Handlers in modules and functions, of every visibility, and under other names.
#![deny(warnings, unreachable_pub)]

use fetch_runtime::{Handler, fetch};

mod game {
    pub(crate) mod handlers {
        use fetch_runtime::{Response, fetch_handler};

        pub(in crate::game) struct World;

        #[fetch_handler]
        pub(crate) fn everywhere(_: Response) {}

        #[fetch_handler]
        pub(in crate::game) fn in_the_game(_: Response, _: World) {}

        #[fetch_handler]
        pub(super) fn above(_: Response) {}

        #[fetch_handler]
        fn here(_: Response) {}

        pub(super) fn start() {
            drop(fetch_runtime::fetch!(GET "/" => here));
            drop(fetch_runtime::fetch!(GET "/" => self::here));
        }
    }

    pub(crate) use handlers::everywhere as loaded;

    pub(crate) fn start() {
        handlers::start();
        drop(fetch_runtime::fetch!(GET "/" => handlers::above));
        drop(fetch_runtime::fetch!(GET "/", context: handlers::World => handlers::in_the_game));
    }
}

mod facade {
    pub(crate) use crate::game::loaded;
}

fn start() {
    use fetch_runtime::{Response, fetch_handler};

    #[fetch_handler]
    fn local(_: Response) {
        drop(fetch!(GET "/again" => local));
    }

    game::start();
    drop(fetch!(GET "/" => local));
    drop(fetch!(GET "/" => facade::loaded));
    drop(fetch!(GET "/" => crate::game::handlers::everywhere));
}

fn main() {
    assert!(<facade::loaded as Handler>::NAME.ends_with("::game::handlers::everywhere"));
    if std::hint::black_box(false) {
        start();
    }
}
