//! The summary of the matrix for the README: totals, and the rows that differ from the others.

use std::fmt::Write;

use super::rows::{LEFT_OUT, all};
use super::{Column, PlatformId, Row};

const PLATFORMS: [(PlatformId, &str); 3] = [
    (PlatformId::Native, "the native backend, scripted"),
    (PlatformId::Chromium3, "Chromium, Emscripten 3.1.69"),
    (PlatformId::Chromium6, "Chromium, Emscripten 6.0.5"),
];

/// The summary.
#[must_use]
pub fn table() -> String {
    let mut text =
        String::from("| platform | rows | cells | simulated rows |\n|---|--:|--:|--:|\n");
    for (platform, shown) in PLATFORMS {
        let rows = all().filter(|row| row.runs_on(platform)).count();
        let simulated = all().filter(|row| row.runs_on(platform));
        let simulated = match platform {
            PlatformId::Native => simulated.count(),
            PlatformId::Chromium3 | PlatformId::Chromium6 => {
                simulated.filter(|row| row.is_simulated()).count()
            }
        };
        let cells = all().filter(|row| row.runs_on(platform)).map(cells).sum::<usize>();
        writeln!(text, "| {shown} | {rows} | {cells} | {simulated} |").expect("a String");
    }
    text += "\nThe columns; a handler:\n\n";
    list_columns(&mut text, Column::OF_HANDLERS);
    text += "\nOr a task, in the place of a handler:\n\n";
    list_columns(&mut text, Column::OF_TASKS);
    text += "\nThe rows that are simulated in Chromium:\n\n";
    list(&mut text, Row::is_simulated);
    text += "\nThe rows that need streaming, and so Emscripten 4.0.21 or later:\n\n";
    list(&mut text, Row::is_streamed);
    text += "\nNot in the matrix:\n\n";
    for (path, why) in LEFT_OUT {
        writeln!(text, "- {path}:\n  {why}.").expect("a String");
    }
    text
}

fn cells(row: &Row) -> usize {
    Column::all().filter(|(column, ..)| row.has(*column)).count()
}

fn list_columns(text: &mut String, columns: &[(Column, &str, &str)]) {
    for (_, name, shown) in columns {
        writeln!(text, "- {shown} (`{name}`)").expect("a String");
    }
}

/// Lists the rows for which `is_so` is true, one a line.
fn list(text: &mut String, is_so: fn(&Row) -> bool) {
    for row in all().filter(|row| is_so(row)) {
        writeln!(text, "- {} (`{}`)", row.path, row.name).expect("a String");
    }
}
