//! A program without parts of the native backend is told their features' names.

use std::path::Path;
use std::process::Command;
use std::{env, fs};

/// Runs the tests of `program.rs` with these features of fetch-runtime alone.
fn run(features: &[&str]) {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    let package = tempfile::tempdir().expect("a folder");
    let manifest = package.path().join("Cargo.toml");
    let text = format!(
        "[package]\nname = \"program\"\nedition = \"2024\"\n[workspace]\n\
         [lib]\npath = {:?}\n\
         [features]\nscript = []\n\
         [dependencies.fetch-runtime]\npath = {:?}\ndefault-features = false\n\
         features = {features:?}\n",
        tests.join("parts/program.rs"),
        tests.join("../fetch-runtime"),
    );
    fs::write(&manifest, text).expect("a manifest");
    // The same versions, which have been downloaded.
    fs::copy(tests.join("../Cargo.lock"), package.path().join("Cargo.lock")).expect("a lock file");
    let own: &[_] = if features.contains(&"script") { &["--features", "script"] } else { &[] };
    let test = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["test", "--quiet", "--offline", "--lib", "--manifest-path"])
        .arg(manifest)
        .args(["--target-dir", concat!(env!("CARGO_TARGET_TMPDIR"), "/parts")])
        .args(own)
        .env_remove("RUSTFLAGS")
        .output()
        .expect("cargo runs");
    let [said, errors] = [&test.stdout, &test.stderr].map(|text| String::from_utf8_lossy(text));
    assert!(test.status.success(), "{features:?}: {said}{errors}");
    // All tests but the one of the other run.
    let expected = if features.contains(&"script") { "2 passed" } else { "6 passed" };
    assert!(said.contains(expected), "{features:?}: {said}{errors}");
}

/// One after the other, as they share the folder of the builds.
#[test]
fn missing_parts_are_named() {
    run(&["native-http"]);
    run(&["native-http", "script"]);
}
