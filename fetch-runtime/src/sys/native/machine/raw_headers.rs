//! Response headers as `getAllResponseHeaders` lists them.

/// Sorts and combines header fields. Leaves out cookies, which are not visible to programs.
pub(crate) fn raw_headers<'a>(fields: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> String {
    let is_cookie =
        |name: &str| ["set-cookie", "set-cookie2"].iter().any(|is| name.eq_ignore_ascii_case(is));
    let mut fields: Vec<_> = fields.into_iter().filter(|(name, _)| !is_cookie(name)).collect();
    fields.sort_by_cached_key(|(name, _)| name.to_ascii_uppercase());
    let mut raw = String::new();
    for same_name in fields.chunk_by(|(a, _), (b, _)| a.eq_ignore_ascii_case(b)) {
        let values: Vec<_> = same_name.iter().map(|(_, value)| latin1(value)).collect();
        raw.extend([same_name[0].0, ": ", &values.join(", "), "\r\n"]);
    }
    raw
}

/// Decodes bytes as JavaScript does: each is a character.
pub(crate) fn latin1(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_sorted_combined_and_latin_1() {
        let fields: [(&str, &[u8]); 5] = [
            ("x-b", b"1"),
            ("set-cookie", b"secret"),
            ("a", b"\xe4"),
            ("x_b", b"3"),
            ("x-b", b"2"),
        ];
        assert_eq!(raw_headers(fields), "a: \u{e4}\r\nx-b: 1, 2\r\nx_b: 3\r\n");
    }
}
