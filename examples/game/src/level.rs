//! A level, read from a text: its name, and a row of bricks a line.

/// How many bricks are side by side.
pub(crate) const COLUMNS: usize = 12;
/// How many rows fit above the paddle.
const MAX_ROWS: usize = 10;

/// A level as its file describes it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Level {
    pub(crate) name: String,
    /// The colour of each brick, row by row; `None` is a gap.
    pub(crate) rows: Vec<[Option<u8>; COLUMNS]>,
}

impl Level {
    /// Reads a level: its first line is its name. In the others, a digit from 1 to 6 is a brick of
    /// that colour, and a dot is a gap.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut lines = text.lines();
        let name = lines.next().filter(|name| !name.is_empty()).ok_or("it has no name")?.to_owned();
        let rows: Vec<_> = lines.map(row).collect::<Result<_, _>>()?;
        if rows.len() > MAX_ROWS {
            return Err(format!("it has {} rows, and {MAX_ROWS} fit", rows.len()));
        }
        if rows.iter().flatten().flatten().count() == 0 {
            return Err("it has no bricks".to_owned());
        }
        Ok(Self { name, rows })
    }
}

fn row(line: &str) -> Result<[Option<u8>; COLUMNS], String> {
    let bricks: Vec<_> = line
        .bytes()
        .map(|sign| match sign {
            b'.' => Ok(None),
            b'1'..=b'6' => Ok(Some(sign - b'1')),
            _ => Err(format!("{:?} is no brick", char::from(sign))),
        })
        .collect::<Result<_, _>>()?;
    let found = bricks.len();
    bricks.try_into().map_err(|_| format!("a row has {found} bricks in place of {COLUMNS}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_read() {
        let level = Level::parse("One\n1..........6\n............").unwrap();
        assert_eq!((level.name.as_str(), level.rows.len()), ("One", 2));
        assert_eq!((level.rows[0][0], level.rows[0][11]), (Some(0), Some(5)));
        assert_eq!(level.rows[1], [None; COLUMNS]);
    }

    #[test]
    fn what_is_no_level_is_refused() {
        for (text, reason) in [
            ("", "it has no name"),
            ("One\n............", "it has no bricks"),
            ("One\n11", "a row has 2 bricks in place of 12"),
            ("One\n1.......x...", "'x' is no brick"),
        ] {
            assert_eq!(Level::parse(text).unwrap_err(), reason);
        }
        let high = format!("One{}", "\n111111111111".repeat(MAX_ROWS + 1));
        assert_eq!(Level::parse(&high).unwrap_err(), "it has 11 rows, and 10 fit");
    }
}
