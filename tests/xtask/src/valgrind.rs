//! The native suite under valgrind: no error and no leak.

use std::path::Path;

use anyhow::{Result, bail, ensure};

use crate::artifacts;
use crate::command::{cargo, output, program, run, stdout};

/// An ignored test that closes a request without the guard, which leaks. valgrind must find that:
/// the proof that it looks.
const LEAKS: &str = "plain_close::a_load_from_the_cache_leaks";

/// The tests that are left out, and why.
const SKIPPED: &[(&str, &[&str])] = &[
    (
        "TLS: its cryptography is assembly, and valgrind does not see that write",
        &[
            "backend::tls",
            "names_certificates",
            "never_from_https_to_http",
            "wire::http2",
            "proxies::tls_goes_through_a_tunnel",
            "proxies::a_proxy_with_tls",
        ],
    ),
    ("its proxy is reached by TLS", &["loopback_needs_no_proxy"]),
    (
        "a thread that ends with a request in flight leaks its context, as the guide Limits says",
        &[
            "backend::a_thread_may_end_while_requests_are_in_flight",
            "backend::abort_at_the_end_of_a_thread",
            "limit::the_end_of_a_thread",
            "script::a_close_without_a_handle_closes_no_other_fetch",
        ],
    ),
    (
        "a future that another thread drops is leaked, because the drop panics",
        &["ecosystem::threads::no_other_thread_drops_a_future"],
    ),
    (
        "SQLite reads memory that another process writes, and valgrind does not see that either",
        &[
            "backend::a_crash_in_the_middle_of_a_store",
            "http_cache::a_crash_in_the_middle_of_a_download",
        ],
    ),
    (
        "a task that yields all the time leaves the backend's threads none of valgrind's",
        &["a_future_that_yields", "a_task_that_yields_starves_nothing"],
    ),
    (
        "they make no request, but read the project's files and run its commands",
        &["commands::", "documents::", "readme::"],
    ),
    (
        "what takes milliseconds natively may take longer than its timeout",
        &["limit::the_wait_is_not_part_of_a_timeout", "limit::idle_timeouts"],
    ),
    (
        "so many requests or bytes take minutes, or keep a worker busy past the end",
        &[
            "more_than_the_memory",
            "security::endless::the_deadline_holds",
            "controller::a_request_that_is_over_is_forgotten",
        ],
    ),
];

/// Runs the suite, then the test that must fail.
pub(crate) fn check() -> Result<()> {
    // Its tests have timeouts, and the other parts would leave it too little of the processor.
    // Only root may do that: it is no failure.
    let _ = rustix::process::nice(-10);
    let native = build()?;
    let mut suite = valgrind(&native);
    suite.arg("--test-threads=2");
    for name in SKIPPED.iter().flat_map(|(_, names)| *names) {
        suite.args(["--skip", name]);
    }
    run(&mut suite)?;
    check_that_it_looks(&native)
}

/// Builds the native suite, optimised: valgrind takes a third of the time. It has the features of
/// the whole workspace. With those of one package alone, cargo would build again all other crates,
/// which are optimised for all tests.
fn build() -> Result<std::path::PathBuf> {
    let mut build = cargo("test --locked --workspace --test native --no-run");
    build.env("CARGO_PROFILE_TEST_OPT_LEVEL", "1");
    artifacts::build_one(&mut build, "native")
}

fn valgrind(native: &Path) -> std::process::Command {
    let mut command = program("valgrind");
    command.args("--quiet --leak-check=full --error-exitcode=9 --fair-sched=yes".split(' '));
    command.arg("--suppressions=tests/native/valgrind.supp").arg(native);
    command
}

fn check_that_it_looks(native: &Path) -> Result<()> {
    let listed = stdout(program(native).args(["--list", "--ignored", "--exact", LEAKS]))?;
    ensure!(listed.contains(LEAKS), "the native suite has no ignored test {LEAKS}");
    let output = output(valgrind(native).args(["--ignored", "--exact", LEAKS]))?;
    ensure!(!output.status.success(), "{LEAKS} leaks, and valgrind has not seen it");
    let said = String::from_utf8_lossy(&output.stderr);
    match said.lines().find(|line| line.contains("bytes in ") && line.contains("definitely lost")) {
        Some(line) => println!("without the guard: {}", after_the_mark(line)),
        None => bail!("{LEAKS} failed, but not by a leak:\n{said}"),
    }
    Ok(())
}

/// The text after valgrind's mark, `==1234== `.
fn after_the_mark(line: &str) -> &str {
    line.rsplit("== ").next().unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_is_cut_off() {
        let line = "==1234== 176 bytes in 1 blocks are definitely lost in loss record 3 of 9";
        assert!(after_the_mark(line).starts_with("176 bytes"), "{line}");
    }
}
