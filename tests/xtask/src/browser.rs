//! Builds programs for the web and runs them in browsers.

use std::env;
use std::ffi::OsString;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Command, ExitStatus};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::{Context, Result, ensure};
use clap::Args;
use signal_hook::consts::SIGINT;

use crate::artifacts::{self, Program};
use crate::command::{exists, program, run};
use crate::engine::{self, Engine, Engines};
use crate::project;
use crate::report::is_ci;
use crate::toolchain::Toolchain;

/// The statuses of a runner that SIGHUP, SIGINT or SIGTERM has asked to end.
const ASKED_TO_END: [u8; 3] = [129, 130, 143];

#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Browser {
    #[command(flatten)]
    pub(crate) toolchain: Toolchain,

    /// chromium, firefox or webkit; `all` for one after the other, or a list with commas; `node`
    /// runs the programs under Node
    #[arg(long, value_name = "NAME", env = "FETCH_RUNNER_BROWSER", default_value = "chromium")]
    pub(crate) browser: Engines,

    /// Run the programs in a dedicated worker of the page
    #[arg(long)]
    pub(crate) worker: bool,

    /// A binary, of --package; repeatable
    #[arg(long, value_name = "NAME")]
    pub(crate) bin: Vec<String>,

    /// A test binary, of --package; repeatable
    #[arg(long, value_name = "NAME")]
    pub(crate) test: Vec<String>,

    /// The package [default: fetch-examples and fetch-examples-ecosystem]
    #[arg(long, value_name = "NAME")]
    pub(crate) package: Option<String>,

    /// The Cargo.toml of another project, whose binaries are run, where nothing is named
    #[arg(long, value_name = "FILE")]
    pub(crate) manifest_path: Option<PathBuf>,

    /// Serve the files of this folder to the programs, and not the test server
    #[arg(long, value_name = "DIR")]
    pub(crate) serve: Option<PathBuf>,

    /// Forward requests whose path begins so to another server: /api=http://127.0.0.1:3000/v1;
    /// repeatable
    #[arg(long, value_name = "PATH=URL")]
    pub(crate) proxy: Vec<String>,

    /// Keep the browser's profile in this folder: the next run finds the cache of this one
    #[arg(long, value_name = "DIR")]
    pub(crate) profile: Option<PathBuf>,

    /// Build without optimisation
    #[arg(long)]
    pub(crate) dev: bool,

    /// Serve the page for a person instead: print the address, stay until ctrl-c
    #[arg(long)]
    pub(crate) open: bool,

    /// The examples to run; all, where none is named
    #[arg(value_name = "NAME")]
    pub(crate) names: Vec<String>,

    /// The program's arguments
    #[arg(last = true, value_name = "ARGUMENT")]
    pub(crate) arguments: Vec<OsString>,

    /// Features of the package
    #[arg(skip)]
    pub(crate) features: Vec<&'static str>,

    /// Variables for the build and the programs
    #[arg(skip)]
    pub(crate) environment: Vec<(&'static str, String)>,
}

impl Browser {
    /// Builds the programs and runs them. Returns the status to exit with.
    pub(crate) fn run(&self) -> Result<u8> {
        let engines = match self.is_open() {
            true => vec![Engine::Chromium], // any browser
            false => installed(&self.browser.0, self.toolchain.install)?,
        };
        // Ctrl-c is for the runner, whose status says how it ended.
        signal_hook::flag::register(SIGINT, Arc::new(AtomicBool::new(false)))?;
        build_runner()?;
        let programs = self.build()?;
        for Program { executable, .. } in &programs {
            eprintln!("browser: built {} and .wasm", executable.display());
        }
        let runs: Vec<_> = programs
            .iter()
            .flat_map(|program| engines.iter().map(move |&engine| (program, engine)))
            .collect();
        let mut failed = 0;
        for &(program, engine) in &runs {
            let name = match engines.len() {
                1 => program.name.clone(),
                _ => format!("{} in {}", program.name, engine.name()),
            };
            if runs.len() > 1 {
                eprintln!("── {name}");
            }
            let started = self.command(program, engine).status();
            let status = status_of(started.context("cannot start the runner")?);
            if status != 0 {
                failed += 1;
                eprintln!("browser: {name} ended with status {status}");
                // The signal was meant for the whole command.
                if runs.len() == 1 || ASKED_TO_END.contains(&status) {
                    return Ok(status);
                }
            }
        }
        if runs.len() > 1 {
            println!("{} passed, {failed} failed", runs.len() - failed);
        }
        Ok(u8::from(failed > 0))
    }

