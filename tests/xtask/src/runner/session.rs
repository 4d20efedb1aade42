//! Watches one page from its start until the program in it is done.

use std::io::{self, Write};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use tokio::sync::mpsc::UnboundedSender;
use tokio::time::{Instant, sleep_until};

use crate::browser::{Browser, Ended};
use crate::connection::{FromPage, Pages, ToRunner};
use crate::engine::Engine;
use crate::options::Options;

/// How long a program that failed may still say why.
const LAST_WORDS: Duration = Duration::from_millis(300);
/// How long a page may take to tell the errors from before the program's end. Its timers are late
/// on a busy machine.
const TOLD: Duration = Duration::from_secs(30);
/// A page that goes without a word is back by then, if it loads itself again.
const BACK: Duration = Duration::from_secs(3);
const START_LIMIT: Duration = Duration::from_secs(60);
const FOREVER: Duration = Duration::from_secs(365 * 24 * 3600);

pub(crate) enum Outcome {
    /// The program ended by itself. A handler may have failed before.
    Exit {
        status: i32,
        handler_failed: bool,
    },
    Failure(String),
    Limit {
        main_returned: bool,
    },
}

/// Passes on the program's output, until it ends, fails or reaches its limit.
pub(crate) async fn run(
    browser: &mut Browser,
    pages: &mut Pages,
    options: &Options,
) -> Result<Outcome> {
    if browser.engine() == Engine::Node {
        return run_without_page(browser, options.limit()).await;
    }
    let page = first_page(browser, pages, options.limit()).await?;
    if let Some(bytes) = options.quota.filter(|_| browser.engine() == Engine::Chromium) {
        browser.set_quota(bytes).await?;
    }
    let _ = page.send("go".into());
    let end = Instant::now() + options.limit().unwrap_or(FOREVER);
    let mut session = Session {
        page,
        end,
        until: end,
        state: State::Running,
        handler_failed: false,
        main_returned: false,
        kills: 0,
    };
    loop {
        tokio::select! {
            // Messages first: the output before a crash is printed before its message.
            biased;
            Some(event) = pages.recv() => {
                if let Some(outcome) = session.hear(event, browser).await? {
                    return Ok(outcome);
                }
            }
            ended = browser.ended() => {
                return Ok(session.over().unwrap_or_else(|| {
                    let Ended { status } = ended;
                    let name = browser.engine().name();
                    Outcome::Failure(format!("{name} has ended: {status}{}", said(browser)))
                }));
            }
            () = sleep_until(session.until.min(session.end)) => {
                if matches!(session.state, State::Condemned) && Instant::now() < session.end {
                    session.kills += 1;
                    session.enter(State::Restarts, START_LIMIT);
                    browser.kill_and_start(options).await?;
                    continue;
                }
                let main_returned = session.main_returned;
                return Ok(session.over().unwrap_or(Outcome::Limit { main_returned }));
            }
        }
    }
}

/// Waits for the page to come.
async fn first_page(
    browser: &mut Browser,
    pages: &mut Pages,
    limit: Option<Duration>,
) -> Result<UnboundedSender<String>> {
    let limit = limit.map_or(START_LIMIT, |limit| limit.min(START_LIMIT));
    let name = browser.engine().name();
    tokio::select! {
        event = pages.recv() => match event.context("the server has ended")? {
            FromPage::Opened(page) => Ok(page),
            FromPage::Message(message) => bail!("a page sent {message:?} before it was there"),
            FromPage::Closed => bail!("a page went before it was there"),
        },
        Ended { status } = browser.ended() => {
            bail!("{name} did not open the page, and has ended: {status}{}", said(browser))
        }
        () = sleep_until(Instant::now() + limit) => {
            bail!("{name} did not open the page within {limit:?}{}", said(browser))
        }
    }
}

/// Node writes to stdout and stderr itself, and the script's messages to a file.
async fn run_without_page(browser: &mut Browser, limit: Option<Duration>) -> Result<Outcome> {
    let ended = tokio::select! {
        Ended { status } = browser.ended() => Some(status),
        () = sleep_until(Instant::now() + limit.unwrap_or(FOREVER)) => None,
    };
    let (mut main_returned, mut handler_failed) = (false, false);
    for message in browser.messages()? {
        match message {
            ToRunner::MainReturned => main_returned = true,
            ToRunner::HandlerFailed => handler_failed = true,
            ToRunner::Failure(what) => return Ok(Outcome::Failure(what)),
            message => bail!("Node sent {message:?}"),
        }
    }
    let Some(status) = ended else { return Ok(Outcome::Limit { main_returned }) };
    Ok(match status.code() {
        Some(status) => Outcome::Exit { status, handler_failed },
        None => Outcome::Failure(format!("Node has ended: {status}")),
    })
}

