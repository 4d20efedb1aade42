//! Measures how many bytes fetch-runtime adds to a program that is optimised for size.

mod features;
mod shipping;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use clap::Args;

use crate::command::run;
use crate::project;
use crate::toolchain::{Panic, Suite, TARGET, Toolchain};

/// The most bytes of wasm that the crate may add to the smallest program, against Rust by hand.
const SMALLEST: i64 = 6_656;
/// The most bytes of wasm that each further handler may add.
const HANDLER: i64 = 200;
/// The most bytes of wasm that an awaited request may add on Emscripten 3.1.69, against one with a
/// handler.
const AWAIT: i64 = 4_096;
/// The same, on a newer one.
const AWAIT_LATER: i64 = 4_224;
/// The handlers of the program `fifty`.
const HANDLERS: i64 = 50;

#[derive(Args)]
pub(crate) struct Size {
    /// The toolchain
    #[arg(long)]
    suite: Suite,

    /// Measure what each feature adds to a program that uses it, in place of the limits (minutes)
    #[arg(long)]
    features: bool,

    /// Link programs with the flags of the guide Shipping, run them in each engine, and measure
    /// their files compressed, in place of the limits (minutes)
    #[arg(long, conflicts_with = "features")]
    shipping: bool,
}

impl Size {
    pub(crate) fn run(&self) -> Result<()> {
        match self {
            Self { features: true, .. } => features::measure(self.suite),
            Self { shipping: true, .. } => shipping::measure(self.suite),
            _ => check(self.suite),
        }
    }
}

/// Builds the programs, prints their sizes and checks the limits.
pub(crate) fn check(suite: Suite) -> Result<()> {
    let target = build(suite)?;
    let release = target.join(TARGET).join("release");
    let in_c = Sizes::of(&target.join("in_c"))?;
    let [by_hand, one, fifty, awaited] =
        ["by_hand", "with_fetch", "fifty", "awaited"].map(|name| Sizes::of(&release.join(name)));
    let (by_hand, one, fifty, awaited) = (by_hand?, one?, fifty?, awaited?);
    println!("{:<24} {:>9} {:>9} {:>22}", "program", ".wasm", ".js", "against Rust by hand");
    let rows = [
        ("in C", in_c),
        ("Rust by hand", by_hand),
        ("one fetch!", one),
        ("fifty fetch!", fifty),
        ("one fetch!(…).await", awaited),
    ];
    for (name, sizes) in rows {
        println!(
            "{name:<24} {:>9} {:>9} {:>+13} {:>+8}",
            sizes.wasm,
            sizes.js,
            sizes.wasm - by_hand.wasm,
            sizes.js - by_hand.js,
        );
    }
    let figures = Figures::new(by_hand.wasm, one.wasm, fifty.wasm, awaited.wasm);
    println!("each further handler: {} bytes of wasm", figures.handler);
    println!("await and its executor: {} bytes of wasm", figures.awaited);
    figures.check(if suite == Suite::Trixie { AWAIT } else { AWAIT_LATER })
}

/// Builds the programs. Returns the target folder, which has the program in C, too.
pub(crate) fn build(suite: Suite) -> Result<PathBuf> {
    let toolchain = Toolchain::of(suite).with_panic(Panic::Abort);
    let target = toolchain.target_dir()?.join("size");
    let emcc = r#"emcc -Oz "$1/in_c.c" -lfetch -o "$2/in_c.js""#;
    run(&mut toolchain.build_alone(&source(), &target, emcc))?;
    Ok(target)
}

/// The package of the programs.
fn source() -> PathBuf {
    project::root().join("tests/browser/size.d")
}

/// The sizes of a program's files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Sizes {
    wasm: i64,
    js: i64,
}

impl Sizes {
    fn of(program: &Path) -> Result<Self> {
        let length = |extension: &str| {
            let file = program.with_extension(extension);
            let data = fs::metadata(&file).with_context(|| file.display().to_string())?;
            anyhow::Ok(i64::try_from(data.len())?)
        };
        Ok(Self { wasm: length("wasm")?, js: length("js")? })
    }
}

/// The figures that have limits, in bytes of wasm.
struct Figures {
    smallest: i64,
    handler: i64,
    awaited: i64,
}

impl Figures {
    fn new(by_hand: i64, one: i64, fifty: i64, awaited: i64) -> Self {
        // Rounded up: a fraction of a byte is over the limit, too.
        let (more, handlers) = (fifty - one, HANDLERS - 1);
        let handler = more / handlers + i64::from(more % handlers > 0);
        Self { smallest: one - by_hand, handler, awaited: awaited - one }
    }

    /// Checks them. `most` is that of an awaited request.
    fn check(&self, most: i64) -> Result<()> {
        ensure!(
            self.smallest <= SMALLEST,
            "fetch-runtime adds {} bytes of wasm to the smallest program; {SMALLEST} are allowed",
            self.smallest,
        );
        ensure!(
            self.handler <= HANDLER,
            "each further handler adds {} bytes of wasm; {HANDLER} are allowed",
            self.handler,
        );
        ensure!(
            self.awaited <= most,
            "await adds {} bytes of wasm to the smallest program; {most} are allowed",
            self.awaited,
        );
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limits_hold_to_the_byte() {
        let one = 1_000 + SMALLEST;
        let figures = Figures::new(1_000, one, one + 49 * HANDLER, one + AWAIT);
        assert_eq!((figures.smallest, figures.handler), (SMALLEST, HANDLER));
        assert!(figures.check(AWAIT).is_ok());
        let error = Figures::new(0, SMALLEST + 1, 0, 0).check(AWAIT).unwrap_err().to_string();
        let added = format!("fetch-runtime adds {} bytes", SMALLEST + 1);
        assert!(error.starts_with(&added), "{error}");
        let error = Figures::new(0, 0, 49 * HANDLER + 1, 0).check(AWAIT).unwrap_err().to_string();
        assert!(error.starts_with("each further handler adds 201 bytes"), "{error}");
        let error = Figures::new(0, 0, 0, AWAIT + 1).check(AWAIT).unwrap_err().to_string();
        assert!(error.starts_with(&format!("await adds {} bytes", AWAIT + 1)), "{error}");
    }
}
