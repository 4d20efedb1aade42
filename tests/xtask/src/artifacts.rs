//! The programs that a cargo build has made.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::command;

/// A program that cargo has built.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Program {
    pub(crate) name: String,
    /// Cargo's word for it: `bin`, `example`, `test` …
    pub(crate) kind: String,
    /// The folder of its package.
    pub(crate) package: PathBuf,
    pub(crate) executable: PathBuf,
}

/// Runs a cargo command that builds, and lists the programs.
pub(crate) fn build(command: &mut Command) -> Result<Vec<Program>> {
    command.arg("--message-format=json-render-diagnostics");
    parse(&command::stdout_of_build(command)?)
}

/// Runs a cargo command that builds one program of this name.
pub(crate) fn build_one(command: &mut Command, name: &str) -> Result<PathBuf> {
    let programs = build(command)?;
    match programs.into_iter().find(|program| program.name == name) {
        Some(program) => Ok(program.executable),
        None => bail!("{} has built no {name}", command::shown(command)),
    }
}

fn parse(messages: &str) -> Result<Vec<Program>> {
    let mut programs = Vec::new();
    for line in messages.lines().filter(|line| line.starts_with('{')) {
        let message: Value = serde_json::from_str(line).context("cargo's message is no JSON")?;
        programs.extend(program(&message));
    }
    Ok(programs)
}

fn program(message: &Value) -> Option<Program> {
    (message["reason"] == "compiler-artifact").then_some(())?;
    Some(Program {
        name: message["target"]["name"].as_str()?.to_owned(),
        kind: message["target"]["kind"][0].as_str()?.to_owned(),
        package: Path::new(message["manifest_path"].as_str()?).parent()?.to_owned(),
        executable: message["executable"].as_str()?.into(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn programs_are_found_among_the_messages() {
        let artifact = |name: &str, kind: &str, executable: Value| {
            let target = json!({ "name": name, "kind": [kind] });
            json!({
                "reason": "compiler-artifact",
                "manifest_path": "/p q/Cargo.toml",
                "target": target,
                "executable": executable,
            })
            .to_string()
        };
        let messages = [
            artifact("l", "lib", Value::Null),
            artifact("a", "example", "/t/a.js".into()),
            r#"{"reason":"build-finished","success":true}"#.to_owned(),
        ]
        .join("\n");
        let found = parse(&messages).unwrap();
        let expected = Program {
            name: "a".into(),
            kind: "example".into(),
            package: "/p q".into(),
            executable: "/t/a.js".into(),
        };
        assert_eq!(found, [expected]);
        assert!(parse("{").is_err());
    }
}