fn said(browser: &Browser) -> String {
    match browser.last_words().trim_end() {
        "" => String::new(),
        words => format!(". It said:\n{words}"),
    }
}

enum State {
    Running,
    /// It loads the page again.
    Reloads,
    /// Its browser is about to be killed.
    Condemned,
    /// Its browser was killed, and starts again.
    Restarts,
    /// The page has gone without a word, or is just being loaded again.
    Gone,
    Exited(i32),
    Failed(String),
}

struct Session {
    page: UnboundedSender<String>,
    end: Instant,
    /// The end of the current state.
    until: Instant,
    state: State,
    handler_failed: bool,
    main_returned: bool,
    /// How often the browser was killed.
    kills: usize,
}

impl Session {
    async fn hear(&mut self, event: FromPage, browser: &mut Browser) -> Result<Option<Outcome>> {
        match event {
            FromPage::Message(message) => self.obey(message, browser).await,
            FromPage::Opened(page) => {
                ensure!(
                    matches!(self.state, State::Reloads | State::Restarts | State::Gone),
                    "a second page was opened: a program has one"
                );
                let _ = page.send(format!("k{}", self.kills));
                let _ = page.send("go".into());
                self.page = page;
                self.state = State::Running;
                self.until = self.end;
                Ok(None)
            }
            FromPage::Closed => Ok(match self.state {
                State::Running | State::Condemned => {
                    self.enter(State::Gone, BACK);
                    None
                }
                State::Reloads | State::Restarts | State::Gone => None,
                State::Exited(_) | State::Failed(_) => self.over(),
            }),
        }
    }

    async fn obey(&mut self, message: ToRunner, browser: &mut Browser) -> Result<Option<Outcome>> {
        let has_failed = matches!(self.state, State::Failed(_));
        match message {
            ToRunner::Stdout(bytes) => write(io::stdout().lock(), &bytes)?,
            ToRunner::Stderr(bytes) => write(io::stderr().lock(), &bytes)?,
            ToRunner::MainReturned => self.main_returned = true,
            ToRunner::HandlerFailed => self.handler_failed = true,
            ToRunner::Reload => self.enter(State::Reloads, START_LIMIT),
            ToRunner::Exit(status) if !has_failed => self.enter(State::Exited(status), TOLD),
            ToRunner::Failure(what) if !has_failed => self.enter(State::Failed(what), LAST_WORDS),
            ToRunner::Exit(_) | ToRunner::Failure(_) => {}
            ToRunner::Told => return Ok(self.over()),
            ToRunner::Away(what) => {
                let (how, ms) = what.split_once(' ').unwrap_or_default();
                let ms = ms.parse().with_context(|| format!("{what:?} has no number of ms"))?;
                browser.take_away(how, Duration::from_millis(ms)).await?;
            }
            ToRunner::Kill(ms) => {
                let ms = ms.parse().with_context(|| format!("{ms:?} is no number of ms"))?;
                self.enter(State::Condemned, Duration::from_millis(ms));
            }
            ToRunner::Quota(bytes) => {
                let bytes = bytes
                    .parse()
                    .with_context(|| format!("the quota {bytes:?} is no number of bytes"))?;
                browser.set_quota(bytes).await?;
                let _ = self.page.send(format!("q{bytes}"));
            }
        }
        Ok(None)
    }

    fn enter(&mut self, state: State, limit: Duration) {
        self.state = state;
        self.until = Instant::now() + limit;
    }

    /// The outcome, if the program has ended.
    fn over(&mut self) -> Option<Outcome> {
        let handler_failed = self.handler_failed;
        match &self.state {
            State::Exited(status) => Some(Outcome::Exit { status: *status, handler_failed }),
            State::Failed(what) => Some(Outcome::Failure(what.clone())),
            State::Gone | State::Reloads | State::Restarts => Some(Outcome::Failure(
                "the page went away: it crashed, or went to another page".to_owned(),
            )),
            State::Running | State::Condemned => None,
        }
    }
}

fn write(mut to: impl Write, bytes: &[u8]) -> io::Result<()> {
    to.write_all(bytes)?;
    to.flush()
}
