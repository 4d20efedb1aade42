//! The dates of cookies, which servers write in many ways ([RFC 6265 §5.1.1][rfc]).
//!
//! [rfc]: https://www.rfc-editor.org/rfc/rfc6265#section-5.1.1

use std::time::{Duration, SystemTime};

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// Finds a time, a day, a month and a year in the text, each where it first stands. `None` if one
/// of them is missing or impossible. A time before 1970 is the beginning of 1970.
pub(super) fn parse(text: &str) -> Option<SystemTime> {
    let (mut time, mut day, mut month, mut year) = (None, None, None, None);
    for word in text.split(is_delimiter) {
        let of_digits = |most| number(word, most);
        if time.is_none() && self::time(word).is_some() {
            time = self::time(word);
        } else if day.is_none() && of_digits(2).is_some() {
            day = of_digits(2);
        } else if month.is_none() && self::month(word).is_some() {
            month = self::month(word);
        } else if year.is_none() && of_digits(4).is_some_and(|(_, length)| length > 1) {
            year = of_digits(4);
        }
    }
    let ((hour, minute, second), (day, _), month, (year, _)) = (time?, day?, month?, year?);
    let year = match year {
        0..=69 => year + 2000,
        70..=99 => year + 1900,
        _ => year,
    };
    let is_possible = (1..=days_of(month, year)).contains(&day)
        && year >= 1601
        && hour < 24
        && minute < 60
        && second < 60;
    let days = is_possible.then(|| days_since_1970(year, month, day))?;
    let Ok(days) = u64::try_from(days) else { return Some(SystemTime::UNIX_EPOCH) };
    let seconds = days * 86_400 + u64::from(hour * 3600 + minute * 60 + second);
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
}

fn is_delimiter(sign: char) -> bool {
    matches!(sign, '\t' | ' '..='/' | ';'..='@' | '['..='`' | '{'..='~')
}

/// The number of at most `most` digits that begins the word, and how many there are.
fn number(word: &str, most: usize) -> Option<(u32, usize)> {
    let length = word.bytes().take_while(u8::is_ascii_digit).count();
    let value = word[..length].parse().ok()?;
    (1..=most).contains(&length).then_some((value, length))
}

fn time(word: &str) -> Option<(u32, u32, u32)> {
    let mut parts = word.splitn(3, ':').map(|part| number(part, 2));
    let mut next = || Some(parts.next()??.0);
    Some((next()?, next()?, next()?))
}

fn month(word: &str) -> Option<u32> {
    let name = word.get(..3)?.to_ascii_lowercase();
    MONTHS.into_iter().zip(1..).find(|(month, _)| *month == name).map(|(_, number)| number)
}

fn days_of(month: u32, year: u32) -> u32 {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// In the Gregorian calendar.
fn days_since_1970(year: u32, month: u32, day: u32) -> i64 {
    let before = i64::from(year) - 1;
    let leap_days = |years: i64| years / 4 - years / 100 + years / 400;
    let years = (before - 1969) * 365 + leap_days(before) - leap_days(1969);
    let months: u32 = (1..month).map(|month| days_of(month, year)).sum();
    years + i64::from(months + day) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(text: &str) -> Option<u64> {
        let time = parse(text)?.duration_since(SystemTime::UNIX_EPOCH);
        Some(time.expect("not before 1970").as_secs())
    }

    #[test]
    fn the_dates_of_servers_are_read() {
        // 1994-11-06 08:49:37, by `date -u -d … +%s`.
        for text in [
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
            "6 november 1994 8:49:37",
            "08:49:37 06 NOV 94",
            "Sun,06-Nov-1994-08:49:37",
            "06 Nov 1994 08:49:37.123 Nov 07",
        ] {
            assert_eq!(seconds(text), Some(784_111_777), "{text}");
        }
        for (text, expected) in [
            ("1 Jan 1970 0:0:0", 0),
            ("29 Feb 2000 12:00:00", 951_825_600),
            ("1 Mar 2000 00:00:00", 951_868_800),
            ("31 Dec 2037 23:59:59", 2_145_916_799),
            ("1 Jan 69 00:00:00", 3_124_224_000),
            ("1 Jan 2100 00:00:00", 4_102_444_800),
            ("31 Dec 1969 23:59:59", 0),
            ("1 Jan 1601 00:00:00", 0),
        ] {
            assert_eq!(seconds(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn other_texts_are_no_dates() {
        for text in [
            "",
            "tomorrow",
            "06 Nov 1994",
            "08:49:37 Nov 1994",
            "08:49:37 06 1994",
            "08:49:37 06 Nov",
            "24:00:00 06 Nov 1994",
            "08:60:00 06 Nov 1994",
            "08:49:60 06 Nov 1994",
            "08:49:37 00 Nov 1994",
            "08:49:37 31 Nov 1994",
            "08:49:37 29 Feb 1900",
            "08:49:37 06 Nov 1600",
            "08:49:37 06 Nov 19944",
            "08:49 06 Nov 1994",
            "08:49:37 06 Nö 1994",
        ] {
            assert_eq!(parse(text), None, "{text:?}");
        }
    }
}
