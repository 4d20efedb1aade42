//! Templates with values, judged by a parser of the URL standard.

use std::fmt;

use percent_encoding::percent_decode_str;
use url::Url;

use super::{Capture, DOTS, EMPTY, FAILED, WHOLE_URL, encode_component, fill};
use crate::request::validate::{self, Invalid};

/// Fills a template as `fetch!` does. The template has `{}` in place of each NUL.
fn filled(template: &str, values: &[&str]) -> Result<String, &'static str> {
    let values: Vec<&dyn Capture> = values.iter().map(|value| value as &dyn Capture).collect();
    let text = fill(&template.replace("{}", "\0"), &values);
    text.check(|_| |_| Ok(())).map(|()| text.as_str().to_owned()).map_err(|invalid| invalid.reason)
}

/// Fills a template, and checks the result as a URL.
fn validate_as_url(template: &str, values: &[&str]) -> validate::CheckResult {
    let values: Vec<&dyn Capture> = values.iter().map(|value| value as &dyn Capture).collect();
    fill(&template.replace("{}", "\0"), &values).check(|checks| checks.url)
}

#[test]
fn each_component_has_its_encoding() {
    let all = "a/b?c#d&e=f%2F'\"\\ \t\0:@;+,|^`{}[]<>!()*-._~ü";
    assert_eq!(
        filled("/{}?{}={}#{}", &[all, "'&", all, all]),
        Ok("/a%2Fb%3Fc%23d%26e%3Df%252F'%22%5C%20%09%00%3A%40%3B%2B%2C%7C%5E%60\
            %7B%7D%5B%5D%3C%3E!()*-._~%C3%BC\
            ?%27%26=a%2Fb%3Fc%23d%26e%3Df%252F%27%22%5C%20%09%00%3A%40%3B%2B%2C%7C%5E%60\
            %7B%7D%5B%5D%3C%3E!()*-._~%C3%BC\
            #a/b?c#d&e=f%252F'%22%5C%20%09%00:@;+,|^%60{}[]%3C%3E!()*-._~%C3%BC"
            .to_owned())
    );
    assert_eq!(encode_component("l'été 100%"), "l%27%C3%A9t%C3%A9%20100%25");
    assert_eq!(filled("{}", &["a:b"]), Ok("a%3Ab".to_owned()));
    assert_eq!(filled("/{}.{}", &["a", "b"]), Ok("/a.b".to_owned()));
}

#[test]
fn an_empty_or_dot_segment_is_rejected() {
    for (template, values, reason) in [
        ("/{}/{}", ["", "evil.example"], EMPTY),
        ("/a/{}?{}", ["", ""], EMPTY),
        ("{}/{}", ["a", ""], EMPTY),
        ("/{}{}", ["", ""], EMPTY),
        ("a:{}//b/{}", ["", "b"], EMPTY),
        ("{}#{}", ["", ""], EMPTY),
        ("/a/{}/{}", ["..", "b"], DOTS),
        ("/a/{}/{}", ["b", "."], DOTS),
        ("/{}{}", [".", "."], DOTS),
        ("/{}.{}", ["", "."], DOTS),
        ("/%2e{}/{}", ["", "a"], DOTS),
        ("/%2E{}/{}", [".", "a"], DOTS),
        ("file:{}/{}", ["..", "a"], DOTS),
    ] {
        assert_eq!(filled(template, &values), Err(reason), "{template} {values:?}");
    }
    for (template, values) in [
        ("/{}{}", ["", "a"]),
        ("/{}/{}", ["...", ".a"]),
        ("/{}?{}", ["a", ".."]),
        ("/{}#{}", ["a", ""]),
        ("/{}/a:{}", ["%2e", ".."]),
    ] {
        assert!(filled(template, &values).is_ok(), "{template} {values:?}");
    }
}

/// A captured URL is rejected in a URL, and accepted in a key.
#[test]
fn a_whole_url_is_no_segment() {
    let is_rejected = |template: &str, value: &str| {
        let values: &[&dyn Capture] = &[&value, &"x"];
        let text = fill(&template.replace("{}", "\0"), &values[..template.matches("{}").count()]);
        assert_eq!(text.check(|checks| checks.key), Ok(()), "{template} {value:?}");
        match text.check(|checks| checks.url) {
            Ok(()) => false,
            Err(reason) => {
                assert_eq!(reason.reason, WHOLE_URL, "{template} {value:?}");
                true
            }
        }
    };
    for value in [
        "http://example.com",
        "HTTPS://example.com/a/",
        "//example.com/a",
        "/games/a",
        "/",
        "app://bundle",
        "capacitor://localhost",
        "chrome-extension://abc",
        "data:text/plain,hi",
        "Blob:null/1",
        "file:/a",
    ] {
        for template in ["{}/manifest.json", "{}", "{}{}", "{}?{}", "{}#a"] {
            assert!(is_rejected(template, value), "{template} {value:?}");
        }
        // A URL is meant there, for example as the parameter of a proxy.
        for template in ["/{}", "./{}", "?{}", "#{}", "a{}", "https://example.com/{}/{}"] {
            assert!(!is_rejected(template, value), "{template} {value:?}");
        }
    }
    for value in [
        "AC/DC",
        "a:b",
        "12:30",
        "Doom: 2",
        "a//b",
        "a/b://c",
        "database",
        "data",
        "%3A%2F%2F",
        "http%3A%2F%2Fa",
    ] {
        assert!(!is_rejected("{}/manifest.json", value), "{value:?}");
    }
}