    /// Builds the programs.
    pub(crate) fn build(&self) -> Result<Vec<Program>> {
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
            (None, None) => {
                for package in packages_with(&self.names) {
                    cargo.args(["--package", package]);
                }
            }
            (None, Some(_)) => {}
        }
        for name in &self.features {
            cargo.args(["--features", name]);
        }
        for name in &self.bin {
            cargo.args(["--bin", name]);
        }
        for name in &self.names {
            cargo.args(["--example", name]);
        }
        for name in &self.test {
            cargo.args(["--test", name]);
        }
        if self.names.is_empty() && self.test.is_empty() && self.bin.is_empty() {
            let is_other = self.manifest_path.is_some();
            cargo.arg(if is_other { "--bins" } else { "--examples" });
        }
        let mut programs = artifacts::build(cargo.envs(self.environment.iter().cloned()))?;
        programs.retain(|program| {
            // With a test, cargo builds the binaries of its package, too.
            let is_wanted = match &*program.kind {
                "bin" => self.test.is_empty() || self.bin.contains(&program.name),
                kind => kind == "example" || kind == "test",
            };
            is_wanted && program.executable.extension().is_some_and(|end| end == "js")
        });
        ensure!(!programs.is_empty(), "nothing to run was built");
        Ok(programs)
    }

    /// The runner, with a program that was built, in this engine.
    pub(crate) fn command(&self, built: &Program, engine: Engine) -> Command {
        let mut runner = program(runner());
        runner.envs(self.environment.iter().cloned());
        runner.env("CARGO_MANIFEST_DIR", &built.package); // as cargo does
        runner.env("FETCH_RUNNER_BROWSER", engine.word());
        let flags = [("ISOLATE", self.toolchain.threads), ("OPEN", self.open)];
        for (name, is_set) in flags.into_iter().chain([("WORKER", self.worker)]) {
            if is_set {
                runner.env(format!("FETCH_RUNNER_{name}"), "true");
            }
        }
        let folders = [("SERVE", &self.serve), ("PROFILE", &self.profile)];
        for (name, folder) in folders {
            if let Some(folder) = folder {
                runner.env(format!("FETCH_RUNNER_{name}"), folder);
            }
        }
        if !self.proxy.is_empty() {
            runner.env("FETCH_RUNNER_PROXY", self.proxy.join(" "));
        }
        runner.arg(&built.executable).args(&self.arguments);
        runner
    }

    fn is_open(&self) -> bool {
        let value = env::var("FETCH_RUNNER_OPEN").unwrap_or_default().to_lowercase();
        self.open || !["", "0", "false", "no", "n", "off", "f"].contains(&value.trim())
    }
}

/// The packages that have these examples, or all examples where none is named. Others would be
/// built with more features.
fn packages_with(names: &[String]) -> Vec<&'static str> {
    const PACKAGES: [(&str, &str); 2] =
        [("fetch-examples", "examples"), ("fetch-examples-ecosystem", "examples/ecosystem")];
    let has = |folder: &str, name: &String| {
        let example = project::root().join(folder).join(name);
        example.with_extension("rs").exists() || example.join("main.rs").exists()
    };
    let is_wanted = |folder| names.is_empty() || names.iter().any(|name| has(folder, name));
    let wanted: Vec<_> =
        PACKAGES.iter().filter(|(_, folder)| is_wanted(folder)).map(|(name, _)| *name).collect();
    // Cargo says that there is no such example, and which there are.
    if wanted.is_empty() { PACKAGES.map(|(name, _)| name).into() } else { wanted }
}

/// Those of these engines that are on this machine; apt-get may install one that is not.
pub(crate) fn installed(engines: &[Engine], may_install: bool) -> Result<Vec<Engine>> {
    // A path of the user's own is for one browser.
    let has_path = env::var_os("FETCH_RUNNER_BROWSER_PATH").is_some();
    engine::present(engines, is_ci(), |engine| match install(engine, may_install) {
        Err(_) if has_path => Ok(()),
        result => result,
    })
}

fn install(engine: Engine, may_install: bool) -> Result<()> {
    let Err(missing) = engine::find(engine) else { return Ok(()) };
    let may_install = may_install || is_ci();
    if !(may_install && rustix::process::geteuid().is_root() && exists("apt-get")) {
        return Err(missing);
    }
    run(program("apt-get").args(["update", "-qq"]))?;
    let mut install = program("apt-get");
    install.args(["install", "-y", "-qq", "--no-install-recommends"]);
    run(install.args(engine::packages(engine)))?;
    engine::find(engine).map(drop)
}

/// Builds the runner: after this, [`runner`] is there.
pub(crate) fn build_runner() -> Result<()> {
    let script = project::root().join("tests/browser/runner");
    let mut runner = program(script);
    // Where `runner` looks, also if the variable is a path from the caller's folder.
    runner.env("CARGO_TARGET_DIR", project::target_dir());
    run(runner.arg("--version").stdout(std::process::Stdio::null()))
}

/// The runner's program. The script that cargo calls asks cargo each time whether it is up to date.
pub(crate) fn runner() -> PathBuf {
    project::target_dir().join("xtask/debug/fetch-browser-runner")
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
    fn a_package_without_the_example_is_not_built() {
        let packages = |names: &[&str]| {
            packages_with(&names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>())
        };
        assert_eq!(packages(&["quickstart", "get"]), ["fetch-examples"]);
        assert_eq!(packages(&["cache_lab"]), ["fetch-examples"]);
        assert_eq!(packages(&["grpc"]), ["fetch-examples-ecosystem"]);
        let both = ["fetch-examples", "fetch-examples-ecosystem"];
        assert_eq!(packages(&[]), both);
        assert_eq!(packages(&["grpc", "get"]), both);
        assert_eq!(packages(&["unknown"]), both);
    }

    #[test]
    fn a_status_is_counted_as_by_a_shell() {
        let status = |script: &str| status_of(program("sh").args(["-c", script]).status().unwrap());
        assert_eq!(status("exit 0"), 0);
        assert_eq!(status("exit 134"), 134);
        assert_eq!(status("kill -TERM $$"), 143);
    }
}
