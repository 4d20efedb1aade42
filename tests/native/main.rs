//! The native suite: every scenario, and what only the native backend has.

mod alloc;
mod backend;
mod c_level;
mod cache_keys;
#[cfg(unix)]
mod commands;
mod controller;
mod deadline;
mod documents;
mod matrix;
mod panics;
mod process;
mod script;
mod security;
mod wire;

use std::sync::{Arc, Mutex, Weak};

use fetch_runtime::{native, stats};
use fetch_tests::scenario::{Scenario, Test};
use fetch_tests::server::Server;

/// One server for all tests that run at a time. It ends with the last of them, so that nothing is
/// left at the end.
fn server() -> Arc<Server> {
    static SHARED: Mutex<Weak<Server>> = Mutex::new(Weak::new());
    thread_local! {
        static MINE: Arc<Server> = {
            let mut shared = SHARED.lock().expect("nobody panics while starting it");
            shared.upgrade().unwrap_or_else(|| {
                let server = Arc::new(Server::start(None).expect("a port and a thread"));
                *shared = Arc::downgrade(&server);
                server
            })
        };
    }
    MINE.with(Arc::clone)
}

/// Runs a scenario in a cache of its own, and sees that nothing is left of it.
fn run(scenario: Scenario) {
    let cache = tempfile::tempdir().expect("a temporary folder");
    native::set_cache_dir(cache.path());
    native::set_base_url(&server().url("/")).expect("a base URL");
    let test = Test::new(server().url(""));
    scenario(&test);
    loop {
        fetch_runtime::run();
        if !test.step() {
            break;
        }
    }
    let stats = stats();
    assert_eq!((stats.live, stats.completed), (0, stats.started), "{stats:?}");
}

macro_rules! tests {
    ($($module:ident::$name:ident)*) => {$(
        #[test]
        fn $name() {
            run(fetch_tests::scenarios::$module::$name);
        }
    )*};
}

fetch_tests::for_each_scenario!(tests);

mod blocking {
    use super::run;

    fetch_tests::for_each_blocking_scenario!(tests);
}

mod streaming {
    use super::run;

    fetch_tests::for_each_streaming_scenario!(tests);
}
