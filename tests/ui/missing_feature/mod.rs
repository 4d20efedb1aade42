//! A program that uses a feature that it has not enabled is told its name.

use std::path::Path;
use std::process::Command;
use std::{env, fs};

/// For the web, fetch-runtime has one dependency, so the check takes seconds.
const TARGET: &str = "wasm32-unknown-emscripten";

#[test]
fn a_missing_feature_is_named() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    if !is_installed() {
        return super::say(&format!("\n!! LEFT OUT: missing features; Rust lacks {TARGET}\n"));
    }
    let package = tempfile::tempdir().expect("a folder");
    let manifest = package.path().join("Cargo.toml");
    let dependency = tests.join("../../fetch-runtime");
    let text = format!(
        "[package]\nname = \"program\"\nedition = \"2024\"\n[workspace]\n\
         [[bin]]\nname = \"program\"\npath = {:?}\n\
         [dependencies]\nfetch-runtime = {{ path = {dependency:?} }}\n",
        tests.join("missing_feature/program.rs"),
    );
    fs::write(&manifest, text).expect("a manifest");
    // The same versions, which have been downloaded.
    fs::copy(tests.join("../../Cargo.lock"), package.path().join("Cargo.lock"))
        .expect("a lock file");
    let check = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["check", "--quiet", "--offline", "--target", TARGET, "--manifest-path"])
        .arg(manifest)
        .args(["--target-dir", concat!(env!("CARGO_TARGET_TMPDIR"), "/missing-feature")])
        .env_remove("RUSTFLAGS")
        .output()
        .expect("cargo runs");
    let said = String::from_utf8_lossy(&check.stderr);
    let errors = said.lines().filter(|line| line.starts_with("error[")).collect::<Vec<_>>();
    const JSON: &str = "error[E0277]: JSON needs the feature `json` of fetch-runtime";
    const FORM: &str = "error[E0277]: forms and queries need the feature `form` of fetch-runtime";
    const INTEGRITY: &str =
        "error[E0277]: integrity needs the feature `integrity` of fetch-runtime";
    assert_eq!(errors, [JSON, FORM, FORM, INTEGRITY, JSON], "{said}");
    for (feature, count) in [("json", 2), ("form", 2), ("integrity", 1)] {
        let remedy = format!(
            "write `features = [\"{feature}\"]` beside the version of fetch-runtime in Cargo.toml"
        );
        assert_eq!(said.matches(&remedy).count(), count, "{said}");
    }
}

fn is_installed() -> bool {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let libraries =
        Command::new(rustc).args(["--print", "target-libdir", "--target", TARGET]).output();
    libraries.is_ok_and(|said| Path::new(String::from_utf8_lossy(&said.stdout).trim()).is_dir())
}
