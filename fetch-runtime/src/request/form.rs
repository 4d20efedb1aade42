//! Forms and queries, as the form serializer of the URL standard writes them.

use serde::Serialize;

use super::{Request, RequestString, StartError};

impl Request {
    /// Sets the body to the fields of a form, with the `Content-Type`
    /// `application/x-www-form-urlencoded`. A `Content-Type` of the request's own, set before or
    /// after, stays.
    ///
    /// The fields are pairs of a name and a value, in a slice, tuple or map, or they are those of a
    /// struct. A value is a string, a number, a `bool` or an `Option` of one; `None` is left out.
    ///
    /// It needs the feature `form`. Values that cannot be written, such as a field that is a list,
    /// are [`StartError::NotSerializable`] when the request starts.
    ///
    /// ```
    /// use fetch_runtime::{Request, fetch};
    ///
    /// let name = "me & you";
    /// let request = Request::post("/login").form([("user", name), ("lang", "en")]);
    /// assert_eq!(request.view().body(), Some(&b"user=me+%26+you&lang=en"[..]));
    ///
    /// let request = fetch!(POST "/login", form: { "user": name, "level": 7 });
    /// assert_eq!(request.view().body(), Some(&b"user=me+%26+you&level=7"[..]));
    /// ```
    pub fn form(mut self, fields: impl Serialize) -> Self {
        if !self.parts.require_download("form") {
            return self;
        }
        match self.urlencoded("form", fields) {
            Some(text) => {
                const TYPE: &str = "application/x-www-form-urlencoded\0";
                self.typed_body(text, RequestString::from_literal(TYPE))
            }
            None => self,
        }
    }

    /// Adds parameters to the query of the URL, after those that it has and before the fragment.
    /// Each call adds more. The parameters are what [`form`](Self::form) takes, and written in the
    /// same way: a space becomes `+`.
    ///
    /// It needs the feature `form`.
    ///
    /// ```
    /// use fetch_runtime::{Request, fetch};
    ///
    /// let (text, page) = ("rock & roll", Some(2));
    /// let request = fetch!(GET "/search?lang=en#top", query: { "q": text, "page": page });
    /// assert_eq!(request.view().url(), "/search?lang=en&q=rock+%26+roll&page=2#top");
    ///
    /// let request = Request::get("/search").query([("q", text)]);
    /// assert_eq!(request.view().url(), "/search?q=rock+%26+roll");
    /// ```
    pub fn query(mut self, parameters: impl Serialize) -> Self {
        if !self.parts.require_download("query") {
            return self;
        }
        if let Some(text) = self.urlencoded("query", parameters).filter(|text| !text.is_empty()) {
            self.parts.url.map(|url| with_query(url, &text));
        }
        self
    }

    fn urlencoded(&mut self, option: &'static str, pairs: impl Serialize) -> Option<String> {
        match serde_urlencoded::to_string(pairs) {
            Ok(text) => Some(text),
            Err(error) => {
                let reason = error.to_string();
                self.parts.record_error(StartError::NotSerializable { option, reason });
                None
            }
        }
    }
}

/// Appends parameters to the query of a URL.
fn with_query(url: &str, parameters: &str) -> String {
    let (before, fragment) = url.split_at(url.find('#').unwrap_or(url.len()));
    let separator = match before.split_once('?') {
        None => "?",
        Some((_, query)) if query.is_empty() || query.ends_with('&') => "",
        Some(_) => "&",
    };
    [before, separator, parameters, fragment].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::template;

    #[test]
    fn parameters_follow_the_query_and_precede_the_fragment() {
        for (url, expected) in [
            ("/a", "/a?q=1"),
            ("/a?", "/a?q=1"),
            ("/a?b", "/a?b&q=1"),
            ("/a?b=2&", "/a?b=2&q=1"),
            ("/a#b?c", "/a?q=1#b?c"),
            ("/a?b#c?d#e", "/a?b&q=1#c?d#e"),
            ("?", "?q=1"),
            ("#", "?q=1#"),
        ] {
            assert_eq!(with_query(url, "q=1"), expected);
        }
    }

    #[test]
    fn the_check_of_the_url_stays_what_it_was() {
        let request = Request::get("http://exa mple/").query([("q", 1)]);
        let error = request.send_fn(|_| ()).map(drop).unwrap_err();
        assert!(matches!(error, StartError::InvalidUrl { .. }), "{error}");
        let url = template::fill("/\0/b", &[&""]);
        let request = Request::get(url).query([("q", 1)]);
        let error = request.send_fn(|_| ()).map(drop).unwrap_err();
        assert!(error.to_string().starts_with("invalid URL \"//b?q=1\": a captured value"));
    }
}
