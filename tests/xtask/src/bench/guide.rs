//! The generated parts of the guide.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::project;

fn file() -> PathBuf {
    project::root().join("fetch-runtime/docs/benchmarks.md")
}

/// Replaces the part of this name.
pub(super) fn write(name: &str, part: &str) -> Result<()> {
    let guide = fs::read_to_string(file())?;
    fs::write(file(), replaced(&guide, name, part)?)?;
    Ok(())
}

/// The guide with another text between the two comments of this name.
fn replaced(guide: &str, name: &str, part: &str) -> Result<String> {
    let [begin, end] = ["begin", "end"].map(|edge| format!("<!-- {name}: {edge} -->\n"));
    let missing = || format!("the guide has no part {name:?}");
    let (before, rest) = guide.split_once(&begin).with_context(missing)?;
    let (_, after) = rest.split_once(&end).with_context(missing)?;
    Ok([before, &begin, part, &end, after].concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Engine;

    #[test]
    fn a_part_is_replaced() {
        let guide = "a\n<!-- x: begin -->\nold\n<!-- x: end -->\nb\n";
        let new = replaced(guide, "x", "new\n").unwrap();
        assert_eq!(new, "a\n<!-- x: begin -->\nnew\n<!-- x: end -->\nb\n");
        assert!(replaced(guide, "y", "").is_err());
    }

    #[test]
    fn each_table_has_its_place() {
        let guide = fs::read_to_string(file()).unwrap();
        let engines = Engine::BROWSERS.map(Engine::word);
        for name in engines.into_iter().chain(["native", "sizes"]) {
            let replaced = replaced(&guide, name, "| new |\n").unwrap();
            assert!(replaced.contains("| new |"), "{name}");
        }
    }
}
