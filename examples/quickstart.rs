//! Shows the main features against a local server: `cargo run --example quickstart`.
//! If the arguments are URLs, it downloads those instead.

use std::cell::Cell;
use std::error::Error;
use std::process::ExitCode;
use std::rc::Rc;
use std::time::Duration;

use fetch_examples::{BIG, Bar, Files, SMALL};
use fetch_runtime::{
    CacheStatus, Fetch, Outcome, Response, StartError, fetch, fetch_handler, stats,
};

/// Downloads a file and shows a progress bar. The handler is a function; the app is its context.
fn download(app: &Rc<App>) -> Result<Fetch, StartError> {
    let bar = Bar::new();
    fetch!(GET "/files/big.bin",
        on_progress: move |progress| bar.show(progress),
        context: Rc::clone(app),
        => downloaded
    )
}

#[fetch_handler]
fn downloaded(response: Response, app: Rc<App>) {
    let good = response.is_success() && Files::verify(BIG, response.body());
    app.report(
        good,
        format!("downloaded {} bytes of {}, verified", response.body().len(), response.url()),
    );
}

/// Posts a body with a header. The handler is a closure.
fn post(app: &Rc<App>) -> Result<Fetch, StartError> {
    let (app, json) = (Rc::clone(app), r#"{"score":7}"#);
    fetch!(POST "/echo",
        headers: { "Content-Type": "application/json" },
        body: json,
        => move |response| {
            let text = response.text();
            app.report(text == json, format!("posted {json}, got {text:?} back"));
        }
    )
}

/// Requests a page that does not exist. The response to an error status has a body, too.
fn not_found(app: &Rc<App>) -> Result<Fetch, StartError> {
    let app = Rc::clone(app);
    fetch!(GET "/status/404" => move |response| {
        let text = response.text();
        let good = response.outcome() == Outcome::HttpError && text == "status 404";
        app.report(good, format!("{} {}: {text:?}", response.status(), response.status_text()));
    })
}

/// Follows a redirect.
fn redirect(app: &Rc<App>) -> Result<Fetch, StartError> {
    let app = Rc::clone(app);
    fetch!(GET "/redirect/302?to=/files/small.bin" => move |response| {
        let good = Files::verify(SMALL, response.body());
        let url = response.final_url().unwrap_or("an unknown URL");
        app.report(good, format!("redirected to {url}"));
    })
}

/// Loads a file twice: first from the server, which stores it in the cache, then from the cache.
fn load_twice(app: &Rc<App>) -> Result<Fetch, StartError> {
    let context = (Rc::clone(app), CacheStatus::Stored);
    fetch!(GET "/files/big.bin", cache: ForceCache, context: context => loaded)
}

#[fetch_handler]
fn loaded(response: Response, (app, expected): (Rc<App>, CacheStatus)) {
    let good = response.cache_status() == expected && Files::verify(BIG, response.body());
    let count = app.files.as_ref().and_then(|files| files.requests("/files/big.bin"));
    let requests = count.map_or(String::new(), |count| format!("; {count} requests to the server"));
    app.note(
        good,
        format!("loaded {} bytes: {:?}{requests}", response.body().len(), response.cache_status()),
    );
    if expected == CacheStatus::Hit {
        return app.next();
    }
    let context = (Rc::clone(&app), CacheStatus::Hit);
    app.started(fetch!(GET "/files/big.bin", cache: ForceCache, context: context => loaded));
}

/// Stores, loads and deletes a record.
fn record(app: &Rc<App>) -> Result<Fetch, StartError> {
    fetch!(IDB_STORE "save/1", body: "level 3", context: Rc::clone(app) => stored)
}

#[fetch_handler]
fn stored(response: Response, app: Rc<App>) {
    app.note(response.is_success(), format!("stored the record {:?}", response.url()));
    let next = Rc::clone(&app);
    app.started(fetch!(GET "save/1", cache: OnlyIfCached => move |response| {
        let text = response.text();
        next.note(text == "level 3", format!("loaded the record: {text:?}"));
        let last = Rc::clone(&next);
        next.started(fetch!(IDB_DELETE "save/1" => move |response| {
            last.report(response.is_success(), String::from("deleted the record"));
        }));
    }));
}

/// Times out.
fn timeout(app: &Rc<App>) -> Result<Fetch, StartError> {
    let app = Rc::clone(app);
    fetch!(GET "/slow/60000", timeout: Duration::from_millis(200) => move |response| {
        let outcome = response.outcome();
        app.report(outcome == Outcome::Timeout, format!("{}: {outcome}", response.url()));
    })
}

/// Downloads all URLs at once.
fn download_all(app: &Rc<App>, urls: Vec<String>) {
    let left = Rc::new(Cell::new(urls.len()));
    for url in urls {
        let (then, still, bar) = (Rc::clone(app), Rc::clone(&left), Bar::new());
        let handler = move |response: Response| {
            match response.into_result() {
                Ok(file) => then.note(true, format!("{}: {} bytes", file.url(), file.body().len())),
                Err(error) => then.note(false, error.to_string()),
            }
            still.set(still.get() - 1);
            if still.get() == 0 {
                then.next();
            }
        };
        let show = move |progress| bar.show(progress);
        let started = fetch!(GET &url, on_progress: show => handler);
        if let Err(error) = started {
            app.note(false, error.to_string());
            left.set(left.get() - 1);
        }
    }
    if left.get() == 0 {
        app.next();
    }
}

type Step = fn(&Rc<App>) -> Result<Fetch, StartError>;

const STEPS: &[Step] = &[download, post, not_found, redirect, load_twice, record, timeout];

/// The state that the handlers share.
struct App {
    /// `None` if the arguments are URLs.
    files: Option<Files>,
    step: Cell<usize>,
    failed: Cell<bool>,
    finished: Cell<bool>,
}

impl App {
    fn note(&self, good: bool, line: String) {
        println!("{} {line}", if good { "ok    " } else { "FAILED" });
        self.failed.set(self.failed.get() || !good);
    }

    fn report(self: &Rc<Self>, good: bool, line: String) {
        self.note(good, line);
        self.next();
    }

    /// Starts the next step. Each handler calls this at its end, because the web cannot block.
    fn next(self: &Rc<Self>) {
        match STEPS.get(self.step.replace(self.step.get() + 1)) {
            Some(step) => self.started(step(self)),
            None => self.finish(),
        }
    }

    fn started(self: &Rc<Self>, started: Result<Fetch, StartError>) {
        if let Err(error) = started {
            self.report(false, error.to_string());
        }
    }

    fn finish(&self) {
        let stats = stats();
        println!(
            "stats: started={} completed={} closed={} guarded={} live={}",
            stats.started, stats.completed, stats.closed, stats.guarded, stats.live
        );
        self.failed.set(self.failed.get() || stats.live != 0);
        self.finished.set(true);
        if cfg!(target_os = "emscripten") {
            std::process::exit(self.failed.get().into());
        }
    }
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let urls: Vec<String> = std::env::args().skip(1).collect();
    let (files, step) =
        if urls.is_empty() { (Some(Files::serve()?), 0) } else { (None, STEPS.len()) };
    let app = Rc::new(App {
        files,
        step: Cell::new(step),
        failed: Cell::new(false),
        finished: Cell::new(false),
    });
    if urls.is_empty() {
        app.next();
    } else {
        download_all(&app, urls);
    }
    fetch_runtime::run();
    // On the web, `run` returns at once, and `finish` exits later.
    let good = cfg!(target_os = "emscripten") || (app.finished.get() && !app.failed.get());
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
