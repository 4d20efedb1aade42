//! The sizes of the smallest programs, as a server sends them.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, ensure};

use super::build;
use super::table::markdown;
use super::versions::{of_crates, of_toolchain};
use crate::command::{output, program, shown};
use crate::report::say;
use crate::size;
use crate::toolchain::{Suite, TARGET};

/// The programs of wasm-bindgen, and their names for readers.
const OTHERS: [(&str, &str); 3] =
    [("size_reqwest", "reqwest"), ("size_gloo_net", "gloo-net"), ("size_ehttp", "ehttp")];

/// Builds the programs. Returns the table.
pub(super) fn table() -> Result<String> {
    say("The smallest programs");
    let target = size::build(Suite::Sid)?;
    let release = target.join(TARGET).join("release");
    let of_emscripten = [
        ("C API by hand, in C", target.join("in_c")),
        ("C API by hand, in Rust", release.join("by_hand")),
        ("fetch-runtime, a handler", release.join("with_fetch")),
        ("fetch-runtime, awaited", release.join("awaited")),
    ];
    let mut rows = Vec::new();
    for (name, file) in of_emscripten {
        rows.push(row(name, &file.with_extension("wasm"), &file.with_extension("js"))?);
    }
    let folder = build::folder("sizes")?;
    let names = OTHERS.map(|(program, _)| program);
    build::wasm_bindgen("size", &[], &names, "-Oz", &folder)?;
    for (program, name) in OTHERS {
        let module = folder.join(format!("{program}_bg.wasm"));
        rows.push(row(name, &module, &folder.join(format!("{program}.js")))?);
    }
    let names = ["`.wasm`", "`.js`", "both"].map(str::to_owned);
    let versions = of_crates(&["reqwest", "gloo-net", "ehttp", "wasm-bindgen"])?;
    Ok(format!("{}\n{}, {versions}.\n", markdown(&names, &rows), of_toolchain()?))
}

fn row(name: &str, wasm: &Path, js: &Path) -> Result<Vec<String>> {
    let (wasm, js) = (compressed(wasm)?, compressed(js)?);
    let shown = |bytes: usize| format!("{:.1} kB", bytes as f64 / 1e3);
    Ok(vec![name.to_owned(), shown(wasm), shown(js), shown(wasm + js)])
}

/// The length of a file, by gzip.
fn compressed(file: &Path) -> Result<usize> {
    let mut gzip: Command = program("gzip");
    let output = output(gzip.args(["-9", "--no-name", "--stdout"]).arg(file))?;
    ensure!(output.status.success(), "{} failed: {}", shown(&gzip), output.status);
    Ok(output.stdout.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_compressed() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("zeros");
        std::fs::write(&file, [0; 100_000]).unwrap();
        let length = compressed(&file).unwrap();
        assert!((20..1_000).contains(&length), "{length}");
        assert!(compressed(&folder.path().join("none")).is_err());
        let row = row("x", &file, &file).unwrap();
        assert_eq!((row[0].as_str(), row[1].as_str()), ("x", "0.1 kB"));
    }
}
