//! Paths in the tokens of macro calls, which have no syntax tree.

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};

/// Every path in these tokens, those in groups included: `a::b`, `$crate::c`, and single names.
/// Names of fields and methods, after a dot, are no paths; a lone name in lower case is one if it
/// is called.
pub(super) fn in_tokens(tokens: TokenStream) -> Vec<Vec<String>> {
    let mut paths = Vec::new();
    collect(tokens, &mut paths);
    paths
}

fn collect(tokens: TokenStream, paths: &mut Vec<Vec<String>>) {
    let tokens: Vec<_> = tokens.into_iter().collect();
    let mut at = 0;
    while at < tokens.len() {
        match &tokens[at] {
            TokenTree::Group(group) => {
                collect(group.stream(), paths);
                at += 1;
            }
            TokenTree::Ident(first) => {
                let (path, end) = path_at(&tokens, at);
                let is_after =
                    |sign, distance| at >= distance && is_sign(&tokens[at - distance], sign);
                let is_field = is_after('.', 1);
                let is_global = is_after(':', 1) && is_after(':', 2);
                let is_variable =
                    path.len() == 1 && is_lowercase(first) && !is_call(tokens.get(end));
                if !is_field && !is_global && !is_variable {
                    paths.push(path);
                }
                at = end;
            }
            _ => at += 1,
        }
    }
}

/// The path that begins here, and the index of the token behind it.
fn path_at(tokens: &[TokenTree], mut at: usize) -> (Vec<String>, usize) {
    let mut path = Vec::new();
    while let Some(TokenTree::Ident(ident)) = tokens.get(at) {
        path.push(ident.to_string());
        at += 1;
        let is_separator = |at: usize| tokens.get(at).is_some_and(|token| is_sign(token, ':'));
        let goes_on = matches!(tokens.get(at + 2), Some(TokenTree::Ident(_)));
        if !(is_separator(at) && is_separator(at + 1) && goes_on) {
            break;
        }
        at += 2;
    }
    (path, at)
}

/// Whether it is a name as functions and variables have them.
fn is_lowercase(name: &Ident) -> bool {
    !name.to_string().contains(char::is_uppercase)
}

fn is_call(next: Option<&TokenTree>) -> bool {
    matches!(next, Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis)
}

fn is_sign(token: &TokenTree, sign: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == sign)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_found_in_tokens() {
        let tokens = r#""{}", $crate::a::b(c), f(x.field), { p: Phase::Done }, ::std::mem::drop"#;
        let paths = in_tokens(tokens.parse().unwrap());
        let joined: Vec<_> = paths.iter().map(|path| path.join("::")).collect();
        assert_eq!(joined, ["crate::a::b", "f", "Phase::Done"]);
    }
}
