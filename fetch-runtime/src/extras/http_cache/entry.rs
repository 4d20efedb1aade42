//! Entries: responses as the cache keeps them, without their bodies.

use super::control::Control;
use super::freshness::{self, Times, Use};
use super::{validation, vary};
use crate::Headers;
use crate::request::RequestHeaders;
use crate::sys::Allocation;
use crate::sys::entry_text::EntryText;

/// A stored response without its body. Times are in seconds since 1970, by this device's clock.
pub(super) struct Entry {
    pub(super) sent: u64,
    pub(super) received: u64,
    pub(super) status_text: String,
    /// The URL after all redirects; empty if it is not known.
    pub(super) final_url: String,
    /// Whether that is another URL than the requested one.
    pub(super) is_redirected: bool,
    /// The request's values of the headers that `Vary` names, as lines; without a `Vary`, of all.
    selecting: Headers,
    pub(super) headers: Headers,
}

impl Entry {
    /// A response to a request with this URL and these headers.
    pub(super) fn new(
        [sent, received]: [u64; 2],
        status_text: &str,
        (requested_url, final_url): (&str, String),
        request: &RequestHeaders,
        headers: &Headers,
    ) -> Self {
        let mut selecting = String::new();
        let mut add = |name: &str| {
            if let Some(value) = vary::stored_value(name, request.get(name)) {
                validation::push(&mut selecting, name, &value);
            }
        };
        match headers.get("vary") {
            Some(vary) => vary::names(vary).for_each(add),
            None => vary::own_names(request).for_each(|name| add(&name)),
        }
        Self {
            sent,
            received,
            status_text: status_text.to_owned(),
            is_redirected: final_url != requested_url,
            final_url,
            selecting: lines(&selecting),
            headers: lines(&validation::storable(headers)),
        }
    }

    /// The text that is stored.
    pub(super) fn text(&self) -> String {
        EntryText {
            sent: self.sent,
            received: self.received,
            status_text: &self.status_text,
            final_url: &self.final_url,
            is_redirected: self.is_redirected,
            selecting: &write(&self.selecting),
            headers: &write(&self.headers),
        }
        .to_string()
    }

    /// This entry, updated by a 304.
    pub(super) fn updated(self, [sent, received]: [u64; 2], answer: &Headers) -> Self {
        let headers = lines(&validation::update(&self.headers, answer));
        Self { sent, received, headers, ..self }
    }

    /// Whether it has this `Vary`.
    pub(super) fn varies_by(&self, vary: &str) -> bool {
        self.headers.get("vary") == Some(vary)
    }

    /// `None` if the text does not have the form of an entry.
    pub(super) fn read(text: &str) -> Option<Self> {
        let text = EntryText::read(text)?;
        Some(Self {
            sent: text.sent,
            received: text.received,
            status_text: text.status_text.to_owned(),
            final_url: text.final_url.to_owned(),
            is_redirected: text.is_redirected,
            selecting: lines(text.selecting),
            headers: lines(text.headers),
        })
    }

    /// Whether it answers a request with these headers.
    pub(super) fn answers(&self, request: &RequestHeaders) -> bool {
        vary::names(self.headers.get("vary").unwrap_or_default())
            .all(|name| self.has_same(name, request))
    }

    fn has_same(&self, name: &str, request: &RequestHeaders) -> bool {
        let now = vary::stored_value(name, request.get(name));
        vary::is_same(name, self.selecting.get(name), now.as_deref())
    }

    /// Whether it has a `Vary`.
    pub(super) fn has_vary(&self) -> bool {
        self.headers.get("vary").is_some()
    }

    /// Whether the request has the same headers as the one that the entry has answered, as far as
    /// the program sets them.
    pub(super) fn has_same_headers(&self, request: &RequestHeaders) -> bool {
        let names = vary::own_names(request);
        let (count, is_same) = names.fold((0, true), |(count, is_same), name| {
            (count + 1, is_same && self.has_same(&name, request))
        });
        is_same && count == self.selecting.iter().count()
    }

    pub(super) fn control(&self) -> Control {
        Control::parse(self.headers.get("cache-control").unwrap_or_default())
    }

