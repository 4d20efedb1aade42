//! What the tests of both macros share: printing expansions, and spoiling inputs.

use proc_macro2::{Delimiter, Group, Ident, Literal, Punct, Spacing, Span, TokenStream, TokenTree};
use quote::quote;

pub(crate) fn tokens(source: &str) -> TokenStream {
    source.parse().unwrap_or_else(|error| panic!("{source}: {error}"))
}

/// Items, as rustfmt would have them, or nearly.
pub(crate) fn pretty(items: TokenStream) -> String {
    match syn::parse2(items.clone()) {
        Ok(file) => prettyplease::unparse(&file),
        Err(error) => panic!("{error}: {items}"),
    }
}

/// An expression, in the same way.
pub(crate) fn pretty_expression(expression: TokenStream) -> String {
    let function = pretty(quote!(fn main() { #expression }));
    let lines = function.lines().filter_map(|line| line.strip_prefix("    "));
    lines.map(|line| line.to_owned() + "\n").collect()
}

/// The input cut after each of its tokens, also within groups.
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

/// A small random number generator: xorshift64.
pub(crate) struct Random(u64);

impl Random {
    /// Seeds that follow each other make numbers that do not.
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn one_of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap_or_default() % limit.max(1)
    }

    /// Drops, doubles, swaps, replaces, spoils or wraps a token somewhere, or adds a part of
    /// another input.
    pub(crate) fn spoil(&mut self, input: TokenStream, others: &[TokenStream]) -> TokenStream {
        let mut tokens: Vec<_> = input.into_iter().collect();
        if tokens.is_empty() {
            return self.token().into();
        }
        let at = self.below(tokens.len());
        if let TokenTree::Group(group) = &tokens[at] {
            if self.below(3) > 0 {
                let inner = self.spoil(group.stream(), others);
                tokens[at] = Group::new(group.delimiter(), inner).into();
                return tokens.into_iter().collect();
            }
        }
        if let TokenTree::Literal(literal) = &tokens[at] {
            if self.below(2) == 0 {
                tokens[at] = self.spoiled_text(&literal.to_string()).into();
                return tokens.into_iter().collect();
            }
        }
        match self.below(7) {
            0 => drop(tokens.remove(at)),
            1 => tokens.insert(at, tokens[at].clone()),
            2 => {
                let other = self.below(tokens.len());
                tokens.swap(at, other);
            }
            3 => tokens[at] = self.token(),
            4 => tokens.insert(at, self.token()),
            5 => {
                let other: Vec<_> = self.one_of(others).clone().into_iter().collect();
                let from = self.below(other.len());
                let to = from + self.below(other.len() - from + 1);
                drop(tokens.splice(at..at, other[from..to].iter().cloned()));
            }
            _ => {
                let to = at + 1 + self.below(tokens.len() - at);
                let inner = tokens.drain(at..to).collect();
                tokens.insert(at, Group::new(self.delimiter(), inner).into());
            }
        }
        tokens.into_iter().collect()
    }

    /// A string with something else somewhere, above all what templates and URLs are made of.
    fn spoiled_text(&mut self, source: &str) -> Literal {
        const PARTS: [&str; 21] = [
            "{", "}", "{{", "}}", "{a}", "{a.b}", "{0}", "{_}", "{self}", "{super}", "{a:?}",
            "{ b }", "/", "//", ":", "?", "#", "\\", "\0", "é", "\u{301}",
        ];
        let mut text: Vec<_> = source.trim_matches('"').chars().collect();
        for _ in 0..=self.below(3) {
            let from = self.below(text.len() + 1);
            let to = from + self.below((text.len() - from).min(3) + 1);
            let part = self.one_of(&PARTS).chars();
            drop(text.splice(from..to, part));
        }
        Literal::string(&text.into_iter().collect::<String>())
    }

    fn delimiter(&mut self) -> Delimiter {
        [Delimiter::Brace, Delimiter::Bracket, Delimiter::Parenthesis, Delimiter::None]
            [self.below(4)]
    }

    fn token(&mut self) -> TokenTree {
        const WORDS: [&str; 28] = [
            "GET",
            "HEAD",
            "IDB_STORE",
            "get",
            "headers",
            "header",
            "body",
            "cache",
            "context",
            "auth",
            "NoStore",
            "crate",
            "self",
            "fn",
            "impl",
            "async",
            "const",
            "unsafe",
            "extern",
            "where",
            "move",
            "pub",
            "dyn",
            "mut",
            "match",
            "if",
            "loaded",
            "_",
        ];
        match self.below(9) {
            0 => Group::new(self.delimiter(), TokenStream::new()).into(),
            1 => [
                Literal::string("text"),
                Literal::string("nul\0"),
                Literal::byte_string(b"b"),
                Literal::u8_suffixed(7),
            ][self.below(4)]
            .clone()
            .into(),
            2..=4 => Ident::new(WORDS[self.below(WORDS.len())], Span::call_site()).into(),
            _ => {
                let sign = b"=><:,;|&-+!?.#*'"[self.below(15)];
                let spacing = [Spacing::Alone, Spacing::Joint][self.below(2)];
                Punct::new(char::from(sign), spacing).into()
            }
        }
    }
}
