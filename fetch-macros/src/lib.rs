//! The procedural macros of `fetch-runtime`, which re-exports them: depend on that crate alone.
//!
//! [`#[fetch_handler]`](macro@fetch_handler) makes a function the handler of requests, [`fetch!`]
//! starts one. Both only write calls of `fetch-runtime`: whatever they can do, can be done without
//! them.

mod errors;
#[cfg(test)]
mod fuzz;
mod handler;
mod krate;
mod nearest;
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
