//! Two versions of the crate in one program, and an Emscripten that hands out views of the heap.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::{Ending, Links, link_arguments, said};
use crate::command::{output, program, run};
use crate::project;
use crate::toolchain::{Emscripten, Suite, Toolchain};

/// The first Emscripten after 6.0.1 and 6.0.2, which hand browsers views where they take none.
const AFTER_VIEWS: Emscripten = Emscripten(6, 0, 3);

impl Links<'_> {
    /// Two versions of the crate in one program, as dependencies may bring them together.
    pub(super) fn two_versions(&mut self) -> Result<()> {
        if !self.options.is_wanted("two-versions") {
            return Ok(());
        }
        // Not below the project: cargo 1.85 would take the copy for a part of it.
        let work = self.work.path().to_owned();
        let folder = work.join("two-versions");
        fs::create_dir(&folder)?;
        older_copy(&work.join("older"))?;
        fs::write(folder.join("Cargo.toml"), manifest(&work))?;
        let toolchain = Toolchain::of(self.options.suite).with_mount(&work);
        let mut build = toolchain.exec("cargo");
        build.args("build --quiet --release --manifest-path".split(' '));
        let linked = output(build.arg(folder.join("Cargo.toml")))?;
        let ending = match linked.status.success() {
            false => Ending::bad("DOES NOT LINK", said(&linked)),
            true => {
                let ran = output(&mut self.runner(&toolchain, "two-versions")?)?;
                match ran.status.success() {
                    true => Ending::good("links and runs"),
                    false => Ending::bad("DOES NOT RUN", said(&ran)),
                }
            }
        };
        self.report("two-versions", ending);
        Ok(())
    }

    /// An Emscripten that hands browsers views of the heap where they take none, made of this one:
    /// a request does not start there.
    pub(super) fn views(&mut self) -> Result<()> {
        if self.options.suite == Suite::Host || self.version < AFTER_VIEWS {
            return Ok(());
        }
        let toolchain = Toolchain::of(self.options.suite);
        let growth = ["-sGROWABLE_ARRAYBUFFERS=2", "-sMAXIMUM_MEMORY=1GB"];
        let rows = [
            ("views-threads", toolchain.clone().with_threads(true), &[][..]),
            ("views-growth", toolchain, &growth),
        ];
        for (name, toolchain, flags) in rows {
            if self.options.is_wanted(name) {
                let ending = self.view(&toolchain, flags)?;
                self.report(name, ending);
            }
        }
        Ok(())
    }

    fn view(&self, toolchain: &Toolchain, flags: &[&str]) -> Result<Ending> {
        let library = toolchain.path()?.join("usr/share/emscripten/src/Fetch.js");
        let source = fs::read_to_string(&library).with_context(|| library.display().to_string())?;
        let changed = self.work.path().join("Fetch.js");
        fs::write(&changed, with_views(&source))?;
        // The library is another in a mount namespace of its own, which ends with the command.
        let script = r#"
            mount --bind -- "$1" "$2"
            shift 2
            exec "$@"
        "#;
        let mut link = program("unshare");
        link.args(["--mount", "--propagation", "private", "sh", "-euc", script, "-"]);
        link.args([&changed, &library]);
        let mut inner = toolchain.exec("cargo");
        inner.arg("rustc");
        link_arguments(&mut inner, "views", flags);
        link.arg(inner.get_program()).args(inner.get_args());
        link.env("EMCC_CFLAGS", "-sEXIT_RUNTIME=0").env("FETCH_EMSCRIPTEN_VERSION", "6.0.2");
        let linked = output(&mut link)?;
        if !linked.status.success() {
            return Ok(Ending::bad("DOES NOT LINK", said(&linked)));
        }
        let mut run = self.runner(toolchain, "views")?;
        let ran = output(run.env("FETCH_RUNNER_ISOLATE", "true"))?;
        let log = said(&ran);
        let first = log.lines().next().unwrap_or_default();
        Ok(match ran.status.success() {
            true => Ending::good(format!("does not start: {first}")),
            false => Ending::bad("DOES NOT SAY WHY", log),
        })
    }
}

