//! The path by which generated code names fetch-runtime: `crate = path`, or `::fetch_runtime`.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, quote_spanned};
use syn::parse::ParseStream;
use syn::{LitStr, Path, Token};

use crate::errors::Errors;

#[derive(Default)]
pub(crate) struct CratePath(Option<Path>);

impl CratePath {
    /// Parses `crate = path`. The caller has seen the word `crate`.
    pub(crate) fn parse(input: ParseStream, errors: &mut Errors) -> Self {
        let word = input.parse::<TokenTree>().ok();
        let span = word.map_or_else(Span::call_site, |word| word.span());
        if let Err(error) = input.parse::<Token![=]>() {
            let span = if input.is_empty() { span } else { error.span() };
            errors.push_at(span, "expected `crate = path`");
            return Self(None);
        }
        if input.peek(LitStr) {
            let quoted = input.parse::<LitStr>().ok();
            errors.push(quoted, "`crate =` takes a path: remove the quotes");
            return Self(None);
        }
        match input.call(Path::parse_mod_style) {
            Ok(path) => Self(Some(path)),
            Err(error) => {
                let span = if input.is_empty() { span } else { error.span() };
                errors.push_at(
                    span,
                    "`crate =` needs a path, such as `crate = my_engine::fetch_runtime`",
                );
                Self(None)
            }
        }
    }

    /// The path. The default path stands at `span`, for error messages.
    pub(crate) fn at(&self, span: Span) -> TokenStream {
        match &self.0 {
            Some(path) => path.to_token_stream(),
            None => quote_spanned!(span=> ::fetch_runtime),
        }
    }
}

impl ToTokens for CratePath {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(self.at(Span::mixed_site()));
    }
}
