//! Shows the main features against a local server: `cargo run --example quickstart`.
//! If the arguments are URLs, it downloads those instead.
//!
//! The first two requests have handlers, the others are awaited. An error that a handler or a task
//! returns ends the program with status 101.

use std::error::Error;
use std::time::Duration;

use fetch_examples::{BIG, Bar, Files, SMALL};
use fetch_runtime::{
    CacheStatus, Fetch, Outcome, Response, StartError, fetch, fetch_handler, sleep, spawn_local,
    stats, timeout,
};

type Checked = Result<(), Box<dyn Error>>;

fn check(good: bool, line: String) -> Checked {
    if !good {
        return Err(line.into());
    }
    println!("ok     {line}");
    Ok(())
}

/// Posts a body with a header. The handler is a closure, and starts the next request.
fn post(files: Files) -> Result<Fetch, StartError> {
    let json = r#"{"score":7}"#;
    fetch!(POST "/echo",
        headers: { "Content-Type": "application/json" },
        body: json,
        => move |response| -> Checked {
            let text = response.text();
            check(text == json, format!("posted {json}, got {text:?} back"))?;
            download(files)?;
            Ok(())
        }
    )
}

/// Downloads a file and shows a progress bar. The handler is a function; the files are its context.
fn download(files: Files) -> Result<Fetch, StartError> {
    let bar = Bar::new();
    fetch!(GET "/files/big.bin",
        on_progress: move |progress| bar.show(progress),
        context: files,
        => downloaded
    )
}

/// As an `async fn`, a handler can await the requests that follow.
#[fetch_handler]
async fn downloaded(response: Response, files: Files) -> Checked {
    let good = response.is_success() && Files::verify(BIG, response.body());
    let length = response.body().len();
    check(good, format!("downloaded {length} bytes of {}, verified", response.url()))?;
    drop(response);

    not_found().await?;
    redirect().await?;
    load_twice(&files).await?;
    record().await?;
    times_out().await?;
    race().await?;

    let stats = stats();
    let (started, live) = (stats.started, stats.live);
    check(live == 0, format!("{started} requests, {} of them closed, {live} live", stats.closed))
}

/// Requests a page that does not exist. The response to an error status has a body, too.
async fn not_found() -> Checked {
    let response = fetch!(GET "/status/404").await?;
    let text = response.text();
    let good = response.outcome() == Outcome::HttpError && text == "status 404";
    check(good, format!("{} {}: {text:?}", response.status(), response.status_text()))
}

/// Follows a redirect.
async fn redirect() -> Checked {
    let response = fetch!(GET "/redirect/302?to=/files/small.bin").await?;
    let good = Files::verify(SMALL, response.body());
    check(good, format!("redirected to {}", response.final_url().unwrap_or("an unknown URL")))
}

/// Loads a file twice: first from the server, which stores it in the cache, then from the cache.
async fn load_twice(files: &Files) -> Checked {
    for expected in [CacheStatus::Stored, CacheStatus::Hit] {
        let response = fetch!(GET "/files/big.bin", cache: ForceCache).await?;
        let good = response.cache_status() == expected && Files::verify(BIG, response.body());
        let count = files.requests("/files/big.bin");
        let sent = count.map_or(String::new(), |count| format!("; {count} requests to the server"));
        let length = response.body().len();
        check(good, format!("loaded {length} bytes: {:?}{sent}", response.cache_status()))?;
    }
    Ok(())
}

/// Stores, loads and deletes a record.
async fn record() -> Checked {
    fetch!(IDB_STORE "save/1", body: "level 3").await?.into_result()?;
    let record = fetch!(GET "save/1", cache: OnlyIfCached).await?;
    let text = record.text();
    check(text == "level 3", format!("stored and loaded the record {:?}: {text:?}", record.url()))?;
    fetch!(IDB_DELETE "save/1").await?.into_result()?;
    Ok(())
}

/// Times out: one request, by its option.
async fn times_out() -> Checked {
    let response = fetch!(GET "/slow/60000", timeout: Duration::from_millis(200)).await?;
    let outcome = response.outcome();
    check(outcome == Outcome::Timeout, format!("{}: {outcome}", response.url()))
}

/// Drops a future, which aborts its request.
async fn race() -> Checked {
    let both = async {
        sleep(Duration::from_millis(100)).await;
        fetch!(GET "/slow/60000").await
    };
    let late = timeout(Duration::from_millis(200), both).await;
    check(late.is_err(), String::from("gave up a request after 200 ms"))
}

async fn download_url(url: String) -> Checked {
    let bar = Bar::new();
    let request = fetch!(GET &url, on_progress: move |progress| bar.show(progress));
    let file = request.await?.into_result()?;
    check(true, format!("{url}: {} bytes", file.body().len()))
}

fn main() -> Checked {
    let urls: Vec<String> = std::env::args().skip(1).collect();
    if urls.is_empty() {
        post(Files::serve()?)?;
    }
    for url in urls {
        spawn_local(download_url(url));
    }
    // On the web, it returns at once, and the page goes on.
    fetch_runtime::run();
    Ok(())
}
