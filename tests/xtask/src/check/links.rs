//! Links between Markdown files: their files and headings exist.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use crate::project;

/// Checks every Markdown file of the repository. Links to other sites are not followed.
pub(crate) fn check() -> Result<()> {
    let files = project::files()?;
    let mut pages = BTreeMap::new();
    for file in files.into_iter().filter(|file| file.extension().is_some_and(|end| end == "md")) {
        let text = fs::read_to_string(project::root().join(&file))
            .with_context(|| file.display().to_string())?;
        pages.insert(file, Page::parse(&text));
    }
    let faults = dead(project::root(), &pages);
    if !faults.is_empty() {
        bail!("links that lead nowhere:\n{}", faults.join("\n"));
    }
    Ok(())
}

/// The links in a Markdown file, and the anchors of its headings.
#[derive(Default)]
struct Page {
    links: Vec<String>,
    anchors: HashSet<String>,
}

impl Page {
    fn parse(text: &str) -> Self {
        let mut page = Self::default();
        let mut taken = HashMap::new();
        let mut heading: Option<String> = None;
        for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
            match event {
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    page.links.push(dest_url.into_string());
                }
                Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
                Event::End(TagEnd::Heading(_)) => {
                    let title = heading.take().unwrap_or_default();
                    page.anchors.insert(anchor(&title, &mut taken));
                }
                Event::Text(text) | Event::Code(text) => {
                    if let Some(title) = &mut heading {
                        title.push_str(&text);
                    }
                }
                _ => {}
            }
        }
        page
    }
}

/// The anchor that GitHub gives a heading; `taken` counts those of the headings before it.
fn anchor(title: &str, taken: &mut HashMap<String, usize>) -> String {
    let kept = title.to_lowercase();
    let kept = kept.trim().chars().filter(|sign| sign.is_alphanumeric() || " -_".contains(*sign));
    let anchor: String = kept.map(|sign| if sign == ' ' { '-' } else { sign }).collect();
    let before = taken.entry(anchor.clone()).or_default();
    *before += 1;
    match *before {
        1 => anchor,
        count => format!("{anchor}-{}", count - 1),
    }
}

/// The links whose file or anchor does not exist.
fn dead(root: &Path, pages: &BTreeMap<PathBuf, Page>) -> Vec<String> {
    let mut faults = Vec::new();
    for (file, page) in pages {
        for link in page.links.iter().filter(|link| is_local(link)) {
            let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = match path {
                "" => file.clone(),
                path => normal(&file.parent().unwrap_or(Path::new("")).join(path)),
            };
            let has_anchor = || {
                let anchors = pages.get(&target).map(|page| &page.anchors);
                anchors.is_none_or(|anchors| anchors.contains(anchor))
            };
            if !root.join(&target).exists() {
                faults.push(format!("{}: {link}: there is no such file", file.display()));
            } else if !anchor.is_empty() && !has_anchor() {
                faults.push(format!("{}: {link}: there is no such heading", file.display()));
            }
        }
    }
    faults
}

/// Whether a link is to a file of the repository. Those to items are rustdoc's to check.
fn is_local(link: &str) -> bool {
    let has_scheme = link.contains("://") || link.starts_with("mailto:");
    let is_item = link.contains("::") || link.contains('@') || link.ends_with("()");
    let is_name = link.chars().all(|sign| sign.is_alphanumeric() || "_!".contains(sign));
    !has_scheme && !is_item && !is_name
}

/// The path without `.` and `..`.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part.as_os_str().to_str() {
            Some("..") => drop(normal.pop()),
            Some(".") => {}
            _ => normal.push(part),
        }
    }
    normal
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dead_links(pages: &[(&str, &str)]) -> Vec<String> {
        let root = tempfile::tempdir().unwrap();
        let mut parsed = BTreeMap::new();
        for (name, text) in pages {
            let file = root.path().join(name);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
            parsed.insert(PathBuf::from(name), Page::parse(text));
        }
        dead(root.path(), &parsed)
    }

    #[test]
    fn links_that_lead_somewhere() {
        let readme = "# The `run` command, again\n## Twice\n## Twice\n\
            [a](#the-run-command-again) [b](docs/a.md#ü-x) [c](#twice-1) [d](docs) \
            [e](https://x.y/z)\n\
            [f]: docs/a.md\n[f] [g](crate::Request) [h](RequestString)";
        let other = "# Ü: x\n[up](../README.md#twice)\n```\n[no](link)\n```";
        assert_eq!(dead_links(&[("README.md", readme), ("docs/a.md", other)]), [""; 0]);
    }

    #[test]
    fn links_that_lead_nowhere() {
        let readme = "# A\n[a](#b) [b](c.md) ![c](d.png) [d](docs/a.md#x)";
        let expected = [
            "README.md: #b: there is no such heading",
            "README.md: c.md: there is no such file",
            "README.md: d.png: there is no such file",
            "README.md: docs/a.md#x: there is no such heading",
        ];
        assert_eq!(dead_links(&[("README.md", readme), ("docs/a.md", "# Y")]), expected);
    }
}
