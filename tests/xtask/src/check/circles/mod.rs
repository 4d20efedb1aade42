//! Finds circles of files that depend on each other, and dependencies between folders that point
//! the wrong way.

mod items;
mod krate;
mod resolve;
#[cfg(test)]
mod tests;
mod uses;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use self::krate::Crate;
use self::resolve::Resolver;
use crate::project;

/// The folders of fetch-runtime, and the file that the macros' code calls: each depends on those
/// before it alone. Folders in one row may depend on each other.
const FOLDERS: &[&[&str]] = &[
    &["sys"],
    &["raw", "response"],
    &["request"],
    &["flight"],
    &["extras"],
    &["bridge"],
    &["task"],
    &["future"],
    &["cache"],
    &["ecosystem"],
    &["private.rs"],
];

/// Checks both crates.
pub(crate) fn check() -> Result<()> {
    let mut faults = Vec::new();
    for (name, folders) in [("fetch-runtime", FOLDERS), ("fetch-macros", &[])] {
        let source = project::root().join(name).join("src");
        let found = faults_of(&source, folders)?;
        faults.extend(found.into_iter().map(|fault| format!("{name}: {fault}")));
    }
    if !faults.is_empty() {
        bail!("{}", faults.join("\n"));
    }
    Ok(())
}

/// The circles of a crate, and the dependencies that point to a later folder.
fn faults_of(source: &Path, folders: &[&[&str]]) -> Result<Vec<String>> {
    let graph = Graph::read(source)?;
    let circles = graph.circles().into_iter().map(|circle| graph.describe(&circle));
    Ok(circles.chain(graph.against(folders)).collect())
}

/// The files of a crate, and for each dependency the names that make it.
struct Graph {
    files: Vec<PathBuf>,
    arrows: BTreeMap<(usize, usize), BTreeSet<String>>,
}

impl Graph {
    fn read(source: &Path) -> Result<Self> {
        let krate = Crate::read(source)?;
        let mut resolver = Resolver::new(&krate);
        let mut arrows = BTreeMap::<_, BTreeSet<_>>::new();
        for (module, data) in krate.modules.iter().enumerate() {
            for path in &data.uses {
                for file in resolver.files(module, path) {
                    if file != data.file {
                        arrows.entry((data.file, file)).or_default().insert(path.join("::"));
                    }
                }
            }
        }
        let relative = |file: &PathBuf| file.strip_prefix(source).unwrap_or(file).to_owned();
        Ok(Self { files: krate.files.iter().map(relative).collect(), arrows })
    }

    /// The sets of files in which each file depends on all others, directly or not.
    fn circles(&self) -> Vec<BTreeSet<usize>> {
        let all = 0..self.files.len();
        let reached: Vec<_> = all.clone().map(|file| self.reached_from(file)).collect();
        let circle = |file: usize| -> BTreeSet<usize> {
            reached[file].iter().copied().filter(|other| reached[*other].contains(&file)).collect()
        };
        all.map(circle)
            .filter(|circle| circle.len() > 1)
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect()
    }

    fn reached_from(&self, file: usize) -> BTreeSet<usize> {
        let mut reached = BTreeSet::new();
        let mut left = vec![file];
        while let Some(from) = left.pop() {
            for (_, to) in self.arrows.keys().filter(|(start, _)| *start == from) {
                if reached.insert(*to) {
                    left.push(*to);
                }
            }
        }
        reached
    }

    fn describe(&self, circle: &BTreeSet<usize>) -> String {
        let mut text = format!("a circle of {} files:", circle.len());
        for ((from, to), names) in &self.arrows {
            if circle.contains(from) && circle.contains(to) {
                text += &format!("\n    {}", self.arrow(*from, *to, names));
            }
        }
        text
    }

    /// The dependencies on a later folder.
    fn against(&self, folders: &[&[&str]]) -> Vec<String> {
        let rank = |file: usize| {
            let folder = self.files[file].components().next()?.as_os_str();
            let is_in = |row: &&[&str]| row.iter().any(|name| folder == *name);
            folders.iter().position(is_in)
        };
        let is_wrong =
            |from, to| matches!((rank(from), rank(to)), (Some(from), Some(to)) if from < to);
        let wrong = self.arrows.iter().filter(|((from, to), _)| is_wrong(*from, *to));
        wrong
            .map(|((from, to), names)| {
                format!("a folder depends on a later one: {}", self.arrow(*from, *to, names))
            })
            .collect()
    }

    fn arrow(&self, from: usize, to: usize, names: &BTreeSet<String>) -> String {
        let names = telling(names).join(", ");
        format!("{} -> {}: {names}", self.files[from].display(), self.files[to].display())
    }
}

/// The names without those that an import among them has brought: `Item` after `crate::Item`.
fn telling(names: &BTreeSet<String>) -> Vec<&str> {
    let is_imported = |name: &str| {
        let first = name.split("::").next();
        names.iter().any(|other| other != name && other.rsplit("::").next() == first)
    };
    names.iter().map(String::as_str).filter(|name| !is_imported(name)).collect()
}
