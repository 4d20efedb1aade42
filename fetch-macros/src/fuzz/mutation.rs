//! Mutates token streams.

use fastrand::Rng;
use proc_macro2::{Delimiter, Group, Ident, Literal, Punct, Spacing, Span, TokenStream, TokenTree};

/// The input after one change to one of its tokens, or with a part of another input.
pub(super) fn mutated(input: TokenStream, random: &mut Rng, others: &[TokenStream]) -> TokenStream {
    let mut tokens: Vec<_> = input.into_iter().collect();
    if tokens.is_empty() {
        return token(random).into();
    }
    let at = random.usize(..tokens.len());
    match &tokens[at] {
        TokenTree::Group(group) if random.usize(..3) > 0 => {
            let inner = mutated(group.stream(), random, others);
            tokens[at] = Group::new(group.delimiter(), inner).into();
            return tokens.into_iter().collect();
        }
        TokenTree::Literal(literal) if random.bool() => {
            tokens[at] = mutated_string(&literal.to_string(), random).into();
            return tokens.into_iter().collect();
        }
        _ => {}
    }
    match random.usize(..7) {
        0 => drop(tokens.remove(at)),
        1 => tokens.insert(at, tokens[at].clone()),
        2 => {
            let other = random.usize(..tokens.len());
            tokens.swap(at, other);
        }
        3 => tokens[at] = token(random),
        4 => tokens.insert(at, token(random)),
        5 => {
            let other: Vec<_> = one_of(random, others).clone().into_iter().collect();
            let from = random.usize(..=other.len());
            let to = random.usize(from..=other.len());
            drop(tokens.splice(at..at, other[from..to].iter().cloned()));
        }
        _ => {
            let to = random.usize(at + 1..=tokens.len());
            let inner = tokens.drain(at..to).collect();
            tokens.insert(at, Group::new(delimiter(random), inner).into());
        }
    }
    tokens.into_iter().collect()
}

pub(super) fn one_of<'a, T>(random: &mut Rng, all: &'a [T]) -> &'a T {
    &all[random.usize(..all.len())]
}

/// A string literal with other characters in some places, mostly those that have a meaning in
/// templates and URLs.
fn mutated_string(source: &str, random: &mut Rng) -> Literal {
    const PARTS: [&str; 21] = [
        "{", "}", "{{", "}}", "{a}", "{a.b}", "{0}", "{_}", "{self}", "{super}", "{a:?}", "{ b }",
        "/", "//", ":", "?", "#", "\\", "\0", "é", "\u{301}",
    ];
    let mut text: Vec<_> = source.trim_matches('"').chars().collect();
    for _ in 0..random.usize(1..=3) {
        let from = random.usize(..=text.len());
        let to = from + random.usize(..=(text.len() - from).min(3));
        let part = one_of(random, &PARTS).chars();
        drop(text.splice(from..to, part));
    }
    Literal::string(&text.into_iter().collect::<String>())
}

fn delimiter(random: &mut Rng) -> Delimiter {
    *one_of(
        random,
        &[Delimiter::Brace, Delimiter::Bracket, Delimiter::Parenthesis, Delimiter::None],
    )
}

fn token(random: &mut Rng) -> TokenTree {
    const WORDS: [&str; 30] = [
        "GET",
        "HEAD",
        "IDB_STORE",
        "get",
        "headers",
        "header",
        "body",
        "json",
        "query",
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
    match random.usize(..9) {
        0 => Group::new(delimiter(random), TokenStream::new()).into(),
        1 => one_of(
            random,
            &[
                Literal::string("text"),
                Literal::string("nul\0"),
                Literal::byte_string(b"b"),
                Literal::u8_suffixed(7),
            ],
        )
        .clone()
        .into(),
        2..=4 => Ident::new(one_of::<&str>(random, &WORDS), Span::call_site()).into(),
        _ => {
            let sign = *one_of(random, b"=><:,;|&-+!?.#*'");
            let spacing = if random.bool() { Spacing::Joint } else { Spacing::Alone };
            Punct::new(char::from(sign), spacing).into()
        }
    }
}
