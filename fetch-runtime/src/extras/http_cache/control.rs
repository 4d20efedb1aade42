//! `Cache-Control`, [RFC 9111 §5.2](https://www.rfc-editor.org/rfc/rfc9111#section-5.2), of
//! requests and responses.

/// No time is longer: [RFC 9111 §1.2.2](https://www.rfc-editor.org/rfc/rfc9111#section-1.2.2).
const LONGEST: u64 = 1 << 31;

/// The directives that matter to a private cache. Times are in seconds.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Control {
    pub(super) no_cache: bool,
    pub(super) no_store: bool,
    pub(super) must_revalidate: bool,
    pub(super) must_understand: bool,
    pub(super) max_age: Option<u64>,
    pub(super) min_fresh: Option<u64>,
    pub(super) max_stale: Option<u64>,
    pub(super) stale_while_revalidate: Option<u64>,
    pub(super) stale_if_error: Option<u64>,
}

impl Control {
    pub(super) fn parse(field: &str) -> Self {
        let mut control = Self::default();
        let mut rest = field;
        while !rest.is_empty() {
            let (directive, after) = split_at_comma(rest);
            rest = after;
            let (name, value) = match directive.split_once('=') {
                Some((name, value)) => (name.trim_ascii(), Some(value)),
                None => (directive, None),
            };
            control.set(name, value);
        }
        control
    }

    fn set(&mut self, name: &str, value: Option<&str>) {
        let is = |directive: &str| name.eq_ignore_ascii_case(directive);
        // The first of several counts.
        let set = |time: &mut Option<u64>| _ = time.get_or_insert_with(|| seconds(value));
        // With an argument, too: `no-cache="field"` may be taken for `no-cache`.
        if is("no-cache") {
            self.no_cache = true;
        } else if is("no-store") {
            self.no_store = true;
        } else if is("must-revalidate") {
            self.must_revalidate = true;
        } else if is("must-understand") {
            self.must_understand = true;
        } else if is("max-age") {
            set(&mut self.max_age);
        } else if is("min-fresh") {
            set(&mut self.min_fresh);
        } else if is("max-stale") && value.is_none() {
            self.max_stale.get_or_insert(u64::MAX);
        } else if is("max-stale") {
            set(&mut self.max_stale);
        } else if is("stale-while-revalidate") {
            set(&mut self.stale_while_revalidate);
        } else if is("stale-if-error") {
            set(&mut self.stale_if_error);
        }
    }
}

/// The first element of a list, trimmed, and the others. A comma in a quoted string does not
/// separate. A quote that is never closed begins no string: it must not hide a `no-store`.
fn split_at_comma(list: &str) -> (&str, &str) {
    let (mut opened, mut is_escaped) = (None, false);
    let comma = list.char_indices().find_map(|(at, char)| {
        let was_escaped = std::mem::take(&mut is_escaped);
        match (char, opened) {
            ('\\', Some(_)) => is_escaped = !was_escaped,
            ('"', Some(_)) if !was_escaped => opened = None,
            ('"', None) => opened = Some(at),
            (',', None) => return Some(at),
            _ => {}
        }
        None
    });
    let unclosed = || opened.and_then(|at| Some(at + list[at..].find(',')?));
    let (first, rest) = match comma.or_else(unclosed) {
        Some(comma) => (&list[..comma], &list[comma + 1..]),
        None => (list, ""),
    };
    (first.trim_ascii(), rest)
}

/// A time in seconds, as a token or quoted. A time that cannot be read is 0: the response is stale.
pub(super) fn seconds(value: Option<&str>) -> u64 {
    let value = value.unwrap_or_default().trim_ascii();
    let quoted = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
    let digits = quoted.unwrap_or(value);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return 0;
    }
    // A number with too many digits.
    digits.parse().unwrap_or(LONGEST).min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directives_in_any_case_and_form() {
        let none = Control::default;
        for (field, expected) in [
            ("", none()),
            ("public, private, s-maxage=9, immutable", none()),
            ("max-age=60", Control { max_age: Some(60), ..none() }),
            (" Max-Age = \"60\" ,", Control { max_age: Some(60), ..none() }),
            ("max-age=60, max-age=90", Control { max_age: Some(60), ..none() }),
            ("max-age=soon, max-age=90", Control { max_age: Some(0), ..none() }),
            ("max-age", Control { max_age: Some(0), ..none() }),
            ("max-age=-1", Control { max_age: Some(0), ..none() }),
            ("max-age=1.5", Control { max_age: Some(0), ..none() }),
            ("max-age=2147483649", Control { max_age: Some(LONGEST), ..none() }),
            ("max-age=99999999999999999999", Control { max_age: Some(LONGEST), ..none() }),
            ("NO-STORE", Control { no_store: true, ..none() }),
            ("no-cache=\"set-cookie, x\"", Control { no_cache: true, ..none() }),
            ("x=\"a, no-store\"", none()),
            ("x=\"a\\\", no-store\", no-cache", Control { no_cache: true, ..none() }),
            ("x=\"unclosed, no-store", Control { no_store: true, ..none() }),
            ("x=\"a, no-cache\", y=\"unclosed, no-store", Control { no_store: true, ..none() }),
            ("x=\"a\\\", no-store", Control { no_store: true, ..none() }),
            ("max-age=\"60, no-store", { Control { max_age: Some(0), no_store: true, ..none() } }),
            (",,no-store,,", Control { no_store: true, ..none() }),
            ("max-stale", Control { max_stale: Some(u64::MAX), ..none() }),
            ("max-stale=5, max-stale", Control { max_stale: Some(5), ..none() }),
            ("max-stale=5, min-fresh=6", {
                Control { max_stale: Some(5), min_fresh: Some(6), ..none() }
            }),
            ("must-revalidate, must-understand", {
                Control { must_revalidate: true, must_understand: true, ..none() }
            }),
            ("stale-while-revalidate=7, stale-if-error=8", {
                Control { stale_while_revalidate: Some(7), stale_if_error: Some(8), ..none() }
            }),
        ] {
            assert_eq!(Control::parse(field), expected, "{field}");
        }
    }
}
