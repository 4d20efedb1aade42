//! Progress and omissions, as all commands print them.

use std::env;
use std::sync::LazyLock;
use std::time::Instant;

use anyhow::{Result, bail};

static START: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Announces the next step, with the seconds since the first one.
pub(crate) fn say(step: &str) {
    println!("\n== {step} ({} s)", START.elapsed().as_secs());
}

/// Reports a step that cannot run on this machine. Where `CI=true`, that is a failure.
pub(crate) fn left_out(step: &str) -> Result<()> {
    warn_left_out(step);
    if is_ci() {
        bail!("CI=true, and a step was left out");
    }
    Ok(())
}

/// The same, but never a failure.
pub(crate) fn warn_left_out(step: &str) {
    eprintln!("\n!! LEFT OUT: {step}");
}

/// Whether `CI=true`: a machine that has to have everything.
pub(crate) fn is_ci() -> bool {
    env::var("CI").is_ok_and(|value| value == "true")
}