    fn times(&self) -> Times<'_> {
        Times {
            sent: self.sent,
            received: self.received,
            date: self.headers.get("date"),
            age: self.headers.get("age"),
            expires: self.headers.get("expires"),
        }
    }

    /// `None` if the clock has been set back.
    pub(super) fn age(&self, now: u64) -> Option<u64> {
        self.times().current_age(now)
    }

    pub(super) fn judge(&self, request: &Control, now: u64) -> Use {
        let control = self.control();
        freshness::judge(request, &control, self.times().lifetime(&control), self.age(now))
    }

    pub(super) fn may_be_used_after_error(&self, request: &Control, now: u64) -> bool {
        let control = self.control();
        let lifetime = self.times().lifetime(&control);
        freshness::may_be_used_after_error(request, &control, lifetime, self.age(now))
    }
}

fn write(headers: &Headers) -> String {
    let mut lines = String::new();
    headers.iter().for_each(|(name, value)| validation::push(&mut lines, name, value));
    lines
}

pub(super) fn lines(text: &str) -> Headers {
    Headers::from_raw(Allocation::copy_of(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Request;

    fn request(headers: &[(&str, &str)]) -> RequestHeaders {
        Request::get("/").headers(headers.iter().copied()).parts.headers.clone()
    }

    #[test]
    fn an_entry_is_read_as_it_was_written() {
        let sent = request(&[("X-A", "1"), ("x-a", "2"), ("x-b", "3")]);
        let raw = "etag: \"a\"\r\nvary: x-a, X-C\r\n";
        let written = Entry::new(
            [7, 8],
            "All Is Well",
            ("http://a/", "http://a/b".to_owned()),
            &sent,
            &lines(raw),
        );
        let entry = Entry::read(&written.text()).unwrap();
        assert_eq!((entry.sent, entry.received), (7, 8));
        assert_eq!((&*entry.status_text, &*entry.final_url), ("All Is Well", "http://a/b"));
        assert!(entry.is_redirected && entry.headers == lines(raw));
        assert!(entry.answers(&sent));
        assert!(entry.answers(&request(&[("x-A", "1, 2")])));
        assert!(!entry.answers(&request(&[("x-a", "1")])));
        assert!(!entry.answers(&request(&[])));
        assert!(!entry.answers(&request(&[("x-a", "1, 2"), ("x-c", "")])));
        let plain = Entry::new([0, 0], "", ("", String::new()), &sent, &lines(""));
        let plain = Entry::read(&plain.text()).unwrap();
        assert!(plain.headers.iter().next().is_none() && plain.answers(&request(&[])));
        assert!(!plain.is_redirected && plain.has_same_headers(&sent) && !plain.has_vary());
        let other = [("X-A", "1, 2"), ("x-b", "3"), ("Cache-Control", "max-age=1")];
        assert!(plain.has_same_headers(&request(&other)));
        for other in [&[("X-A", "1, 2")][..], &[("x-a", "1, 2"), ("x-b", "4")], &[]] {
            assert!(!plain.has_same_headers(&request(other)), "{other:?}");
        }
        let more = [("x-a", "1, 2"), ("x-b", "3"), ("x-c", "")];
        assert!(!plain.has_same_headers(&request(&more)));
    }

    /// A secret is not written down.
    #[test]
    fn credentials_are_hashed() {
        let sent = request(&[("Authorization", "Bearer secret")]);
        let entry =
            Entry::new([7, 8], "", ("", String::new()), &sent, &lines("vary: authorization"));
        assert!(!entry.text().contains("secret"), "{}", entry.text());
        let entry = Entry::read(&entry.text()).unwrap();
        assert!(entry.answers(&sent));
        assert!(!entry.answers(&request(&[("authorization", "Bearer other")])));
        assert!(!entry.answers(&request(&[])));
    }

    /// Another program may have written it.
    #[test]
    fn other_texts_are_no_entries() {
        let good = "1\n7\n8\nOK\nhttp://a/\n0\n1\nx: 1\r\ny: 2\r\n";
        assert!(Entry::read(good).is_some());
        for text in [
            "",
            "1",
            "1\n7\n8\nOK\nhttp://a/\n0\n0",
            "2\n7\n8\nOK\nhttp://a/\n0\n1\nx: 1\r\n",
            "1\n-7\n8\nOK\nhttp://a/\n0\n1\nx: 1\r\n",
            "1\n7\n8\nOK\nhttp://a/\n0\none\nx: 1\r\n",
            "1\n7\n99999999999999999999999\nOK\nhttp://a/\n0\n1\nx: 1\r\n",
        ] {
            assert!(Entry::read(text).is_none(), "{text:?}");
        }
        let greedy = Entry::read("1\n7\n8\nOK\n\n0\n18446744073709551615\nx: 1\r\n").unwrap();
        assert!(greedy.headers.iter().next().is_none());
    }
}
