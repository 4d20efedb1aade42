//! What SECURITY.md promises.

mod answers;
mod cache;
mod endless;
mod redirects;
mod requests;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The guarantees of each section: what stands between backticks at the end of a list's entry.
fn guarantees(of_the_web: bool) -> BTreeSet<&'static str> {
    let security = include_str!("../../../SECURITY.md");
    let (_, guarantees) = security.split_once("\n## Guarantees\n").expect("a heading");
    let (guarantees, _) = guarantees.split_once("\n## ").expect("the next heading");
    let sections = guarantees.split("\n### ").skip(1);
    let sections = sections.filter(|section| section.starts_with("On the web\n") == of_the_web);
    let entries = sections.flat_map(|section| section.split("\n- ").skip(1));
    let names = entries.flat_map(|entry| {
        let entry = entry.split("\n\n").next().unwrap_or_default().trim_end();
        let (_, end) = entry.rsplit_once(['.', '\n']).unwrap_or_default();
        let names: Vec<_> = end.split('`').skip(1).step_by(2).collect();
        assert!(!names.is_empty(), "no test: {entry}");
        names
    });
    names.collect()
}

/// Each guarantee has its test, and each test its guarantee.
#[test]
fn the_promises_in_security_md() {
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
    assert_eq!(guarantees(false), tests.iter().map(String::as_str).collect());
}

/// The browser's tests and sets are there.
#[test]
fn the_promises_for_the_web() {
    let sources: String = ["browser", "browser/real", "shared"]
        .iter()
        .map(|folder| Path::new(env!("CARGO_MANIFEST_DIR")).join(folder))
        .flat_map(|folder| fs::read_dir(folder).expect("a folder"))
        .map(|file| file.expect("a file").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .map(|path| fs::read_to_string(path).expect("a source"))
        .collect();
    for name in guarantees(true) {
        let is_there = [format!("\"{name}\""), format!("fn {name}("), format!("mod {name};")];
        assert!(is_there.iter().any(|text| sources.contains(text)), "there is no test {name}");
    }
}