#[test]
fn a_display_that_fails_is_rejected() {
    struct Fails;
    impl fmt::Display for Fails {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            Err(fmt::Error)
        }
    }
    assert_eq!(fill("/a\0", &[&Fails]).check(|_| |_| Ok(())), Err(Invalid::new(FAILED)));
}

const PARTS: [&str; 36] = [
    ".",
    "..",
    "/",
    "\\",
    "?",
    "#",
    "&",
    "=",
    "%",
    "%2e",
    "%2F",
    ":",
    "@",
    "//",
    "evil.example",
    "\t",
    "\r",
    "\n",
    "\0",
    " ",
    "'",
    "\"",
    "<",
    "|",
    "^",
    "ü",
    "€",
    "😀",
    "a",
    "C:",
    ";",
    "+",
    "[",
    "]",
    "~",
    "\u{7f}",
];

const TEMPLATES: [&str; 14] = [
    "/{}/{}",
    "{}",
    "{}/{}?{}={}",
    "a{}b/../{}c#{}",
    "?a={}&{}=b",
    "#{}",
    "/{}.{}",
    "/%2e{}",
    "/a//{}",
    "//other.example/{}?q={}",
    "https://other.example:81/{}/{}?a={}&b={}#{}",
    "https://other.example?q={}",
    "app://[::1]/{}",
    "file:///{}/{}",
];

struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap_or_default() % limit
    }
}

/// Replaces the values by the names `0_`, `1_` and so on.
fn with_names(template: &str) -> String {
    let mut text = String::new();
    for (index, part) in template.split("{}").enumerate() {
        if index > 0 {
            text += &format!("{}_", index - 1);
        }
        text += part;
    }
    text
}

fn with_values(text: &str, values: &[&str]) -> String {
    let decoded = percent_decode_str(text).decode_utf8_lossy().into_owned();
    values
        .iter()
        .enumerate()
        .fold(decoded, |text, (index, value)| text.replace(&format!("{index}_"), value))
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

fn segments(url: &Url) -> Vec<&str> {
    url.path_segments().into_iter().flatten().collect()
}

#[test]
fn a_value_stays_in_its_component() {
    let base = Url::parse("https://base.example/folder/file?query#fragment").unwrap();
    let mut random = Random(0x5eed);
    let (mut accepted, mut rejected, mut whole) = (0, 0, 0);
    for round in 0..60_000 {
        let template = TEMPLATES[round % TEMPLATES.len()];
        let values: Vec<String> = (0..template.matches("{}").count())
            .map(|_| (0..random.below(5)).map(|_| PARTS[random.below(PARTS.len())]).collect())
            .collect();
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        let case = format!("{template} {values:?}");
        let text = match filled(template, &values) {
            Ok(text) => text,
            Err(reason) => {
                let only_dots = |value: &&str| value.chars().all(|character| character == '.');
                assert!(values.iter().any(only_dots), "{case} is rejected: {reason}");
                rejected += 1;
                continue;
            }
        };
        if validate_as_url(template, &values).is_err() {
            let is_whole = |value: &&str| value.starts_with('/') || value.contains("://");
            assert!(
                template.starts_with("{}") && values.first().is_some_and(is_whole),
                "{case} is rejected"
            );
            whole += 1;
            continue;
        }
        accepted += 1;
        assert_eq!(validate::url(&text), Ok(()), "{case}: {text}");
        let named = base.join(&with_names(template)).unwrap();
        let url = base.join(&text).unwrap();
        assert_eq!(
            (url.scheme(), url.authority()),
            (named.scheme(), named.authority()),
            "{case}: {url}"
        );
        let expected: Vec<_> =
            segments(&named).iter().map(|segment| with_values(segment, &values)).collect();
        let found: Vec<_> = segments(&url).into_iter().map(decoded).collect();
        assert_eq!(found, expected, "{case}: {url}");
        let pairs = named
            .query_pairs()
            .map(|(name, value)| (with_values(&name, &values), with_values(&value, &values)));
        let found = url.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned()));
        assert_eq!(found.collect::<Vec<_>>(), pairs.collect::<Vec<_>>(), "{case}: {url}");
        let fragment = named.fragment().map(|fragment| with_values(fragment, &values));
        assert_eq!(url.fragment().map(decoded), fragment, "{case}: {url}");
    }
    assert!(
        accepted > 40_000 && rejected > 4_000 && whole > 100,
        "{accepted} accepted, {rejected} rejected, {whole} whole URLs"
    );
}
