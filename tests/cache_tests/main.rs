//! The cache under test of `cargo xtask cache-tests`: it carries out the requests of the suite's
//! driver, with the mode `Default` (`NoCache` where a case says so).
//!
//! The driver is `driver.mjs`. It hands out one job for each `GET /bridge/next`, and takes its
//! result at `POST /bridge/done/NUMBER`.

use std::fmt::Write;

use fetch_runtime::{CacheMode, Outcome, Request, Response, spawn_local};

/// A request that the driver wants.
struct Job {
    number: String,
    mode: CacheMode,
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: String,
}

impl Job {
    /// Its number, mode, method and path, a line for each header, an empty line, and the body.
    fn parse(text: &str) -> Option<Self> {
        let (head, body) = text.split_once("\n\n")?;
        let mut lines = head.lines().map(str::to_owned);
        let (number, mode) = (lines.next()?, lines.next()?);
        let (method, path) = (lines.next()?, lines.next()?);
        let mode = match &*mode {
            "no-cache" => CacheMode::NoCache,
            _ => CacheMode::Default,
        };
        let headers = lines.map(|line| {
            let (name, value) = line.split_once(": ")?;
            Some((name.to_owned(), value.to_owned()))
        });
        let headers = headers.collect::<Option<_>>()?;
        Some(Self { number, mode, method, path, headers, body: body.to_owned() })
    }

    fn request(&self, base: &str) -> Request {
        let url = format!("{base}{}", self.path);
        let mut request = Request::new(self.method.clone(), url.clone());
        if self.method == "GET" {
            request = request.cache(self.mode);
            if cfg!(target_os = "emscripten") {
                // The browser's own cache never sees the same URL again.
                let between = if url.contains('?') { '&' } else { '?' };
                let unique = format!("{url}{between}job={}", self.number);
                request = Request::get(unique).cache(self.mode).cache_key(url);
            }
        }
        for (name, value) in &self.headers {
            request = request.header(name.clone(), value.clone());
        }
        match self.body.as_str() {
            "" => request,
            body => request.body(body.as_bytes().to_vec()),
        }
    }

    /// Sends it. Returns the status, a line for each header, an empty line, and the body. Without a
    /// status, the body is the reason.
    async fn result(&self, base: &str) -> String {
        let response = match self.request(base).await {
            Ok(response) => response,
            Err(error) => return format!("0\n\n{error}"),
        };
        match response.outcome() {
            Outcome::Success | Outcome::HttpError => described(&response),
            outcome => format!("0\n\n{outcome:?}"),
        }
    }
}

fn described(response: &Response) -> String {
    let mut text = format!("{}\n", response.status());
    for (name, value) in response.headers().into_iter().flatten() {
        writeln!(text, "{name}: {value}").expect("a String");
    }
    text + "\n" + &response.text()
}

/// Carries out all jobs, each in a task of its own.
async fn work(base: String) {
    loop {
        let next = Request::get(format!("{base}/bridge/next")).await.expect("a valid request");
        match (next.status(), Job::parse(&next.text())) {
            (200, Some(job)) => {
                let base = base.clone();
                spawn_local(async move {
                    let result = job.result(&base).await;
                    let done = format!("{base}/bridge/done/{}", job.number);
                    let told = Request::post(done).body(result.into_bytes()).await;
                    assert_eq!(told.expect("a valid request").status(), 200);
                });
            }
            // Nothing to do yet.
            (204, _) => {}
            (410, _) => return,
            _ => panic!("the driver is no driver: {next:?}"),
        }
    }
}

fn main() {
    // Natively, the driver's address and a folder for the cache.
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let base = arguments.first().cloned().unwrap_or_default();
    #[cfg(not(target_os = "emscripten"))]
    if let Some(folder) = arguments.get(1) {
        fetch_runtime::native::set_cache_dir(folder);
    }
    spawn_local(work(base));
    fetch_runtime::run();
}
