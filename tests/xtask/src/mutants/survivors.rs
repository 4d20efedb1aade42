//! Mutations that no test can notice, and why: the program does the same with them.

use anyhow::{Result, ensure};

/// A mutation that survives.
pub(super) struct Survivor {
    /// In fetch-runtime/src.
    file: &'static str,
    /// Its name in cargo-mutants's list, without the line.
    what: &'static str,
    why: &'static str,
}

pub(super) const SURVIVORS: &[Survivor] = &[
    Survivor {
        file: "flight/cancel.rs",
        what: "delete - in InFlight::on_lookup_end",
        why: "only a browser counts reasons to stay alive; the set `exceptions` notices",
    },
    Survivor {
        file: "raw/timeout.rs",
        what: "replace unmark with ()",
        why: "only a browser reports `readyState` 4 of a synchronous request that has failed",
    },
];

/// An error, unless each mutation that was missed is a survivor, and each survivor was missed. The
/// latter counts if all mutations have run.
pub(super) fn judge(survivors: &[Survivor], missed: &[String], all: bool) -> Result<()> {
    let mut unused: Vec<_> = survivors.iter().collect();
    let mut unexplained = Vec::new();
    for line in missed {
        // One survivor explains one mutation: a function may have several of a name.
        match unused.iter().position(|survivor| survivor.is(line)) {
            Some(at) => println!("survives: {line}\n    {}", unused.remove(at).why),
            None => unexplained.push(&**line),
        }
    }
    ensure!(unexplained.is_empty(), "no test notices:\n{}", unexplained.join("\n"));
    let unused: Vec<_> = unused.iter().map(|survivor| survivor.what).collect();
    ensure!(!all || unused.is_empty(), "these do not survive:\n{}", unused.join("\n"));
    Ok(())
}

impl Survivor {
    /// Whether a line of cargo-mutants is about this mutation.
    fn is(&self, line: &str) -> bool {
        let mut parts = line.splitn(4, ':');
        let file = parts.next().and_then(|file| file.strip_prefix("fetch-runtime/src/"));
        file == Some(self.file) && parts.nth(2).map(str::trim_start) == Some(self.what)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLOSE: Survivor =
        Survivor { file: "close.rs", what: "replace < with <= in a::b", why: "it is never equal" };

    #[test]
    fn a_survivor_has_to_be_explained_and_to_survive() {
        let known = "fetch-runtime/src/close.rs:1:1: replace < with <= in a::b".to_owned();
        let again = "fetch-runtime/src/close.rs:2:1: replace < with <= in a::b".to_owned();
        let other = "fetch-runtime/src/open.rs:1:1: replace < with <= in a::b".to_owned();
        let judged = |missed: &[&String], all| {
            let missed: Vec<_> = missed.iter().map(|line| (*line).clone()).collect();
            judge(&[CLOSE], &missed, all).map_err(|error| error.to_string())
        };
        assert_eq!(judged(&[&known], true), Ok(()));
        assert_eq!(judged(&[], false), Ok(()));
        let unexplained = |line| Err(format!("no test notices:\n{line}"));
        assert_eq!(judged(&[&known, &again], true), unexplained(&again));
        assert_eq!(judged(&[&known, &other], true), unexplained(&other));
        assert_eq!(judged(&[], true), Err(format!("these do not survive:\n{}", CLOSE.what)));
    }
}
