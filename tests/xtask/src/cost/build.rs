//! Builds packages and measures the time.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

/// The seconds that the processor was busy with it: other programs hardly change them.
pub(crate) fn cargo(command: &str, package: &Path, target: &Path) -> Result<f64> {
    let before = processor_time()?;
    let mut cargo = Command::new("cargo");
    cargo.args([command, "--quiet", "--lib"]).current_dir(package);
    cargo.env("CARGO_TARGET_DIR", target).env("CARGO_INCREMENTAL", "0");
    ensure!(cargo.status()?.success(), "cargo {command} failed in {}", package.display());
    Ok(processor_time()? - before)
}

/// Downloads the dependencies, which is not measured.
pub(crate) fn fetch(package: &Path) -> Result<()> {
    let status = Command::new("cargo").args(["fetch", "--quiet"]).current_dir(package).status()?;
    ensure!(status.success(), "cargo fetch failed in {}", package.display());
    Ok(())
}

/// The processor time of all child processes that have ended: `cutime` and `cstime`, the 14th and
/// 15th after the name, in 1/100 s.
fn processor_time() -> Result<f64> {
    let stat = fs::read_to_string("/proc/self/stat").context("this is for Linux")?;
    let (_, after_name) = stat.rsplit_once(')').context("no name in /proc/self/stat")?;
    let ticks = after_name.split_whitespace().skip(13).take(2).map(str::parse::<f64>);
    Ok(ticks.sum::<Result<f64, _>>()? / 100.0)
}

pub(crate) fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