/// A copy of both crates with an older version.
fn older_copy(folder: &Path) -> Result<()> {
    fs::create_dir(folder)?;
    let root = project::root();
    let crates = ["fetch-macros", "fetch-runtime"];
    run(program("cp").arg("-r").args(crates.map(|name| root.join(name))).arg(folder))?;
    let manifest = fs::read_to_string(root.join("Cargo.toml"))?;
    let (before, members) = manifest.split_once("members = [").context("there are members")?;
    let (_, after) = members.split_once(']').context("the list of members has an end")?;
    let members = r#"members = ["fetch-macros", "fetch-runtime"]"#;
    let version = format!("\"{}\"", current_version(&manifest));
    let after = after.replace(&version, "\"0.0.9\"");
    fs::write(folder.join("Cargo.toml"), [before, members, &after].concat())?;
    Ok(())
}

fn current_version(manifest: &str) -> &str {
    let line = manifest.lines().find_map(|line| line.strip_prefix("version = \""));
    line.and_then(|line| line.strip_suffix('"')).unwrap_or_default()
}

/// The manifest of a program with both versions.
fn manifest(work: &Path) -> String {
    let root = project::root().display();
    let older = work.join("older/fetch-runtime");
    format!(
        r#"[package]
name = "two-versions"
edition = "2024"
[[bin]]
name = "two-versions"
path = "{root}/tests/browser/links.d/two_versions.rs"
[dependencies]
fetch-runtime = {{ path = "{root}/fetch-runtime", default-features = false }}
[dependencies.older]
package = "fetch-runtime"
path = "{}"
version = "0.0.9"
default-features = false
[profile.release]
debug = 1
[workspace]
"#,
        older.display()
    )
}

/// Emscripten's library with views in place of copies: `{{{ getHeapViewOrCopy('HEAPU8', 'a', 'b')
/// }}}` becomes `HEAPU8.subarray(a, b)`.
fn with_views(source: &str) -> String {
    const BEGIN: &str = "{{{ getHeapViewOrCopy('HEAPU8', ";
    const END: &str = ") }}}";
    let mut parts = source.split(BEGIN);
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once(END) {
            Some((arguments, rest)) => {
                let arguments = arguments.replace('\'', "");
                text += &format!("HEAPU8.subarray({arguments}){rest}");
            }
            None => text += &format!("{BEGIN}{part}"),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_library_gets_views() {
        let source = "a = {{{ getHeapViewOrCopy('HEAPU8', 'ptr', 'ptr + len') }}};\nb";
        assert_eq!(with_views(source), "a = HEAPU8.subarray(ptr, ptr + len);\nb");
        assert_eq!(with_views("{{{ other }}}"), "{{{ other }}}");
    }

    #[test]
    fn the_version_is_that_of_the_workspace() {
        let manifest = fs::read_to_string(project::root().join("Cargo.toml")).unwrap();
        assert_eq!(current_version(&manifest).split('.').count(), 3);
    }

    #[test]
    fn an_older_copy_of_both_crates() {
        let work = tempfile::tempdir().unwrap();
        let older = work.path().join("older");
        older_copy(&older).unwrap();
        let manifest = fs::read_to_string(older.join("Cargo.toml")).unwrap();
        assert_eq!(current_version(&manifest), "0.0.9");
        assert!(manifest.contains(r#"members = ["fetch-macros", "fetch-runtime"]"#));
        assert!(older.join("fetch-runtime/src/lib.rs").is_file());
        let metadata = "metadata --no-deps --format-version 1 --offline --manifest-path";
        let mut cargo = crate::command::cargo(metadata);
        assert!(
            crate::command::stdout(cargo.arg(older.join("Cargo.toml"))).unwrap().contains("0.0.9")
        );
    }
}
