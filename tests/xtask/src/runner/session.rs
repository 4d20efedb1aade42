//! Watches one page from its start until the program in it is done.

use std::io::{self, Write};
use std::time::Duration;

use anyhow::{Context, Result};
use chromiumoxide::Page;
use chromiumoxide::cdp::browser_protocol::inspector::{self, EventTargetCrashed};
use chromiumoxide::cdp::browser_protocol::page::{
    EventJavascriptDialogOpening, HandleJavaScriptDialogParams,
};
use chromiumoxide::cdp::browser_protocol::storage::OverrideQuotaForOriginParams;
use chromiumoxide::cdp::js_protocol::runtime::{
    AddBindingParams, EventBindingCalled, EventConsoleApiCalled, EventExceptionThrown,
    ExceptionDetails, RemoteObject,
};
use chromiumoxide::error::CdpError;
use chromiumoxide::listeners::EventStream;
use futures_util::{FutureExt, StreamExt};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout};

/// How long a program that failed may still say why.
const LAST_WORDS: Duration = Duration::from_millis(300);
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

/// Loads `url` and passes on the program's output, until it ends, fails or reaches its limit.
pub(crate) async fn run(
    page: &Page,
    mut gone: watch::Receiver<bool>,
    url: &str,
    limit: Option<Duration>,
    quota: Option<u64>,
) -> Result<Outcome> {
    if let Some(bytes) = quota {
        set_quota(page, url, &bytes.to_string()).await?;
    }
    // A binding's calls leave the page at once and in order, even if it never lets go of its thread
    // again.
    page.execute(AddBindingParams::new("fetchRunnerSend")).await?;
    page.execute(inspector::EnableParams::default()).await?;
    let mut messages = page.event_listener::<EventBindingCalled>().await?;
    let mut exceptions = page.event_listener::<EventExceptionThrown>().await?;
    let mut console = page.event_listener::<EventConsoleApiCalled>().await?;
    let mut dialogs = page.event_listener::<EventJavascriptDialogOpening>().await?;
    let mut crashes = page.event_listener::<EventTargetCrashed>().await?;

    let end = Instant::now() + limit.unwrap_or(FOREVER);
    let mut failure: Option<(String, Instant)> = None;
    let mut handler_failed = false;
    let mut main_returned = false;
    let goto = page.goto(url);
    tokio::pin!(goto);
    let mut loading = true;

    loop {
        let heard_out = failure.as_ref().map_or(end, |(_, until)| *until);
        // Messages come before exceptions: the output before a trap is printed before its stack.
        let failed = tokio::select! {
            biased;
            () = sleep_until(heard_out.min(end)) => return Ok(match failure {
                Some((what, _)) => Outcome::Failure(what),
                None => Outcome::Limit { main_returned },
            }),
            Some(event) = messages.next() => match Message::parse(&event.payload) {
                Message::Stdout(bytes) => { write(io::stdout().lock(), &bytes)?; None }
                Message::Stderr(bytes) => { write(io::stderr().lock(), &bytes)?; None }
                Message::MainReturned => { main_returned = true; None }
                Message::Quota(bytes) => {
                    set_quota(page, url, &bytes).await?;
                    page.evaluate(format!("fetchRunner.quota = {bytes}")).await?;
                    None
                }
                Message::Exit(_) if failure.is_some() => None,
                Message::Exit(status) => {
                    let mut failed = None;
                    for thrown in late_exceptions(page, &mut exceptions).await {
                        match thrown {
                            Thrown::ByHandler => handler_failed = true,
                            Thrown::Uncaught(what) => failed = failed.or(Some(what)),
                        }
                    }
                    if failed.is_none() {
                        return Ok(Outcome::Exit { status, handler_failed });
                    }
                    failed
                }
                Message::Failure(what) => Some(what),
            },
            Some(event) = exceptions.next() => match exception(&event.exception_details) {
                Some(Thrown::Uncaught(what)) => Some(what),
                Some(Thrown::ByHandler) => { handler_failed = true; None }
                None => None,
            },
            Some(event) = console.next() => {
                let text: Vec<_> = event.args.iter().map(describe).collect();
                eprintln!("[console.{}] {}", event.r#type.as_ref(), text.join(" "));
                None
            }
            Some(event) = dialogs.next() => {
                eprintln!("[{}] {}", event.r#type.as_ref(), event.message);
                page.execute(HandleJavaScriptDialogParams::new(true)).await?;
                None
            }
            Some(_) = crashes.next() => return Ok(Outcome::Failure("the page crashed".to_owned())),
            _ = gone.wait_for(|gone| *gone) => {
                return Ok(Outcome::Failure("the browser went away".to_owned()));
            }
            result = &mut goto, if loading => {
                loading = false;
                match result {
                    // The page is too slow for the library, or has gone on to another page. This
                    // function has its own limit.
                    Ok(_) | Err(CdpError::Timeout | CdpError::FrameNotFound(_)) => None,
                    Err(error) => Some(format!("the page could not be loaded: {error}")),
                }
            }
        };
        if let (None, Some(what)) = (&failure, failed) {
            failure = Some((what, Instant::now() + LAST_WORDS));
        }
    }
}

/// A message of the page's script: a letter, then text.
enum Message {
    Stdout(Vec<u8>),
    Stderr(Vec<u8>),
    MainReturned,
    Exit(i32),
    Failure(String),
    Quota(String),
}

impl Message {
    fn parse(payload: &str) -> Self {
        let (kind, text) = payload.split_at_checked(1).unwrap_or_default();
        let bytes = || text.chars().map(|byte| u8::try_from(byte).unwrap_or(b'?')).collect();
        match kind {
            "o" => Self::Stdout(bytes()),
            "e" => Self::Stderr(bytes()),
            "m" => Self::MainReturned,
            "x" => text
                .parse()
                .map_or_else(|_| Self::Failure(format!("it ended with {text:?}")), Self::Exit),
            "f" => Self::Failure(text.to_owned()),
            "q" => Self::Quota(text.to_owned()),
            _ => Self::Failure(format!("the page sent {payload:?}")),
        }
    }
}

/// Limits the storage of the origin of `url`.
async fn set_quota(page: &Page, url: &str, bytes: &str) -> Result<()> {
    let quota: f64 =
        bytes.parse().with_context(|| format!("the quota {bytes:?} is no number of bytes"))?;
    let params =
        OverrideQuotaForOriginParams::builder().origin(url.trim_end_matches('/')).quota_size(quota);
    page.execute(params.build().map_err(anyhow::Error::msg)?).await?;
    Ok(())
}

fn write(mut to: impl Write, bytes: &[u8]) -> io::Result<()> {
    to.write_all(bytes)?;
    to.flush()
}

/// An error that the browser has reported.
enum Thrown {
    /// By fetch-runtime: a handler has panicked, or returned an error. The program has said so on
    /// stderr, and goes on.
    ByHandler,
    Uncaught(String),
}

/// The beginning of fetch-runtime's reports.
const BY_HANDLER: &str = "Error: fetch-runtime: ";

/// Errors from before the end that are still on their way: they arrive before the page's answer
/// to this question.
async fn late_exceptions(
    page: &Page,
    exceptions: &mut EventStream<EventExceptionThrown>,
) -> Vec<Thrown> {
    let _ = timeout(LAST_WORDS, page.evaluate("0")).await;
    std::iter::from_fn(|| exceptions.next().now_or_never().flatten())
        .filter_map(|event| exception(&event.exception_details))
        .collect()
}

/// The text of an uncaught error. None if it is one of those that Emscripten throws to leave the
/// program, and was let through.
fn exception(details: &ExceptionDetails) -> Option<Thrown> {
    let object = details.exception.as_ref();
    if object.is_some_and(|object| {
        object.class_name.as_deref() == Some("ExitStatus") || describe(object) == "unwind"
    }) {
        return None;
    }
    let what = object.map(describe).unwrap_or_default();
    if what.starts_with(BY_HANDLER) {
        return Some(Thrown::ByHandler);
    }
    let at = details.url.as_deref().unwrap_or("the page");
    Some(Thrown::Uncaught(format!(
        "{}: {what}\n    (reported at {at}:{}:{})",
        details.text,
        details.line_number + 1,
        details.column_number + 1
    )))
}

fn describe(object: &RemoteObject) -> String {
    match (&object.value, &object.description) {
        (Some(serde_json::Value::String(text)), _) | (None, Some(text)) => text.clone(),
        (Some(value), _) => value.to_string(),
        (None, None) => object.r#type.as_ref().to_owned(),
    }
}
