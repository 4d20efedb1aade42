//! The promises of SECURITY.md.

mod answers;
mod cache;
mod endless;
mod redirects;
mod requests;

use std::collections::BTreeSet;

/// Each promise has its test, and each test its promise.
#[test]
fn the_promises_in_security_md() {
    let promised: BTreeSet<String> = include_str!("../../../SECURITY.md")
        .lines()
        .filter_map(|line| line.strip_prefix('|')?.strip_suffix("` |")?.rsplit_once("| `"))
        .map(|(_, test)| test.to_owned())
        .collect();
    let tests: BTreeSet<String> = [
        ("answers", include_str!("answers.rs")),
        ("cache", include_str!("cache.rs")),
        ("endless", include_str!("endless.rs")),
        ("redirects", include_str!("redirects.rs")),
        ("requests", include_str!("requests.rs")),
    ]
    .iter()
    .flat_map(|(module, source)| {
        let tests = source.split("#[test]\nfn ").skip(1);
        tests.map(move |test| format!("{module}::{}", test.split('(').next().unwrap_or_default()))
    })
    .collect();
    assert_eq!(promised, tests);
}
