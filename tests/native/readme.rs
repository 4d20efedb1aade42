//! The generated parts of `tests/README.md` are up to date; `FETCH_TEST_WRITE_README=1` writes
//! them.

use std::fs;
use std::sync::Mutex;

use fetch_shared::engine::{Difference, Engine};
use fetch_shared::matrix::table::table;
use fetch_shared::sets::{NEWER, Run, Set};

/// The tests write the same file.
static README: Mutex<()> = Mutex::new(());

/// Compares the part of this name with `expected`, or writes it.
fn check(part: &str, expected: &str) {
    let _lock = README.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
    let readme = fs::read_to_string(path).expect("tests/README.md");
    let [begin, end] = ["begin", "end"].map(|edge| format!("<!-- {part}: {edge} -->\n"));
    let (before, rest) = readme.split_once(&begin).expect("where the part begins");
    let (written, after) = rest.split_once(&end).expect("where the part ends");
    if std::env::var_os("FETCH_TEST_WRITE_README").is_some() {
        let readme = [before, &begin, expected, &end, after].concat();
        fs::write(path, readme).expect("tests/README.md");
    } else {
        assert_eq!(written, expected, "run this test with FETCH_TEST_WRITE_README=1");
    }
}

#[test]
fn the_matrix() {
    check("matrix", &table());
}

#[test]
fn the_sets() {
    let [major, minor, patch] = NEWER;
    let mut text = format!(
        "Before Emscripten {major}.{minor}.{patch}, a set with {MARK} runs in Chromium alone.\n\n"
    );
    for set in Set::ALL {
        let marked = set.runs().iter().filter(|run| run.older_in_chromium).count();
        let older = set.runs().iter().filter(|run| run.since < NEWER).count();
        assert!([0, older].contains(&marked), "some runs of {set:?} would be marked");
        let mark = if marked > 0 { MARK } else { "" };
        text += &wrapped("- ", &format!("`{}`{mark}: {}", set.name(), set.proves()));
        let runs: Vec<_> = set.runs().iter().map(shown).collect();
        match &runs[..] {
            [run] if run == AS_IT_IS => {}
            runs => runs.iter().for_each(|run| text += &wrapped("  - ", run)),
        }
    }
    check("sets", &text);
}

#[test]
fn the_differences() {
    let mut text = String::new();
    for difference in Difference::ALL {
        let engines: Vec<_> = difference.engines().iter().map(|engine| engine.name()).collect();
        text += &wrapped("- ", &format!("{}: {}", engines.join(", "), difference.reason()));
    }
    check("differences", &text);
}

const AS_IT_IS: &str = "as it is";

/// Of a set that runs before [`NEWER`] in Chromium alone.
const MARK: &str = "\\*";

/// A run, for readers.
fn shown(run: &Run) -> String {
    let mut parts = Vec::new();
    if run.engines != Engine::BROWSERS {
        let names: Vec<_> = run.engines.iter().map(|engine| engine.name()).collect();
        let reason = run.ability.map(|ability| format!(" ({})", ability.reason()));
        parts.push(format!("in {}{}", names.join(" and "), reason.unwrap_or_default()));
    }
    if run.threads {
        parts.push("with `--threads`".to_owned());
    }
    if run.since > [0; 3] {
        let [major, minor, patch] = run.since;
        parts.push(format!("from Emscripten {major}.{minor}.{patch} on"));
    }
    parts.extend(run.environment.iter().map(|(name, value)| format!("`{name}={value}`")));
    if parts.is_empty() { AS_IT_IS.to_owned() } else { parts.join(", ") }
}

/// The text in lines of at most 100 columns. The first begins with `bullet`, the others are as far
/// in.
fn wrapped(bullet: &str, text: &str) -> String {
    let mut lines = String::new();
    let mut line = bullet.trim_end().to_owned();
    for word in text.split(' ') {
        if line.chars().count() + 1 + word.chars().count() > 100 {
            lines += &format!("{line}\n");
            line = " ".repeat(bullet.len() - 1);
        }
        line += &format!(" {word}");
    }
    lines + &format!("{line}\n")
}

#[test]
fn the_list_of_sets_is_for_programs() {
    let list = fetch_shared::sets::list();
    for line in list.lines() {
        let columns: Vec<_> = line.split('\t').collect();
        let [set, engines, older, threads, since, environment] = columns[..] else {
            panic!("{line:?}")
        };
        assert!(Set::named(set).is_some(), "{line:?}");
        let known = ["chromium", "firefox", "webkit", "node"];
        assert!(engines.split(',').all(|engine| known.contains(&engine)), "{line:?}");
        assert!(older.split(',').all(|older| engines.contains(older)), "{line:?}");
        assert!(["threads", "-"].contains(&threads), "{line:?}");
        assert_eq!(since.split('.').filter(|part| part.parse::<u32>().is_ok()).count(), 3);
        assert!(environment.split(", ").all(|pair| pair == "-" || pair.contains('=')), "{line:?}");
    }
    assert!(Set::ALL.iter().all(|set| list.contains(&format!("{}\t", set.name()))));
}

/// A newcomer reads it as a whole.
#[test]
fn the_readme_is_short() {
    let readme = include_str!("../../README.md");
    let lines = readme.lines().count();
    assert!(lines <= 150, "{lines} lines");
}
