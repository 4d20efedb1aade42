//! The tests of each set.

use fetch_shared::scenarios::{MODULES, Needs};
use fetch_shared::sets::Set;

use crate::driver::Run;
use crate::options::streams;
use crate::page::the_runtime_stays_alive_as_long_as_before;
use crate::real::{
    aborts, background, clock, database, denied, exceptions, hosts, housekeeping, killed, memory,
    offline, origins, quota, records,
};
#[cfg(target_feature = "atomics")]
use crate::threads;
use crate::{blocking, cache, jspi, main_loop, matrix, page, soak, streaming, tabs};

/// Each test of the set, by its name.
pub(crate) fn tests(set: Set) -> Vec<(String, Run)> {
    let alive = || tests![the_runtime_stays_alive_as_long_as_before];
    match set {
        Set::Scenarios => {
            join([shared(Needs::Nothing), page::tests(), clock::tests(), tabs::tests()])
        }
        Set::Worker => join([
            shared(Needs::Nothing),
            if streams() { shared(Needs::Streaming) } else { Vec::new() },
            blocking(),
            alive(),
        ]),
        Set::Streaming => {
            join([streaming::first(), shared(Needs::Streaming), streaming::tests(), alive()])
        }
        Set::Reload => cache::reload(),
        Set::MainLoop => main_loop::tests(),
        Set::NoIndexedDb => denied::tests(),
        Set::Private => join([starting_with("cache::"), starting_with("housekeeping::")]),
        Set::Housekeeping => housekeeping::tests(),
        Set::Database => database::tests(),
        Set::Offline => offline::tests(),
        Set::Killed => killed::tests(),
        Set::Cors => origins::cors(),
        Set::Csp => origins::csp(),
        Set::Quota => quota::tests(),
        Set::Records => records::tests(),
        Set::Exceptions => exceptions::tests(),
        Set::Frozen => exceptions::frozen(),
        Set::Background => background::tests(),
        Set::Aborts => aborts::tests(),
        Set::Status0 => hosts::status_0(),
        Set::NoLibfetch => hosts::no_libfetch(),
        Set::File => hosts::file(),
        Set::Node if streams() => {
            join([hosts::node(), in_node(Needs::Nothing), in_node(Needs::Streaming)])
        }
        Set::Node => hosts::node(),
        Set::Matrix => matrix::cells(),
        Set::Memory => memory::tests(),
        Set::Blocking => join([blocking(), blocking::tests(), alive()]),
        #[cfg(target_feature = "atomics")]
        Set::Threads => join([
            shared(Needs::Nothing),
            if streams() { shared(Needs::Streaming) } else { Vec::new() },
            threads::tests(),
            alive(),
        ]),
        #[cfg(not(target_feature = "atomics"))]
        Set::Threads => Vec::new(),
        Set::Jspi if streams() => join([blocking_main(), jspi::tests(), jspi::streams()]),
        Set::Jspi => join([blocking_main(), jspi::tests()]),
        Set::Soak => soak::rounds(),
    }
}

/// The tests of the set `jspi` that follow when `main` has returned.
pub(crate) fn after_main() -> Vec<(String, Run)> {
    join([jspi::after(), tests![the_runtime_stays_alive_as_long_as_before]])
}

/// The scenarios of all platforms that need this.
fn shared(needs: Needs) -> Vec<(String, Run)> {
    let modules = MODULES.iter().filter(|module| module.needs == needs);
    modules
        .flat_map(|module| {
            module.scenarios.iter().map(|&(name, scenario)| {
                (format!("{}::{name}", module.name), Box::new(scenario) as Run)
            })
        })
        .collect()
}

/// The scenarios of all platforms whose names begin so.
fn starting_with(prefix: &str) -> Vec<(String, Run)> {
    let mut scenarios = shared(Needs::Nothing);
    scenarios.retain(|(name, _)| name.starts_with(prefix));
    scenarios
}

/// The scenarios of the network. Node has no page, to which a template's URL is relative.
fn in_node(needs: Needs) -> Vec<(String, Run)> {
    let mut scenarios = shared(needs);
    scenarios.retain(|(name, _)| name.starts_with("http::") || name.starts_with("streaming::"));
    scenarios.retain(|(name, _)| name != "http::templates");
    scenarios
}

/// The scenarios that start a thread.
const WITH_THREADS: [&str; 4] = [
    "blocking::on_a_thread_of_its_own",
    "block_on::another_thread_wakes_it",
    "block_on::on_a_thread_of_its_own",
    "block_on::a_waker_that_outlives_its_thread",
];

/// The scenarios of blocked threads. A program without pthreads has one thread.
fn blocking() -> Vec<(String, Run)> {
    let mut scenarios = shared(Needs::Blocking);
    let all = scenarios.len();
    scenarios.retain(|(name, _)| !WITH_THREADS.contains(&name.as_str()));
    assert_eq!(scenarios.len() + WITH_THREADS.len(), all, "each of these names is a scenario");
    if cfg!(target_feature = "atomics") { shared(Needs::Blocking) } else { scenarios }
}

/// Of these, the scenarios of a stack that is suspended. The main thread must not wait for the end
/// of a thread that needs it, as Firefox's synchronous requests do.
fn blocking_main() -> Vec<(String, Run)> {
    const WOKEN: &str = "block_on::another_thread_wakes_it";
    let mut scenarios = blocking();
    scenarios.retain(|(name, _)| name == WOKEN || !WITH_THREADS.contains(&name.as_str()));
    scenarios
}

fn join<const N: usize>(parts: [Vec<(String, Run)>; N]) -> Vec<(String, Run)> {
    parts.into_iter().flatten().collect()
}
