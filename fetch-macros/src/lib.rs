//! The procedural macros of `fetch-runtime`, which re-exports them: depend on that crate alone.
//!
//! [`#[fetch_handler]`](macro@fetch_handler) makes a function a handler of requests. [`fetch!`]
//! starts a request. Both write nothing but calls of `fetch-runtime`, which a program can also make
//! without them.

mod crate_path;
mod errors;
#[cfg(test)]
mod fuzz;
mod handler;
mod hygiene;
mod nearest;
mod option_rules;
mod request;
#[cfg(test)]
mod testing;

use proc_macro::TokenStream;

#[doc = include_str!("../docs/fetch_handler.md")]
#[proc_macro_attribute]
pub fn fetch_handler(arguments: TokenStream, item: TokenStream) -> TokenStream {
    handler::handler(arguments.into(), item.into()).into()
}

#[doc = include_str!("../docs/fetch.md")]
#[proc_macro]
pub fn fetch(input: TokenStream) -> TokenStream {
    request::request(input.into()).into()
}

/// For fetch-runtime. It expands to the constants of `option_rules.rs`.
#[doc(hidden)]
#[proc_macro]
pub fn __option_rules(_: TokenStream) -> TokenStream {
    include_str!("option_rules.rs").parse().expect("it is Rust")
}
