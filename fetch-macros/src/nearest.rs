//! Finds the word that a misspelt one was meant to be.

/// The candidate that is closest to `word`, if one is close enough. Case and underscores do not
/// count.
pub(crate) fn nearest(
    word: &str,
    candidates: impl IntoIterator<Item = &'static str>,
) -> Option<&'static str> {
    let word = normal(word);
    candidates
        .into_iter()
        .filter_map(|candidate| {
            let normal = normal(candidate);
            let (short, long) =
                if word.len() < normal.len() { (&word, &normal) } else { (&normal, &word) };
            let part = short.len() >= 4 && contains(long, short);
            let distance = distance(&word, &normal);
            (part || distance <= (normal.len() / 3).max(1)).then_some((distance, candidate))
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

fn normal(word: &str) -> Vec<char> {
    word.chars().filter(|letter| *letter != '_').flat_map(char::to_lowercase).collect()
}

fn contains(long: &[char], short: &[char]) -> bool {
    long.windows(short.len()).any(|window| window == short)
}

/// The number of letters that must be added, dropped, replaced or swapped with a neighbour.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replaced = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = replaced.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn only_close_words_are_found() {
        let options = [
            "headers",
            "body",
            "timeout",
            "cache",
            "cache_key",
            "credentials",
            "auth",
            "mime_type",
            "on_progress",
        ];
        for (word, meant) in [
            ("header", Some("headers")),
            ("timoeut", Some("timeout")),
            ("cacheKey", Some("cache_key")),
            ("mime", Some("mime_type")),
            ("progress", Some("on_progress")),
            ("withCredentials", Some("credentials")),
            ("authorization", Some("auth")),
            ("query", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, options), meant, "{word}");
        }
    }
}
