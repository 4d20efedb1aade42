//! The ways to link a program that fetch-runtime/docs/linking.md lists.

use crate::toolchain::Panic;

/// A way to link the program of tests/browser/links.d.
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) panic: Panic,
    /// The flags of emcc.
    pub(super) flags: &'static [&'static str],
    /// A text of the error, if it does not link or does not run.
    pub(super) fails: Option<&'static str>,
}

const fn runs(name: &'static str, panic: Panic, flags: &'static [&'static str]) -> Row {
    Row { name, panic, flags, fails: None }
}

const fn fails(
    name: &'static str,
    panic: Panic,
    text: &'static str,
    flags: &'static [&'static str],
) -> Row {
    Row { name, panic, flags, fails: Some(text) }
}

use Panic::{Abort, Unwind};

const UNDEFINED: &str = "undefined symbol: __c";

/// If a failing row begins to work, the documentation must change.
pub(super) const ROWS: &[Row] = &[
    runs("default", Unwind, &[]),
    runs("modularize", Unwind, &["-sMODULARIZE"]),
    runs("es6", Unwind, &["-sEXPORT_ES6"]),
    runs("single-file", Unwind, &["-sSINGLE_FILE"]),
    runs("single-file-es6", Unwind, &["-sSINGLE_FILE", "-sEXPORT_ES6"]),
    runs("no-indexeddb", Unwind, &["-sFETCH_SUPPORT_INDEXEDDB=0"]),
    runs("strict-abort", Abort, &["-sSTRICT"]),
    runs("strict-cxx", Unwind, &["-sSTRICT", "-sDEFAULT_TO_CXX=1"]),
    fails("strict-unwind", Unwind, UNDEFINED, &["-sSTRICT"]),
    runs("c-abort", Abort, &["-sDEFAULT_TO_CXX=0"]),
    fails("c-unwind", Unwind, UNDEFINED, &["-sDEFAULT_TO_CXX=0"]),
    runs(
        "minimal-no-indexeddb",
        Abort,
        &["-sMINIMAL_RUNTIME", "-sSINGLE_FILE", "-sFETCH_SUPPORT_INDEXEDDB=0"],
    ),
    fails("minimal", Abort, "addRunDependency", &["-sMINIMAL_RUNTIME", "-sSINGLE_FILE"]),
    runs("closure", Unwind, &["--closure=1"]),
    runs(
        "all",
        Abort,
        &["-sMODULARIZE", "-sEXPORT_ES6", "-sSINGLE_FILE", "-sSTRICT", "--closure=1"],
    ),
];

impl Row {
    pub(super) fn has(&self, flag: &str) -> bool {
        self.flags.iter().any(|one| one.starts_with(flag))
    }
}
