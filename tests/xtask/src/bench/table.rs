//! The tables of the guide.

use anyhow::{Context, Result};

use super::plan::{Client, Figure, Plan};
use super::results::{Results, quantile};

/// The medians of the ratios, and the versions.
pub(super) fn of(plan: &Plan, results: &Results, versions: &str) -> Result<String> {
    let others = plan.clients().iter().copied().filter(|&client| client != plan.base());
    let others: Vec<Client> = others.collect();
    let names: Vec<_> = others.iter().map(|client| client.name().to_owned()).collect();
    let mut rows = Vec::new();
    for figure in plan.figures() {
        let mut cells = vec![figure.name.to_owned()];
        for &client in &others {
            cells.push(cell(figure, results, client, plan.base())?);
        }
        rows.push(cells);
    }
    Ok(format!("{}\n{versions}\n", markdown(&names, &rows)))
}

fn cell(figure: &Figure, results: &Results, client: Client, base: Client) -> Result<String> {
    if figure.is_memory() {
        let bytes = results.first(figure.word, client).context("the memory was not measured")?;
        return Ok(format!("{:.1} MiB", bytes / f64::from(1024 * 1024)));
    }
    let ratios = results.ratios(figure.word, client, base)?;
    Ok(ratios.map_or("–".into(), |ratios| format!("{:.2}", quantile(&ratios, 2))))
}

/// A table whose first column has no name.
pub(super) fn markdown(names: &[String], rows: &[Vec<String>]) -> String {
    let mut text = format!("| | {} |\n|---|{}\n", names.join(" | "), "--:|".repeat(names.len()));
    for row in rows {
        text += &format!("| {} |\n", row.join(" | "));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::plan::Scene;
    use super::*;

    /// What a program prints that follows the plan, where each takes as long as `value` says.
    fn output(plan: &Plan, value: impl Fn(&str, &str) -> f64) -> String {
        let text = plan.text();
        let lines = text.lines().map(|line| {
            let words: Vec<_> = line.split(' ').collect();
            let [round, figure, client] = [words[0], words[1], words[2]];
            format!("measured {round} {figure} {client} {}\n", value(figure, client))
        });
        lines.collect()
    }

    #[test]
    fn each_figure_is_a_row() {
        let plan = Plan::new(Scene::Page, 3);
        let output = output(&plan, |figure, client| match (figure, client) {
            ("memory", _) => 17.5 * 1024.0 * 1024.0,
            (_, "javascript") => 2.0,
            (_, "ours") => 2.5,
            _ => 3.0,
        });
        let results = Results::parse(&output).unwrap();
        let table = of(&plan, &results, "Versions.").unwrap();
        let lines: Vec<_> = table.lines().collect();
        assert_eq!(lines[0], "| | fetch-runtime | C API by hand | reqwest | gloo-net | ehttp |");
        assert_eq!(lines[1], "|---|--:|--:|--:|--:|--:|");
        let row =
            |begin: &str| lines.iter().find(|line| line.starts_with(begin)).unwrap().to_owned();
        assert_eq!(
            row("| 100 bytes, 64"),
            "| 100 bytes, 64 at a time | 1.25 | 1.50 | 1.50 | 1.50 | 1.50 |"
        );
        assert_eq!(row("| 1 kB"), "| 1 kB from the cache | 1.25 | 1.50 | – | – | – |");
        assert!(row("| memory after").ends_with("| 17.5 MiB |"));
        assert_eq!(lines.len(), 2 + plan.figures().len() + 2);
        assert_eq!(lines.last(), Some(&"Versions."));
    }

    #[test]
    fn a_figure_that_is_missing_is_an_error() {
        let plan = Plan::new(Scene::Desktop, 1);
        let output = output(&plan, |_, _| 1.0);
        let without: String = output
            .lines()
            .filter(|line| !line.contains("reqwest"))
            .map(|l| l.to_owned() + "\n")
            .collect();
        let results = Results::parse(&without).unwrap();
        assert!(of(&plan, &results, "").is_err());
    }
}
