//! The cost of building a desktop program from nothing, beside programs with other HTTP clients.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result};
use clap::Args;

use crate::command::{cargo, run, stdout};
use crate::project;

#[derive(Args)]
pub(crate) struct BuildCost {
    /// How often each program is built; 0 to count the crates alone
    #[arg(long, value_name = "NUMBER", default_value_t = 3)]
    rounds: usize,
}

/// A program that makes one request, and its dependencies.
struct Program {
    name: &'static str,
    dependencies: String,
    source: &'static str,
}

struct Cost {
    seconds: f64,
    processor: f64,
}

const OURS: &str = r#"
    fn main() -> Result<(), fetch_runtime::StartError> {
        let url = "http://example.com/";
        fetch_runtime::fetch!(GET url => |response| println!("{}", response.status()))?;
        fetch_runtime::run();
        Ok(())
    }
"#;
const REQWEST: &str = r#"
    #[tokio::main(flavor = "current_thread")]
    async fn main() -> Result<(), reqwest::Error> {
        println!("{}", reqwest::get("http://example.com/").await?.status());
        Ok(())
    }
"#;
const EHTTP: &str = r#"
    fn main() {
        let request = ehttp::Request::get("http://example.com/");
        println!("{:?}", ehttp::fetch_blocking(&request).map(|response| response.status));
    }
"#;

fn programs() -> Vec<Program> {
    let ours = |name, features: &str| {
        let path = project::root().join("fetch-runtime");
        let dependencies = format!("fetch-runtime = {{ path = {path:?}{features} }}");
        Program { name, dependencies, source: OURS }
    };
    let other = |name, dependencies: &str, source| Program {
        name,
        dependencies: dependencies.to_owned(),
        source,
    };
    vec![
        ours("fetch-runtime", ""),
        ours("native-https alone", ", default-features = false, features = [\"native-https\"]"),
        ours("native-http alone", ", default-features = false, features = [\"native-http\"]"),
        other(
            "reqwest",
            "reqwest = \"0.13\"\ntokio = { version = \"1\", features = [\"macros\", \"rt\"] }",
            REQWEST,
        ),
        other("ehttp", "ehttp = \"0.7\"", EHTTP),
    ]
}

impl BuildCost {
    /// Prints a row for each program: the crates, and the medians of the times. They are built in
    /// turn, as a machine's speed changes.
    pub(crate) fn run(&self) -> Result<()> {
        let folder = project::target_dir().join("build-cost");
        let programs: Vec<_> = programs()
            .into_iter()
            .map(|program| Ok((program.write(&folder)?, program.name)))
            .collect::<Result<_>>()?;
        let mut costs: Vec<Vec<Cost>> = programs.iter().map(|_| Vec::new()).collect();
        for _ in 0..self.rounds {
            for ((package, _), costs) in programs.iter().zip(&mut costs) {
                costs.push(build(package)?);
            }
        }
        println!("{:<20} {:>6} {:>8} {:>10}", "program", "crates", "seconds", "processor");
        for ((package, name), costs) in programs.iter().zip(&costs) {
            print!("{name:<20} {:>6}", crates(package)?);
            if !costs.is_empty() {
                let seconds = median(costs.iter().map(|cost| cost.seconds));
                let processor = median(costs.iter().map(|cost| cost.processor));
                print!(" {seconds:>8.1} {processor:>10.1}");
            }
            println!();
        }
        Ok(())
    }
}

impl Program {
    /// Writes the package, and downloads its dependencies. Returns its folder.
    fn write(&self, folder: &Path) -> Result<PathBuf> {
        let package = folder.join(self.name.replace(' ', "-"));
        fs::create_dir_all(package.join("src"))?;
        let manifest = format!(
            "[package]\nname = \"program\"\nedition = \"2024\"\n[workspace]\n[dependencies]\n{}\n",
            self.dependencies
        );
        fs::write(package.join("Cargo.toml"), manifest)?;
        fs::write(package.join("src/main.rs"), self.source)?;
        // The same versions, so that what they share costs the same. The data of `url` are those
        // that programs have without a choice of their own.
        fs::copy(project::root().join("Cargo.lock"), package.join("Cargo.lock"))?;
        run(cargo("update --quiet --package idna_adapter").current_dir(&package))?;
        run(cargo("fetch --quiet").current_dir(&package))?;
        Ok(package)
    }
}

/// The crates that are linked or run as macros, the program not included.
fn crates(package: &Path) -> Result<usize> {
    let tree = "tree --quiet --edges normal --prefix none --no-dedupe --format {p}";
    let tree = stdout(cargo(tree).current_dir(package))?;
    let mut crates: Vec<_> = tree.lines().skip(1).collect();
    crates.sort_unstable();
    crates.dedup();
    Ok(crates.len())
}

/// Builds it from nothing, as a user does.
fn build(package: &Path) -> Result<Cost> {
    let target = package.join("target");
    if target.exists() {
        fs::remove_dir_all(&target)?;
    }
    let (begin, before) = (Instant::now(), processor_time()?);
    let mut build = cargo("build --quiet --offline");
    run(build.current_dir(package).env("CARGO_TARGET_DIR", &target))?;
    let seconds = begin.elapsed().as_secs_f64();
    Ok(Cost { seconds, processor: processor_time()? - before })
}

/// The processor time of all child processes that have ended: `cutime` and `cstime`, the 14th and
/// 15th after the name, in 1/100 s.
fn processor_time() -> Result<f64> {
    let stat = fs::read_to_string("/proc/self/stat").context("this is for Linux")?;
    let (_, after_name) = stat.rsplit_once(')').context("no name in /proc/self/stat")?;
    let ticks = after_name.split_whitespace().skip(13).take(2).map(str::parse::<f64>);
    Ok(ticks.sum::<Result<f64, _>>()? / 100.0)
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<_> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_times() {
        assert_eq!(median([3.0, 1.0, 2.0].into_iter()), 2.0);
    }

    #[test]
    fn the_time_of_children_is_counted() {
        let before = processor_time().unwrap();
        run(crate::command::program("sh")
            .args(["-c", "i=0; while [ $i -lt 99999 ]; do i=$((i+1)); done"]))
        .unwrap();
        assert!(processor_time().unwrap() > before);
    }
}
