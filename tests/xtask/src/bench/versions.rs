//! The versions of what is compared.

use std::fs;

use anyhow::{Context, Result};

use super::build::{self, packages};
use crate::command::{program, stdout};
use crate::engine::{self, Engine};

/// Of the programs of a page, and of its browser.
pub(super) fn of_page(engine: Engine) -> Result<String> {
    let browser = match engine {
        // It would need a display to say it.
        Engine::WebKit => {
            stdout(program("dpkg-query").args(["-W", "-f=${Version}", "webkit2gtk-driver"]))
        }
        _ => stdout(program(engine::find(engine)?).arg("--version")),
    }?;
    let browser = number(&browser).with_context(|| format!("no version in {browser:?}"))?;
    let toolchain = of_toolchain()?;
    let crates = of_crates(&["reqwest", "gloo-net", "ehttp", "wasm-bindgen"])?;
    Ok(format!("{} {browser}, {toolchain},\n{crates}.", engine.name()))
}

/// Of the compilers of a page's programs.
pub(super) fn of_toolchain() -> Result<String> {
    let versions = build::toolchain().versions()?;
    let of = |tool: &str| {
        let line = versions.lines().find(|line| line.starts_with(tool));
        line.and_then(number).with_context(|| format!("no {tool} in {versions:?}"))
    };
    Ok(format!("Emscripten {}, Rust {}", of("emscripten")?, of("rustc")?))
}

pub(super) fn of_desktop() -> Result<String> {
    let rust = stdout(program("rustc").arg("--version"))?;
    let rust = number(&rust).with_context(|| format!("no version in {rust:?}"))?;
    Ok(format!("Rust {rust}, {}.", of_crates(&["reqwest", "ehttp"])?))
}

/// The versions in the lock file.
pub(super) fn of_crates(names: &[&str]) -> Result<String> {
    let lock = fs::read_to_string(packages().join("Cargo.lock"))?;
    let versions: Result<Vec<_>> = names
        .iter()
        .map(|name| {
            let version = locked(&lock, name).with_context(|| format!("{name} is not locked"))?;
            Ok(format!("{name} {version}"))
        })
        .collect();
    Ok(versions?.join(", "))
}

fn locked<'a>(lock: &'a str, name: &str) -> Option<&'a str> {
    let rest = lock.split_once(&format!("name = \"{name}\"\nversion = \""))?.1;
    Some(rest.split_once('"')?.0)
}

/// The first word that begins with a digit and has a dot, without what follows its numbers.
fn number(text: &str) -> Option<&str> {
    let begins = |word: &&str| word.starts_with(|sign: char| sign.is_ascii_digit());
    let word = text.split_whitespace().filter(begins).find(|word| word.contains('.'))?;
    let end = word.find(|sign: char| !sign.is_ascii_digit() && sign != '.');
    Some(&word[..end.unwrap_or(word.len())])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_versions() {
        assert_eq!(number("Chromium 140.0.7339.185 built on Debian"), Some("140.0.7339.185"));
        assert_eq!(number("Mozilla Firefox 128.14.0esr"), Some("128.14.0"));
        assert_eq!(number("emscripten 6.0.5-git"), Some("6.0.5"));
        assert_eq!(number("none"), None);
    }

    #[test]
    fn the_lock_file_has_the_versions() {
        let lock = "name = \"ab\"\nversion = \"1.0.0\"\n\nname = \"a\"\nversion = \"2.0.0\"\n";
        assert_eq!(locked(lock, "a"), Some("2.0.0"));
        assert_eq!(locked(lock, "b"), None);
        let crates = of_crates(&["reqwest", "ehttp"]).unwrap();
        assert!(crates.starts_with("reqwest 0.") && crates.contains(", ehttp 0."), "{crates}");
    }
}
