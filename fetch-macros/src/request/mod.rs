//! `fetch!`: parse → validate → expand.

mod expand;
mod headers;
mod parse;
mod scan;
mod template;
mod text;
mod validate;
mod words;

#[cfg(test)]
pub(crate) mod tests;

use proc_macro2::TokenStream;

pub(crate) fn request(input: TokenStream) -> TokenStream {
    match validate::validate(parse::parse(input)) {
        Ok(request) => expand::request(&request),
        Err(rejected) => expand::rejected(&rejected),
    }
}
