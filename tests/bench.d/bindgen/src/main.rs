//! Makes modules of JavaScript: `bench-bindgen FOLDER PROGRAM…`.
//!
//! wasm-bindgen works only if this program and the crate have the same version.

use std::env;

use wasm_bindgen_cli_support::Bindgen;

fn main() {
    let mut arguments = env::args_os().skip(1);
    let folder = arguments.next().expect("bench-bindgen FOLDER PROGRAM…");
    for program in arguments {
        let mut bindgen = Bindgen::new();
        // As the command does: the script finds the module beside it.
        bindgen.input_path(&program).typescript(false).omit_default_module_path(false);
        let made = bindgen.web(true).and_then(|bindgen| bindgen.generate(&folder));
        made.unwrap_or_else(|error| panic!("{}: {error:#}", program.display()));
    }
}
