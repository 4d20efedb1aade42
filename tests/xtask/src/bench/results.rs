//! What the programs have measured.

use std::collections::{BTreeMap, HashMap};

use anyhow::{Context, Result, ensure};

use super::plan::{Client, Plan};

/// The values of a figure and a client, by round.
pub(super) struct Results(HashMap<(String, Client), BTreeMap<usize, f64>>);

impl Results {
    /// Reads the lines of a program's output that begin with `measured`.
    pub(super) fn parse(output: &str) -> Result<Self> {
        let mut results = HashMap::<_, BTreeMap<_, _>>::new();
        for line in output.lines().filter_map(|line| line.strip_prefix("measured ")) {
            let read = || {
                let [round, figure, client, value] = line.split(' ').collect::<Vec<_>>()[..] else {
                    return None;
                };
                let value = value.parse::<f64>().ok().filter(|value| value.is_finite())?;
                let key = (figure.to_owned(), Client::named(client)?);
                Some((key, round.parse::<usize>().ok()?, value))
            };
            let (key, round, value) = read().with_context(|| format!("what is {line:?}?"))?;
            let before = results.entry(key).or_default().insert(round, value);
            ensure!(before.is_none(), "{line:?} comes twice");
        }
        Ok(Self(results))
    }

    /// The value of the first round.
    pub(super) fn first(&self, figure: &str, client: Client) -> Option<f64> {
        self.0.get(&(figure.to_owned(), client))?.get(&0).copied()
    }

    /// The times of a client divided by those of `base` in the same round, in ascending order. None
    /// if the client cannot do the figure.
    pub(super) fn ratios(
        &self,
        figure: &str,
        client: Client,
        base: Client,
    ) -> Result<Option<Vec<f64>>> {
        let of = |client| self.0.get(&(figure.to_owned(), client));
        let Some(times) = of(client) else { return Ok(None) };
        let base = of(base).with_context(|| format!("nothing to compare {figure} with"))?;
        // The first round is for the caches and the compilers.
        let counted = times.range(1..);
        let ratio = |(round, time): (&usize, &f64)| Some(time / base.get(round)?);
        let ratios: Option<Vec<_>> = counted.map(ratio).collect();
        let mut ratios = ratios.with_context(|| format!("{figure} lacks a round"))?;
        ensure!(!ratios.is_empty(), "{figure} has no round that counts");
        ratios.sort_by(f64::total_cmp);
        Ok(Some(ratios))
    }

    /// The quartiles of each ratio: how much the rounds differ.
    pub(super) fn spread(&self, plan: &Plan) -> String {
        let mut text = String::new();
        for figure in plan.figures() {
            for &client in plan.clients().iter().filter(|&&client| client != plan.base()) {
                let Ok(Some(ratios)) = self.ratios(figure.word, client, plan.base()) else {
                    continue;
                };
                let [low, middle, high] = [1, 2, 3].map(|quarter| quantile(&ratios, quarter));
                let (figure, client) = (figure.name, client.name());
                text += &format!("{figure:<30} {client:<16} {low:.2} {middle:.2} {high:.2}\n");
            }
        }
        text
    }
}

/// The upper of the two values at so many quarters.
pub(super) fn quantile(sorted: &[f64], quarters: usize) -> f64 {
    sorted[(sorted.len() * quarters / 4).min(sorted.len() - 1)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(lines: &[&str]) -> Result<Results> {
        Results::parse(&lines.join("\n"))
    }

    #[test]
    fn a_ratio_compares_the_same_round() {
        let results = parse(&[
            "measured 0 small ours 1000",
            "measured 0 small javascript 1",
            "measured 1 small ours 6",
            "noise",
            "measured 1 small javascript 2",
            "measured 2 small ours 10",
            "measured 2 small javascript 10",
            "measured 0 small ehttp 1",
            "measured 0 cached ours 1",
            "measured 1 cached ours 1",
        ]);
        let results = results.unwrap();
        let ratios = |figure, client| results.ratios(figure, client, Client::JavaScript);
        assert_eq!(ratios("small", Client::Ours).unwrap(), Some(vec![1.0, 3.0]));
        assert_eq!(ratios("small", Client::Reqwest).unwrap(), None);
        assert!(ratios("small", Client::Ehttp).is_err(), "no round counts");
        assert!(ratios("cached", Client::Ours).is_err(), "no base");
        assert_eq!(results.first("small", Client::Ours), Some(1000.0));
    }

    #[test]
    fn a_line_is_read_as_a_whole() {
        for line in
            ["1 small ours", "1 small ours x", "1 small him 2", "x small ours 2", "1 a ours NaN"]
        {
            let error = parse(&[&format!("measured {line}")]).err().expect(line).to_string();
            assert!(error.contains(line), "{error}");
        }
        let twice = ["measured 1 small ours 2"; 2];
        assert!(parse(&twice).is_err());
    }

    #[test]
    fn quantiles() {
        let values = [1.0, 2.0, 3.0, 4.0, 5.0];
        assert_eq!(
            [0, 1, 2, 3, 4].map(|quarter| quantile(&values, quarter)),
            [1.0, 2.0, 3.0, 4.0, 5.0]
        );
        assert_eq!(quantile(&[7.0], 3), 7.0);
    }
}
