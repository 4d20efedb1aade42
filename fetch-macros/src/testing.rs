//! Token streams in tests: from source text, and printed.

use proc_macro2::{Group, TokenStream, TokenTree};
use quote::quote;

pub(crate) fn tokens(source: &str) -> TokenStream {
    source.parse().unwrap_or_else(|error| panic!("{source}: {error}"))
}

/// The source of the items, laid out almost as rustfmt does it.
pub(crate) fn pretty(items: TokenStream) -> String {
    match syn::parse2(items.clone()) {
        Ok(file) => prettyplease::unparse(&file),
        Err(error) => panic!("{error}: {items}"),
    }
}

/// The source of the expression, laid out in the same way.
pub(crate) fn pretty_expression(expression: TokenStream) -> String {
    let function = pretty(quote!(fn main() { #expression }));
    let lines = function.lines().filter_map(|line| line.strip_prefix("    "));
    lines.map(|line| line.to_owned() + "\n").collect()
}

/// The input cut off after each of its tokens, including those in groups.
pub(crate) fn prefixes(input: TokenStream) -> Vec<TokenStream> {
    let mut before = TokenStream::new();
    let mut prefixes = vec![before.clone()];
    for token in input {
        if let TokenTree::Group(group) = &token {
            for inner in self::prefixes(group.stream()) {
                let mut prefix = before.clone();
                prefix.extend([TokenTree::from(Group::new(group.delimiter(), inner))]);
                prefixes.push(prefix);
            }
        }
        before.extend([token]);
        prefixes.push(before.clone());
    }
    prefixes
}
