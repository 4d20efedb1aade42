//! The choice of the answer to a request.

use std::collections::VecDeque;
use std::fmt;

use url::Url;

use super::answer::Answer;
use crate::sys::native::settings;
use crate::sys::native::target::{self, Base};

/// The base of relative URLs, if the program has set none.
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
        let method = without_em_prefix(method);
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
    /// If there is none: with a message.
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
        // A key need not be a URL.
        let absolute = |url: &str| target::absolute(url, Some(base));
        let is_same_url = |mine: &str| {
            mine == url || absolute(mine).is_some_and(|mine| absolute(url) == Some(mine))
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

/// The verb that `fetch!` has for this method.
pub(super) fn without_em_prefix(method: &str) -> &str {
    method.strip_prefix("EM_").unwrap_or(method)
}

pub(super) fn default_base() -> Base {
    Base::Site(Url::parse(BASE).expect("a URL"))
}

/// The base of relative URLs at this moment.
pub(super) fn current_base() -> Base {
    settings::base().unwrap_or_else(default_base)
}
