//! Which answer a request gets.

use std::collections::VecDeque;
use std::fmt;

use reqwest::Url;

use super::{Answer, player};
use crate::sys::backend::settings::{self, Base};
use crate::sys::backend::target::{self, Target};

/// What relative URLs are relative to where the program has not said.
const BASE: &str = "https://example.com/";

#[derive(Default)]
pub(super) struct Answers(Vec<Entry>);

/// The answers to the same request.
struct Entry {
    method: String,
    url: String,
    left: VecDeque<Answer>,
}

impl Answers {
    pub(super) fn add(&mut self, method: &str, url: &str, answer: Answer, base: &Base) {
        let method = plain(method);
        match self.find(method, url, base) {
            Some(entry) => entry.left.push_back(answer),
            None => self.0.push(Entry {
                method: method.to_owned(),
                url: url.to_owned(),
                left: VecDeque::from([answer]),
            }),
        }
    }

    /// # Errors
    /// If there is none: with a message that says so.
    pub(super) fn choose(
        &mut self,
        method: &str,
        url: &str,
        base: &Base,
    ) -> Result<Answer, String> {
        let answer = match self.find(method, url, base) {
            Some(entry) if entry.left.len() > 1 => entry.left.pop_front(),
            Some(entry) => entry.left.front().cloned(),
            None => None,
        };
        answer.ok_or_else(|| {
            let known: Vec<_> = self.0.iter().map(Entry::to_string).collect();
            let known = if known.is_empty() { "nothing".to_owned() } else { known.join(", ") };
            format!("nothing answers {method} {url}: the script has {known}")
        })
    }

    fn find(&mut self, method: &str, url: &str, base: &Base) -> Option<&mut Entry> {
        let is_same_url = |mine: &str| {
            mine == url
                || absolute(mine, base).is_some_and(|mine| absolute(url, base) == Some(mine))
        };
        self.0
            .iter_mut()
            .find(|entry| entry.method.eq_ignore_ascii_case(method) && is_same_url(&entry.url))
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.url)
    }
}

/// As `fetch!` calls it.
pub(super) fn plain(method: &str) -> &str {
    method.strip_prefix("EM_").unwrap_or(method)
}

/// A key need not be a URL.
fn absolute(url: &str, base: &Base) -> Option<String> {
    target::resolve(url, Some(base)).ok().map(|target| address(target, url))
}

/// What a response has as its URL.
pub(super) fn address(target: Target, url: &str) -> String {
    match target {
        Target::Http(mut url) | Target::Data(mut url) | Target::File(mut url, _) => {
            url.set_fragment(None);
            url.into()
        }
        Target::Nowhere(_) => url.to_owned(),
    }
}

/// What relative URLs are relative to if the program has not said.
pub(in super::super) fn base() -> Option<Base> {
    player::with(|state| state.is_installed)?.then(default_base)
}

fn default_base() -> Base {
    Base::Site(Url::parse(BASE).expect("a URL"))
}

/// What they are relative to now. Not to be asked while the state is borrowed.
pub(super) fn current_base() -> Base {
    settings::base().unwrap_or_else(default_base)
}
