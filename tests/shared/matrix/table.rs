//! The summary of the matrix for the README: totals, and the rows that differ from the others.

use std::fmt::Write;

use super::rows::{LEFT_OUT, all};
use super::{Column, PlatformId, Row};
use crate::engine::{Ability, Engine};

/// The versions of Emscripten, and their majors.
const EMSCRIPTEN: [(u32, &str); 2] = [(3, "3.1.69"), (6, "6.0.5")];

/// The summary.
#[must_use]
pub fn table() -> String {
    let mut text =
        String::from("| platform | rows | cells | simulated rows |\n|---|--:|--:|--:|\n");
    let native = all().count();
    line(&mut text, "the native backend, scripted", native, all().map(cells).sum(), native);
    for engine in Engine::BROWSERS {
        for (emscripten, version) in EMSCRIPTEN {
            let platform = PlatformId::Web { engine, emscripten };
            let rows = || all().filter(|row| row.runs_on(platform));
            let simulated = rows().filter(|row| row.is_simulated()).count();
            let shown = format!("{}, Emscripten {version}", engine.name());
            line(&mut text, &shown, rows().count(), rows().map(cells).sum(), simulated);
        }
    }
    let ability = Ability::Quota;
    let browsers = Engine::BROWSERS.into_iter();
    let lack: Vec<_> = browsers.filter(|engine| !ability.engines().contains(engine)).collect();
    let names: Vec<_> = lack.iter().map(|engine| engine.name()).collect();
    let names = names.join(", ");
    write!(text, "\n{}, so {names} cannot run these rows:\n\n", ability.reason())
        .expect("a String");
    list(&mut text, |row| row.needs().is_some());
    text += "\nThe columns; a handler:\n\n";
    list_columns(&mut text, Column::OF_HANDLERS);
    text += "\nOr a task, in the place of a handler:\n\n";
    list_columns(&mut text, Column::OF_TASKS);
    text += "\nThe rows that are simulated in browsers:\n\n";
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

fn line(text: &mut String, platform: &str, rows: usize, cells: usize, simulated: usize) {
    writeln!(text, "| {platform} | {rows} | {cells} | {simulated} |").expect("a String");
}

/// Lists the rows for which `is_so` is true, one a line.
fn list(text: &mut String, is_so: fn(&Row) -> bool) {
    for row in all().filter(|row| is_so(row)) {
        writeln!(text, "- {} (`{}`)", row.path, row.name).expect("a String");
    }
}
