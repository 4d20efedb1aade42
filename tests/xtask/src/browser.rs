//! Builds programs for the web and runs them in Chromium.

use std::env;
use std::ffi::OsString;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use signal_hook::consts::SIGINT;

use crate::artifacts::{self, Program};
use crate::command::{exists, program, run};
use crate::project;
use crate::toolchain::Toolchain;

/// The status of a program that ended by a trap, an abort or an uncaught error.
const CRASHED: u8 = 134;

#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Browser {
    #[command(flatten)]
    pub(crate) toolchain: Toolchain,

    /// A test binary, of --package; repeatable
    #[arg(long, value_name = "NAME")]
    pub(crate) test: Vec<String>,

    /// The package [default: fetch-examples]
    #[arg(long, value_name = "NAME")]
    pub(crate) package: Option<String>,

    /// The Cargo.toml of another project
    #[arg(long, value_name = "FILE")]
    pub(crate) manifest_path: Option<PathBuf>,

    /// Build without optimisation
    #[arg(long)]
    pub(crate) dev: bool,

    /// Serve it for a person instead: print the address, stay until ctrl-c
    #[arg(long)]
    pub(crate) open: bool,

    /// The examples to run; all, where none is named
    #[arg(value_name = "NAME")]
    pub(crate) names: Vec<String>,

    /// The program's arguments
    #[arg(last = true, value_name = "ARGUMENT")]
    pub(crate) arguments: Vec<OsString>,

    /// Variables for the build and the programs
    #[arg(skip)]
    pub(crate) environment: Vec<(&'static str, String)>,
}

impl Browser {
    /// Builds the programs and runs them. Returns the status to exit with.
    pub(crate) fn run(&self) -> Result<u8> {
        if !self.is_open() {
            self.require_browser()?;
        }
        // Ctrl-c is for the runner, whose status says how it ended.
        signal_hook::flag::register(SIGINT, Arc::new(AtomicBool::new(false)))?;
        // Built before there is anything to wait for.
        run(program(runner()).arg("--version").stdout(std::process::Stdio::null()))?;
        let programs = self.build()?;
        let mut failed = 0;
        for program in &programs {
            if programs.len() > 1 {
                eprintln!("── {}", program.name);
            }
            let status = status_of(self.start(program)?);
            if status != 0 {
                failed += 1;
                eprintln!("browser: {} ended with status {status}", program.name);
                // The signal was meant for the whole command.
                if programs.len() == 1 || (status >= 128 && status != CRASHED) {
                    return Ok(status);
                }
            }
        }
        if programs.len() > 1 {
            println!("{} passed, {failed} failed", programs.len() - failed);
        }
        Ok(u8::from(failed > 0))
    }

    fn build(&self) -> Result<Vec<Program>> {
        let manifest = match &self.manifest_path {
            Some(file) => file.clone(),
            None => project::root().join("Cargo.toml"),
        };
        let manifest = manifest.canonicalize().with_context(|| manifest.display().to_string())?;
        let folder = manifest.parent().context("a manifest is in a folder")?;
        let toolchain = self.toolchain.clone().with_mount(folder);
        let mut cargo = toolchain.exec("cargo");
        cargo.arg("build").arg("--manifest-path").arg(&manifest);
        if !self.dev {
            cargo.arg("--release");
        }
        match (&self.package, &self.manifest_path) {
            (Some(package), _) => drop(cargo.args(["--package", package])),
            (None, None) => drop(cargo.args(["--package", "fetch-examples"])),
            (None, Some(_)) => {}
        }
        for name in &self.names {
            cargo.args(["--example", name]);
        }
        for name in &self.test {
            cargo.args(["--test", name]);
        }
        if self.names.is_empty() && self.test.is_empty() {
            cargo.arg("--examples");
        }
        let mut programs = artifacts::build(cargo.envs(self.environment.iter().cloned()))?;
        programs.retain(|program| {
            let is_wanted = program.kind == "example" || program.kind == "test";
            is_wanted && program.executable.extension().is_some_and(|end| end == "js")
        });
        ensure!(!programs.is_empty(), "nothing to run was built");
        Ok(programs)
    }

    fn start(&self, built: &Program) -> Result<ExitStatus> {
        let mut runner = program(runner());
        runner.envs(self.environment.iter().cloned());
        runner.env("CARGO_MANIFEST_DIR", &built.package); // as cargo does
        if self.toolchain.threads {
            runner.env("FETCH_RUNNER_ISOLATE", "true");
        }
        if self.open {
            runner.env("FETCH_RUNNER_OPEN", "true");
        }
        runner.arg(&built.executable).args(&self.arguments);
        runner.status().context("cannot start the runner")
    }

    fn is_open(&self) -> bool {
        let value = env::var("FETCH_RUNNER_OPEN").unwrap_or_default().to_lowercase();
        self.open || !["", "0", "false", "no", "n", "off", "f"].contains(&value.trim())
    }

    fn require_browser(&self) -> Result<()> {
        let names =
            ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome"];
        let is_given =
            ["FETCH_RUNNER_BROWSER", "CHROME"].map(env::var_os).iter().any(Option::is_some);
        if is_given || names.into_iter().any(exists) {
            return Ok(());
        }
        let may_install = self.toolchain.install || project::is_ci();
        if !(may_install && rustix::process::geteuid().is_root() && exists("apt-get")) {
            bail!(
                "no Chromium or Chrome on PATH (Debian: apt-get install -y chromium), \
                 nor in FETCH_RUNNER_BROWSER"
            );
        }
        run(program("apt-get").args(["update", "-qq"]))?;
        run(program("apt-get").args(["install", "-y", "-qq", "chromium"]))
    }
}

/// The runner. Cargo calls it as well.
pub(crate) fn runner() -> PathBuf {
    project::root().join("tests/browser/runner")
}

/// A status as a shell counts it: 128 more than the number of the signal.
pub(crate) fn status_of(status: ExitStatus) -> u8 {
    let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal));
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_counted_as_by_a_shell() {
        let status = |script: &str| status_of(program("sh").args(["-c", script]).status().unwrap());
        assert_eq!(status("exit 0"), 0);
        assert_eq!(status("exit 134"), CRASHED);
        assert_eq!(status("kill -INT $$"), 130);
    }
}
