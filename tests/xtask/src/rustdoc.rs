//! rustdoc with its unstable options, and the documentation as docs.rs builds it.

use std::env;
use std::fs;
use std::os::unix::process::CommandExt;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::command::{cargo, run};
use crate::project;

const AS_RUSTDOC: &str = "FETCH_XTASK_AS_RUSTDOC";

/// Allows a command of cargo rustdoc's unstable options: this program takes rustdoc's place, and
/// sets the permission. In cargo's own environment, build scripts would see it, and run again.
pub(crate) fn allow_unstable(cargo: &mut Command) -> Result<&mut Command> {
    Ok(cargo.env("RUSTDOC", env::current_exe()?).env(AS_RUSTDOC, "yes"))
}

/// Becomes rustdoc, if cargo has started this program in its place.
pub(crate) fn become_rustdoc() -> Result<()> {
    if env::var_os(AS_RUSTDOC).is_none() {
        return Ok(());
    }
    let mut rustdoc = Command::new("rustdoc");
    let error = rustdoc.args(env::args_os().skip(1)).env("RUSTC_BOOTSTRAP", "1").exec();
    Err(error).context("cannot start rustdoc")
}

/// Pages, each with a text that it has to contain: the features that its items need.
const BADGES: &[(&str, &str)] = &[
    ("struct.Client.html", "<strong>crate feature <code>tower</code></strong> only"),
    ("struct.BodyReader.html", "<strong>crate feature <code>futures</code></strong> only"),
    ("struct.JsonError.html", "<strong>crate feature <code>json</code></strong> only"),
    ("fn.set_observer.html", "<strong>crate feature <code>observer</code></strong> only"),
    ("struct.Request.html", "<strong>crate feature <code>form</code></strong> only"),
    ("struct.Request.html", "<strong>crate feature <code>json</code></strong> only"),
    ("struct.Request.html", "<strong>crate feature <code>http</code></strong> only"),
    ("struct.Body.html", "<strong>crate feature <code>bytes</code></strong> only"),
    ("native/index.html", "<strong>non-Emscripten"),
    ("native/script/index.html", "<code>script</code>"),
];

/// What is documented.
pub(crate) enum Scope {
    /// What docs.rs shows.
    Published,
    /// The private items of all packages, too.
    Everything,
}

/// Builds the documentation as docs.rs does, and looks for the features that it names.
pub(crate) fn check(scope: Scope) -> Result<()> {
    let mut doc = cargo("doc --quiet --no-deps --all-features --locked");
    match scope {
        Scope::Published => doc.args(["--package", "fetch-runtime", "--package", "fetch-macros"]),
        Scope::Everything => doc.args(["--workspace", "--document-private-items"]),
    };
    doc.env("RUSTDOCFLAGS", "-D warnings --cfg docsrs");
    run(allow_unstable(&mut doc)?)?;
    for (page, badge) in BADGES {
        let file = project::target_dir().join("doc/fetch_runtime").join(page);
        let text = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
        ensure!(text.contains(badge), "{page} does not say {badge:?}");
    }
    Ok(())
}
