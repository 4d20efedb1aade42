//! Links a program in each of the ways that fetch-runtime/docs/linking.md lists, and runs it.

mod extra;
mod rows;

use std::path::PathBuf;
use std::process::{Command, Output};

use anyhow::{Result, ensure};
use clap::Args;
use tempfile::TempDir;

use self::rows::{ROWS, Row};
use crate::browser::{build_runner, runner};
use crate::command::{output, program, run};
use crate::project;
use crate::report::left_out;
use crate::toolchain::{Emscripten, Suite, Toolchain};

#[derive(Args)]
pub(crate) struct Linking {
    /// The toolchain
    #[arg(long, value_enum, default_value_t = Suite::Trixie)]
    suite: Suite,

    /// The rows to link; all, where none is named
    #[arg(value_name = "ROW")]
    rows: Vec<String>,
}

/// The state of a run.
struct Links<'a> {
    options: &'a Linking,
    version: Emscripten,
    work: TempDir,
    passed: usize,
    failed: usize,
}

impl Linking {
    pub(crate) fn run(&self) -> Result<()> {
        let versions = Toolchain::of(self.suite).versions()?;
        print!("{versions}");
        let version = Emscripten::parse(&versions)?;
        build_runner()?;
        let work = tempfile::tempdir()?;
        let mut links = Links { options: self, version, work, passed: 0, failed: 0 };
        links.rows()?;
        links.two_versions()?;
        links.views()?;
        println!("{} as they should be, {} not", links.passed, links.failed);
        ensure!(links.failed == 0, "rows are not as the documentation says");
        Ok(())
    }

    fn is_wanted(&self, name: &str) -> bool {
        self.rows.is_empty() || self.rows.iter().any(|row| row == name)
    }
}

/// How a row ended, and its last output.
struct Ending {
    is_good: bool,
    text: String,
    log: String,
}

impl Ending {
    fn good(text: impl Into<String>) -> Self {
        Self { is_good: true, text: text.into(), log: String::new() }
    }

    fn bad(text: &str, log: String) -> Self {
        Self { is_good: false, text: text.into(), log }
    }
}

impl Links<'_> {
    fn rows(&mut self) -> Result<()> {
        let wanted = |row: &&Row| self.options.is_wanted(row.name);
        let rows: Vec<&Row> = ROWS.iter().filter(wanted).collect();
        let mut closure = None;
        if rows.iter().any(|row| row.has("--closure")) {
            closure = self.closure_compiler()?;
        }
        for row in rows {
            if closure.is_some() || !row.has("--closure") {
                let ending = self.row(row, closure.clone().unwrap_or_default())?;
                self.report(row.name, ending);
            }
        }
        Ok(())
    }

    fn report(&mut self, name: &str, ending: Ending) {
        let count = if ending.is_good { &mut self.passed } else { &mut self.failed };
        *count += 1;
        println!("{name:<28} {}", ending.text);
        let lines: Vec<_> = ending.log.lines().collect();
        for line in &lines[lines.len().saturating_sub(30)..] {
            eprintln!("    {}", line.chars().take(400).collect::<String>());
        }
    }

    fn row(&self, row: &Row, closure: PathBuf) -> Result<Ending> {
        let toolchain = Toolchain::of(self.options.suite).with_panic(row.panic);
        let mut link = toolchain.exec("env");
        // A variable of the toolchain's own environment, which others do not reach.
        link.arg(format!("EM_CLOSURE_COMPILER={}", closure.display()));
        link.args(["cargo", "rustc"]);
        link_arguments(&mut link, "links", row.flags);
        if row.has("-sFETCH_SUPPORT_INDEXEDDB=0") {
            link.env("FETCH_LINKS_NO_CACHE", "yes");
        }
        if row.may_wait(self.version) {
            link.env("FETCH_LINKS_MAY_WAIT", "yes");
        }
        let linked = output(&mut link)?;
        let is_factory = row.has("-sMODULARIZE") || row.has("-sEXPORT_ES6");
        let ran = match linked.status.success() {
            true => {
                let mut run = self.runner(&toolchain, "links")?;
                if is_factory {
                    let page = project::root().join("tests/browser/links.d/factory.html");
                    run.env("FETCH_RUNNER_PAGE", page);
                }
                if row.has("-sFETCH_SUPPORT_INDEXEDDB=0") {
                    run.env("FETCH_LINKS_NO_CACHE", "yes");
                }
                Some(output(&mut run)?)
            }
            false => None,
        };
        let log = said(ran.as_ref().unwrap_or(&linked));
        let works = ran.as_ref().is_some_and(|ran| ran.status.success());
        Ok(match (row.fails(self.version), works) {
            (None, true) => Ending::good("links and runs"),
            (None, false) if ran.is_some() => Ending::bad("DOES NOT RUN", log),
            (None, false) => Ending::bad("DOES NOT LINK", log),
            (Some(_), true) => Ending::bad("LINKS AND RUNS: change the documentation", log),
            (Some(text), false) if log.contains(text) => {
                Ending::good(format!("does not work: {text}"))
            }
            (Some(_), false) => Ending::bad("DOES NOT WORK, and says something else", log),
        })
    }

    /// The runner, with a program that this toolchain has linked.
    fn runner(&self, toolchain: &Toolchain, name: &str) -> Result<Command> {
        let mut command = program(runner());
        command.arg(toolchain.release_dir()?.join(format!("{name}.js")));
        command.env("FETCH_RUNNER_TIMEOUT", "120");
        Ok(command)
    }

    /// The compiler of --closure, in the release that this Emscripten was made with; none without
    /// npm.
    fn closure_compiler(&self) -> Result<Option<PathBuf>> {
        let is_old = self.version < Emscripten(6, 0, 0);
        let release = if is_old { "20240317.0.0" } else { "20260629.0.0" };
        // In the project, which the toolchain sees.
        let folder = project::root().join("target/links").join(format!("closure-{release}"));
        let compiler = folder.join("node_modules/google-closure-compiler-linux/compiler");
        if !compiler.is_file() {
            let mut npm = program("npm");
            npm.args(["install", "--silent", "--prefix"]).arg(&folder);
            if run(npm.arg(format!("google-closure-compiler-linux@{release}"))).is_err() {
                left_out("the rows of --closure, which need npm")?;
                return Ok(None);
            }
        }
        Ok(Some(compiler))
    }
}

/// The arguments of `cargo rustc` that link a program of tests/browser/links.d with these flags: in
/// the project's folder and into its target folder, so that std is that of the suite.
fn link_arguments(command: &mut Command, name: &str, flags: &[&str]) {
    command.args("--quiet --release --locked --manifest-path".split(' '));
    command.args(["tests/browser/links.d/Cargo.toml", "--bin", name, "--"]);
    command.args(flags.iter().map(|flag| format!("-Clink-arg={flag}")));
    // As most pages have it: the runtime lives on. This flag comes after those of the project.
    command.env("EMCC_CFLAGS", "-sEXIT_RUNTIME=0");
}

fn said(output: &Output) -> String {
    let both = [&output.stdout[..], &output.stderr[..]].concat();
    String::from_utf8_lossy(&both).into_owned()
}
