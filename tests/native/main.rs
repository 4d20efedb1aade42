//! The native suite: every scenario, and what only the native backend has.

mod backend;
mod panics;

use std::sync::OnceLock;

use fetch_runtime::{native, stats};
use fetch_tests::scenario::{Scenario, Test};
use fetch_tests::server::Server;

/// One server for all.
fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| Server::start(None).expect("a port and a thread"))
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
