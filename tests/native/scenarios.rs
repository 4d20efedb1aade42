//! The scenarios on the native backend, each against the test server and with a cache of its own.

use fetch_runtime::{native, stats};
use fetch_shared::scenario::{Scenario, Test};
use fetch_shared::scenarios;

use crate::server;

/// Runs a scenario, and sees that nothing is left of it.
fn run(scenario: Scenario) {
    let cache = tempfile::tempdir().expect("a temporary folder");
    native::set_cache_dir(cache.path());
    fetch_runtime::set_base_url(&server().url("/")).expect("a base URL");
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
    ($module:ident: $($name:ident)*) => {
        mod $module {
            $(
                #[test]
                fn $name() {
                    let name = (stringify!($module), stringify!($name));
                    super::run(super::scenarios::named(name.0, name.1).expect("it is listed"));
                }
            )*
        }
    };
}

fetch_shared::for_each_scenario!(tests);
