//! `fetch!`: parse → validate → expand.

mod calls;
mod conflicts;
mod end;
mod expand;
mod expr;
mod input;
mod model;
mod pairs;
mod parse;
mod scan;
mod string_arg;
mod template;
mod validate;
mod variant;
mod vocabulary;

#[cfg(test)]
pub(crate) mod tests;

use proc_macro2::TokenStream;

pub(crate) fn request(input: TokenStream) -> TokenStream {
    match validate::validate(parse::parse(input)) {
        Ok(request) => expand::request(&request),
        Err(rejected) => expand::rejected(&rejected),
    }
}
