//! `#[fetch_handler]`: parse → validate → expand.

mod arguments;
mod attributes;
mod expand;
mod model;
mod parse;
mod types;
mod validate;

#[cfg(test)]
pub(crate) mod tests;

use proc_macro2::TokenStream;

pub(crate) fn handler(arguments: TokenStream, item: TokenStream) -> TokenStream {
    match validate::validate(parse::parse(arguments, item)) {
        Ok(handler) => expand::handler(&handler),
        Err(rejected) => expand::rejected(&rejected),
    }
}
