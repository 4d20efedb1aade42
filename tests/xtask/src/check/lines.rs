//! Lines of at most 100 columns in Rust, Markdown and shell.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use anyhow::{Result, bail};

use crate::project;

const LIMIT: usize = 100;

/// Checks every file of the repository.
pub(crate) fn check() -> Result<()> {
    let mut faults = Vec::new();
    for file in project::files()? {
        let Ok(text) = fs::read_to_string(project::root().join(&file)) else { continue };
        if is_checked(&file, &text) {
            let file = file.display();
            let describe = |(line, width)| format!("{file}:{line}: {width} columns");
            faults.extend(too_long(&text).map(describe));
        }
    }
    if !faults.is_empty() {
        bail!("lines end at {LIMIT} columns:\n{}", faults.join("\n"));
    }
    Ok(())
}

fn is_checked(file: &Path, text: &str) -> bool {
    match file.extension().and_then(OsStr::to_str) {
        Some("rs" | "md" | "sh") => true,
        Some(_) => false,
        None => {
            text.starts_with("#!") && text.lines().next().is_some_and(|line| line.ends_with("sh"))
        }
    }
}

/// The numbers and widths of the lines that are too long. A table's row is no exception: a table
/// whose cells hold sentences reads better as a list.
fn too_long(text: &str) -> impl Iterator<Item = (usize, usize)> {
    let lines = text.lines().enumerate().map(|(number, line)| (number + 1, line));
    lines
        .filter(|(_, line)| !is_link_alone(line))
        .map(|(number, line)| (number, line.chars().count()))
        .filter(|(_, width)| *width > LIMIT)
}

/// Whether nothing could be moved to another line: a URL, behind a comment's sign, a list's, or
/// that of a link's definition.
fn is_link_alone(line: &str) -> bool {
    let words: Vec<_> = line.split_whitespace().collect();
    match words.as_slice() {
        [url] => url.contains("://"),
        [sign, url] => {
            let is_sign = sign.chars().all(|sign| !sign.is_alphanumeric());
            url.contains("://") && (is_sign || sign.ends_with("]:"))
        }
        [sign, name, url] => url.contains("://") && sign.starts_with("//") && name.ends_with("]:"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_found() {
        let wide = "ü".repeat(LIMIT);
        assert_eq!(too_long(&wide).count(), 0);
        let text = format!("a\n{wide}.\n");
        assert_eq!(too_long(&text).collect::<Vec<_>>(), [(2, 101)]);
        let row = format!("| {wide} |");
        assert_eq!(too_long(&row).count(), 1);
    }

    #[test]
    fn a_url_that_cannot_be_broken_is_let_through() {
        let url = format!("https://{}", "a".repeat(LIMIT));
        for line in
            [url.clone(), format!("/// {url}"), format!("[x]: {url}"), format!("//! [x]: {url}")]
        {
            assert_eq!(too_long(&line).count(), 0, "{line}");
        }
        assert_eq!(too_long(&format!("See {url}")).count(), 1);
        assert_eq!(too_long(&format!("[text]({url}) and more")).count(), 1);
    }

    #[test]
    fn the_files_that_are_checked() {
        for (file, text) in
            [("a.rs", ""), ("README.md", ""), ("tests/run", "#!/usr/bin/env bash\n")]
        {
            assert!(is_checked(Path::new(file), text), "{file}");
        }
        for (file, text) in
            [("a.stderr", ""), ("Cargo.lock", ""), ("LICENSE-MIT", "MIT"), ("a.js", "")]
        {
            assert!(!is_checked(Path::new(file), text), "{file}");
        }
    }
}
