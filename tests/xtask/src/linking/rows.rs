//! The ways to link a program that fetch-runtime/docs/linking.md lists.

use crate::toolchain::{Emscripten, Panic};

/// A way to link the program of tests/browser/links.d.
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) panic: Panic,
    /// The flags of emcc.
    pub(super) flags: &'static [&'static str],
    /// A text of the error, if it does not link or does not run.
    fails: Option<&'static str>,
    /// The first Emscripten with which it runs nevertheless.
    runs_since: Emscripten,
}

const fn runs(name: &'static str, panic: Panic, flags: &'static [&'static str]) -> Row {
    Row { name, panic, flags, fails: None, runs_since: NEVER }
}

const fn fails(
    name: &'static str,
    panic: Panic,
    text: &'static str,
    flags: &'static [&'static str],
) -> Row {
    Row { name, panic, flags, fails: Some(text), runs_since: NEVER }
}

const NEVER: Emscripten = Emscripten(u32::MAX, 0, 0);

/// Debian's newer Rust comes with this Emscripten or a later one. Its panics unwind by exceptions
/// of WebAssembly. Those of the older one put frames of JavaScript on the stack.
const WASM_EXCEPTIONS: Emscripten = Emscripten(4, 0, 0);

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
    Row {
        runs_since: WASM_EXCEPTIONS,
        ..fails("jspi", Unwind, "SuspendError: trying to suspend JS frames", &["-sJSPI"])
    },
    runs("jspi-ignore-indirect", Unwind, &["-sJSPI", "-sASYNCIFY_IGNORE_INDIRECT"]),
    runs("jspi-abort", Abort, &["-sJSPI"]),
    runs("jspi-closure", Abort, &["-sJSPI", "-sMODULARIZE", "--closure=1"]),
    runs("closure", Unwind, &["--closure=1"]),
    runs(
        "all",
        Abort,
        &["-sMODULARIZE", "-sEXPORT_ES6", "-sSINGLE_FILE", "-sSTRICT", "--closure=1"],
    ),
];

impl Row {
    /// The error with this Emscripten.
    pub(super) fn fails(&self, version: Emscripten) -> Option<&'static str> {
        self.fails.filter(|_| version < self.runs_since)
    }

    /// Whether `main` may wait. JSPI suspends no stack with frames of JavaScript.
    pub(super) fn may_wait(&self, version: Emscripten) -> bool {
        self.has("-sJSPI") && (self.panic == Abort || version >= WASM_EXCEPTIONS)
    }

    pub(super) fn has(&self, flag: &str) -> bool {
        self.flags.iter().any(|one| one.starts_with(flag))
    }
}
