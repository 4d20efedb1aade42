//! What the macros cost, measured:
//! `cargo test -p fetch-macros --lib -- --ignored --nocapture cost`, on a machine that does nothing
//! else. Ratios are against a rival in the same run.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::testing::{pretty, tokens};
use crate::{handler, request};

const PAIRS: usize = 1_000;

/// A handler and a request of it, in turn: the simplest, all options, a template, a closure.
fn pair(number: usize) -> (String, String) {
    let name = format!("handler_{number}");
    let plain = format!("fn {name}(response: Response) {{ drop(response); }}");
    match number % 4 {
        0 => (plain, format!(r#"GET "/data/{number}.bin" => {name}"#)),
        1 => (
            format!(
                "/// Docs.\npub(crate) fn {name}(result: Result<Response, Error>, count: u32) -> Result<(), Error> {{
                    drop((result?, count));
                    Ok(())
                }}"
            ),
            format!(
                r#"POST "/save/{number}", headers: {{ "Content-Type": "text/plain", "X-Id": id.to_string() }}, body: "{number}",
                    timeout: Duration::from_secs(5), on_progress: show, context: id => {name}"#
            ),
        ),
        2 => (plain, format!(r#"GET "/users/{{id}}?q={number}", cache: ForceCache, cache_key: "{number}/{{id}}" => {name}"#)),
        _ => (plain, format!(r#"DELETE "/data/{number}", credentials: Include => move |response| drop((response, id))"#)),
    }
}

/// The crate's source, with macros or with what they write in their place.
fn source(expanded: bool) -> String {
    let mut source = "#![allow(unused, non_camel_case_types, non_upper_case_globals)]
        use fetch_runtime::{Error, Fetch, Progress, Response, StartError, fetch, fetch_handler};
        use std::time::Duration;
        fn show(_: Progress) {}
        "
    .to_owned();
    for number in 0..PAIRS {
        let (handler, request) = pair(number);
        let (handler, request) = if expanded {
            (
                handler::handler("".parse().unwrap_or_default(), tokens(&handler)).to_string(),
                request::request(tokens(&request)).to_string(),
            )
        } else {
            (format!("#[fetch_handler] {handler}"), format!("fetch!({request})"))
        };
        let start =
            format!("pub fn start_{number}(id: u32) -> Result<Fetch, StartError> {{ {request} }}");
        source += &format!("{handler}\n{start}\n");
    }
    // Both in the same layout, so that the lexer has alike to do.
    pretty(tokens(&source))
}

fn folder(name: &str) -> PathBuf {
    let target = env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../target"), PathBuf::from);
    target.join("cost").join(name)
}

/// A crate with these dependencies.
fn generate(name: &str, source: &str, dependencies: &str) -> PathBuf {
    let folder = folder(name);
    fs::create_dir_all(folder.join("src")).unwrap();
    fs::write(folder.join("src/lib.rs"), source).unwrap();
    let manifest = format!(
        "[package]\nname = \"cost-{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\n{dependencies}\n\n[workspace]\n"
    );
    fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    folder
}

/// The seconds that the processor was busy with it: what else the machine does hardly counts.
fn cargo(command: &str, folder: &Path, target: &Path) -> f64 {
    let before = processor_time();
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args([command, "--quiet", "--lib"])
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", target)
        .env("CARGO_INCREMENTAL", "0")
        .status()
        .unwrap();
    assert!(status.success(), "cargo {command} in {}", folder.display());
    processor_time() - before
}

/// Of the processes that were waited for: `cutime` and `cstime`, the 14th and 15th after the name,
/// in 1/100 s.
fn processor_time() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").expect("Linux");
    let (_, after_name) = stat.rsplit_once(')').unwrap();
    let ticks =
        after_name.split_whitespace().skip(13).take(2).map(|ticks| ticks.parse::<f64>().unwrap());
    ticks.sum::<f64>() / 100.0
}

fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
#[test]
#[ignore = "takes minutes"]
fn cost_of_expansions() {
    const ROUNDS: usize = 9;
    let runtime = format!(
        "fetch-runtime = {{ path = {:?} }}",
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../fetch-runtime")
    );
    let target = folder("target");
    let rivals = [("macros", false), ("written-out", true)];
    let crates = rivals.map(|(name, expanded)| generate(name, &source(expanded), &runtime));
    let mut times = [Vec::new(), Vec::new()];
    for round in 0..=ROUNDS {
        for (folder, times) in crates.iter().zip(&mut times) {
            // Cargo goes by the time of the file.
            let lib = folder.join("src/lib.rs");
            fs::write(&lib, fs::read(&lib).unwrap()).unwrap();
            let time = cargo("check", folder, &target);
            // The first one builds the dependencies.
            if round > 0 {
                times.push(time);
            }
        }
    }
    let [with, without] = times.each_mut().map(|times| median(times));
    println!(
        "cargo check of {PAIRS} handlers and {PAIRS} requests, medians of {ROUNDS}: {with:.3} s with macros, {without:.3} s written out: \
         {:.2} x, {:.0} µs a pair",
        with / without,
        (with - without) * 1e6 / PAIRS as f64,
    );
}

#[test]
#[ignore = "takes minutes, and downloads the rivals"]
fn cost_of_the_build() {
    const ROUNDS: usize = 3;
    let own = format!("fetch-macros = {{ path = {:?} }}", env!("CARGO_MANIFEST_DIR"));
    let rivals = [
        ("fetch-macros", own.as_str()),
        ("tokio-macros", "tokio-macros = \"2\""),
        ("async-trait", "async-trait = \"0.1\""),
    ];
    let mut times = rivals.map(|_| Vec::new());
    for _ in 0..ROUNDS {
        for ((name, dependency), times) in rivals.iter().zip(&mut times) {
            let folder = generate(name, "", dependency);
            let fetched =
                Command::new("cargo").args(["fetch", "--quiet"]).current_dir(&folder).status();
            assert!(fetched.is_ok_and(|status| status.success()), "cargo fetch");
            let target = folder.join("target");
            drop(fs::remove_dir_all(&target));
            times.push(cargo("build", &folder, &target));
        }
    }
    let mut times = times.iter_mut().map(|times| median(times));
    let own = times.next().unwrap_or_default();
    println!("cold build of fetch-macros, median of {ROUNDS}: {own:.2} s");
    for ((name, _), time) in rivals.iter().skip(1).zip(times) {
        println!("cold build of {name}: {time:.2} s; ours is {:.2} x", own / time);
    }
}
