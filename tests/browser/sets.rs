//! The tests of each set.

use fetch_runtime::set_base_url;
use fetch_shared::scenario::Test;
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
            join([hosts::node(), with_base_url(join([page::without_a_cache(), in_node()]))])
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

/// The modules and scenarios that cannot run under Node, by the reason.
const NOT_IN_NODE: [(&str, &[&str]); 3] = [
    (
        "Node has no IndexedDB, and so no cache",
        &[
            "cache",
            "housekeeping",
            "http_cache",
            "entries",
            "manifest",
            "resume",
            "integrity::a_body_that_breaks_off",
            "integrity::another_body_is_not_stored",
            "integrity::another_body_replaces_no_record",
            "integrity::a_record_that_matches",
            "integrity::a_corrupt_record_is_replaced",
            "integrity::a_corrupt_record_is_deleted",
            "integrity::a_corrupt_record_and_another_download",
            "integrity::a_corrupt_record_without_a_network",
            "integrity::a_corrupt_record_before_a_download",
            "integrity::a_corrupt_record_that_is_replaced_meanwhile",
            "integrity::an_empty_record",
            "integrity::awaited",
            "lifecycle::abort_while_the_cache_is_asked",
            "observer::each_request_has_a_start_and_an_end",
            "requests::a_record_of_json",
            "awaiting::the_cache",
        ],
    ),
    (
        "the `fetch` function does not report uploads",
        &[
            "uploads::grows_to_the_whole",
            "uploads::a_short_body",
            "uploads::without_a_body",
            "uploads::beside_the_progress_of_the_response",
            "uploads::awaited",
            "uploads::literals",
            "uploads::a_redirect_that_sends_it_again",
            "uploads::a_redirect_that_drops_it",
            "uploads::an_error_status",
            "uploads::breaks_off",
            "uploads::refused",
            "uploads::timeout",
            "uploads::an_abort_between_two_reports",
            "uploads::an_abort_inside",
            "uploads::a_signal",
            "uploads::a_future_that_is_dropped",
            "uploads::a_request_from_inside",
            "uploads::dropped_before_the_handler",
        ],
    ),
    ("C code starts fetches without this crate, which brings the XMLHttpRequest", &["from_c"]),
];

/// The other scenarios, but those of blocked threads.
fn in_node() -> Vec<(String, Run)> {
    let all = join([shared(Needs::Nothing), shared(Needs::Streaming)]);
    let is_named = |name: &str, test: &str| {
        test.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
    };
    let left_out: Vec<_> = NOT_IN_NODE.iter().flat_map(|(_, names)| *names).collect();
    for name in &left_out {
        assert!(all.iter().any(|(test, _)| is_named(name, test)), "{name} is no scenario");
    }
    all.into_iter().filter(|(test, _)| !left_out.iter().any(|name| is_named(name, test))).collect()
}

/// The same tests of a program that sets a base URL, as on the desktop: there is no page to which
/// a URL is relative.
fn with_base_url(tests: Vec<(String, Run)>) -> Vec<(String, Run)> {
    tests
        .into_iter()
        .map(|(name, test)| {
            let run = move |t: &Test| {
                set_base_url(&t.url("/")).expect("a base URL");
                test(t);
            };
            (name, Box::new(run) as Run)
        })
        .collect()
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
