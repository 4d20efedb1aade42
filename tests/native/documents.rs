//! The guide *Upstream* names tests that exist.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The names between backticks after "Tests", and those of the list of rows by their moment.
fn named(guide: &str) -> BTreeSet<&str> {
    let entries = guide.split("\n\n").flat_map(|paragraph| paragraph.split("\n- "));
    let lists = entries.filter_map(|text| {
        let (_, names) = text.split_once("Tests").or_else(|| text.split_once(": row"))?;
        Some(names)
    });
    let words = lists.flat_map(|names| names.split('`').skip(1).step_by(2));
    let is_name = |word: &&str| {
        !word.ends_with(':')
            && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-:".contains(&byte))
    };
    words.filter(is_name).collect()
}

/// All Rust sources and manifests under a folder.
fn sources(folder: &Path) -> String {
    let mut text = String::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            text += &sources(&path);
        } else if path.extension().is_some_and(|extension| extension == "rs" || extension == "toml")
        {
            text += &fs::read_to_string(path).expect("a source");
        }
    }
    text
}

#[test]
fn upstream_names_tests_that_exist() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    let sources = sources(tests) + &sources(&tests.join("../examples"));
    let words: BTreeSet<_> = sources
        .split(|character: char| !(character.is_alphanumeric() || "_-".contains(character)))
        .collect();
    let named = named(include_str!("../../fetch-runtime/docs/upstream.md"));
    assert!(named.len() > 120, "{} names", named.len());
    let missing: Vec<_> = named
        .into_iter()
        .filter(|name| !words.contains(name.rsplit("::").next().unwrap_or_default()))
        .collect();
    assert!(missing.is_empty(), "there is no {missing:?}");
}
