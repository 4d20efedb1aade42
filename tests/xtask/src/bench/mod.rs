//! Compares fetch-runtime with other clients: in browsers, on the desktop, and by size.

mod build;
mod guide;
mod plan;
mod results;
mod sizes;
mod table;
mod versions;

use std::fs;

use anyhow::{Result, ensure};
use clap::{Args, ValueEnum};

use self::plan::{Plan, Scene};
use self::results::Results;
use crate::artifacts::Program;
use crate::browser::{Browser, build_runner, installed};
use crate::command::{program, stdout};
use crate::engine::{Engine, Engines};
use crate::report::say;

/// A part of the comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Times and memory in a page, against plain JavaScript
    Browser,
    /// Times on the desktop, against reqwest
    Native,
    /// The smallest programs
    Sizes,
}

#[derive(Args)]
pub(crate) struct Bench {
    /// The parts to measure; all, where none is named
    #[arg(value_name = "PART")]
    parts: Vec<Part>,

    /// chromium, firefox or webkit; `all` for one after the other, or a list with commas
    #[arg(long, value_name = "NAME", default_value = "chromium")]
    browser: Engines,

    /// How often each client does each figure, after a round that does not count
    #[arg(long, value_name = "NUMBER", default_value_t = 15)]
    rounds: usize,

    /// Write the tables into fetch-runtime/docs/benchmarks.md
    #[arg(long)]
    bless: bool,
}

impl Bench {
    pub(crate) fn run(&self) -> Result<()> {
        ensure!(self.rounds > 0, "a median needs a round");
        let parts = if self.parts.is_empty() { Part::value_variants() } else { &self.parts };
        for part in parts {
            match part {
                Part::Browser => self.browsers()?,
                Part::Native => self.native()?,
                Part::Sizes => self.publish("sizes", &sizes::table()?)?,
            }
        }
        Ok(())
    }

    fn browsers(&self) -> Result<()> {
        let engines = installed(&self.browser.0, false)?;
        ensure!(!engines.contains(&Engine::Node), "it needs a page");
        build_runner()?;
        say("The programs of the page");
        let folder = build::page()?;
        let plan = Plan::new(Scene::Page, self.rounds);
        fs::write(folder.join("plan.txt"), plan.text())?;
        let page = Program {
            name: "bench".into(),
            kind: "bin".into(),
            executable: folder.join("bench.js"),
            package: folder,
        };
        for engine in engines {
            say(&format!("{} rounds in {}", self.rounds, engine.name()));
            let mut runner = Browser::default().command(&page, engine);
            // An isolated page has a clock of microseconds.
            runner.env("FETCH_RUNNER_ISOLATE", "true");
            runner.env("FETCH_RUNNER_TIMEOUT", "3600");
            let results = Results::parse(&stdout(&mut runner)?)?;
            print!("{}", results.spread(&plan));
            let versions = versions::of_page(engine)?;
            self.publish(engine.word(), &table::of(&plan, &results, &versions)?)?;
        }
        Ok(())
    }

    fn native(&self) -> Result<()> {
        say("The program of the desktop");
        let executable = build::native()?;
        let plan = Plan::new(Scene::Desktop, self.rounds);
        let file = executable.with_file_name("plan.txt");
        fs::write(&file, plan.text())?;
        say(&format!("{} rounds on the desktop", self.rounds));
        let results = Results::parse(&stdout(program(executable).arg(file))?)?;
        print!("{}", results.spread(&plan));
        self.publish("native", &table::of(&plan, &results, &versions::of_desktop()?)?)
    }

    /// Prints a table, and writes it into the guide with `--bless`.
    fn publish(&self, name: &str, table: &str) -> Result<()> {
        println!("\n{table}");
        if self.bless { guide::write(name, table) } else { Ok(()) }
    }
}
