//! The table of the README: which cell is proven where.

use std::fmt::Write;

use super::rows::{OPEN, ROWS};
use super::{Column, Place, Row};

/// What the table stands between.
pub const BEGIN: &str = "<!-- matrix: begin -->\n";
/// See [`BEGIN`].
pub const END: &str = "<!-- matrix: end -->\n";

/// The table, and the figures under it.
#[must_use]
pub fn table() -> String {
    let mut text = String::from("| the fetch ends by … and its handler |");
    for (_, _, shown) in Column::ALL {
        write!(text, " {shown} |").expect("a String");
    }
    text += "\n|---|";
    text += &"---|".repeat(Column::ALL.len());
    text += "\n";
    for row in ROWS {
        let marks = marks(row);
        writeln!(text, "| {} |{}", row.path, format!(" {marks} |").repeat(Column::ALL.len()))
            .expect("a String");
    }
    let cells =
        |place| ROWS.iter().filter(|row| row.proven.contains(&place)).count() * Column::ALL.len();
    writeln!(
        text,
        "\n{} cells: {} proven natively, {} in Chromium with Emscripten 3.1.69, {} with 6.0.5. Not in the table:\n",
        ROWS.len() * Column::ALL.len(),
        cells(Place::Native),
        cells(Place::Chromium3),
        cells(Place::Chromium6),
    )
    .expect("a String");
    for (path, why) in OPEN {
        writeln!(text, "- {path}: {why}.").expect("a String");
    }
    text
}

fn marks(row: &Row) -> String {
    let marks = match row.is_simulated {
        true => [(Place::Native, "(n)"), (Place::Chromium3, "(3)"), (Place::Chromium6, "(6)")],
        false => [(Place::Native, "(n)"), (Place::Chromium3, "3"), (Place::Chromium6, "6")],
    };
    let marks: Vec<_> = marks
        .into_iter()
        .filter(|(place, _)| row.proven.contains(place))
        .map(|(_, mark)| mark)
        .collect();
    if marks.is_empty() { "open".to_owned() } else { marks.join(" ") }
}
