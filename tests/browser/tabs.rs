//! Two pages of one origin that load the same file: one downloads it, and the other one waits.
//!
//! The other page is a frame. It has a realm, a database connection and Web Locks of its own, as
//! another tab does, and runs this program.

use std::time::{Duration, Instant};

use fetch_runtime::{AbortController, CacheMode, CacheStatus, Outcome, Request, Response, sleep};
use fetch_shared::pattern::is_pattern;
use fetch_shared::scenario::{Test, assert_is};
use futures_util::future::join;

use crate::driver::Run;
use crate::js;

/// The first argument of the program in the other page. The second one is the URL that it loads.
pub(crate) const ANOTHER: &str = "another-page";

pub(crate) fn tests() -> Vec<(String, Run)> {
    tests![
        another_page_downloads_it,
        another_page_without_locks,
        another_page_goes_away,
        another_page_stores_nothing,
        another_page_and_a_timeout,
        another_page_and_an_abort,
        another_page_and_an_early_abort,
        another_page_and_a_dropped_future,
        one_page_asks_twice
    ]
}

fn request(url: &str) -> Request {
    Request::get(url.to_owned()).cache(CacheMode::ForceCache).resume(true)
}

/// The program in the other page.
pub(crate) fn be_another(url: &str) {
    let sent = request(url).send_fn(|response| {
        let (outcome, status) = (response.outcome(), response.cache_status());
        js::run(&format!(
            "parent.another.end = '{outcome:?} {status:?} {}'",
            response.body().len()
        ));
    });
    sent.expect("it begins");
}

/// Starts the program in another page.
fn start_another(url: &str, before: &str) {
    js::run(&format!(
        "globalThis.another = {{ frame: document.createElement('iframe') }};
        (() => {{
            document.body.append(another.frame);
            const page = another.frame.contentWindow;
            const script = page.document.createElement('script');
            page.Module = {{ arguments: ['{ANOTHER}', '{url}'], print() {{}} }};
            page.eval(`{before}`);
            script.src = new URL(fetchRunner.program, location.href).href;
            page.document.body.append(script);
        }})()"
    ));
}

/// Closes the other page.
fn close_another() {
    js::run("another.frame.remove()");
}

/// Has this page take the lock of a key, as another page would, until `another.release()`.
fn lock(key: &str) {
    js::run(&format!(
        "globalThis.another = {{}};
        navigator.locks.request('fetch-runtime {key}', () => new Promise((release) => {{
            another.release = release;
        }}))"
    ));
}

async fn until(condition: &str) {
    let begun = Instant::now();
    while js::evaluate(condition) != "true" {
        assert!(begun.elapsed() < Duration::from_secs(60), "{condition}");
        sleep(Duration::from_millis(10)).await;
    }
}

/// How often the server was asked for this path.
async fn requests(t: &Test, path: &str) -> String {
    let response = Request::get(t.url(&format!("/requests?path={path}"))).await;
    response.expect("it begins").text().into_owned()
}

/// Starts the program in another page, and waits until it downloads the file.
async fn another_downloads(t: &Test, path: &str, before: &str) {
    start_another(&t.url(path), before);
    let begun = Instant::now();
    while requests(t, path).await != "1" {
        assert!(begun.elapsed() < Duration::from_secs(60), "the other page downloads nothing");
        sleep(Duration::from_millis(10)).await;
    }
}

fn assert_whole(response: &Response, status: CacheStatus, length: usize) {
    assert_is(response, Outcome::Success, status);
    assert_eq!(response.body().len(), length);
    // `/drip` sends pieces of 1,000 bytes.
    let piece = if length % 1000 == 0 { 1000 } else { length };
    assert!(response.body().chunks(piece).all(|piece| is_pattern(piece, 0)));
}

/// The record is the body.
async fn assert_stored(url: &str, length: usize) {
    let stored = Request::get(url.to_owned()).cache(CacheMode::OnlyIfCached).await;
    assert_whole(&stored.expect("it begins"), CacheStatus::Hit, length);
}

fn another_page_downloads_it(t: &Test) {
    let (path, test) = ("/drip/30/51", t.clone());
    let url = t.url(path);
    t.spawn(async move {
        another_downloads(&test, path, "").await;
        let response = request(&url).await.expect("it begins");
        assert_whole(&response, CacheStatus::Hit, 30_000);
        until("'end' in another").await;
        assert_eq!(js::evaluate("another.end"), "Success Stored 30000");
        assert_eq!(requests(&test, path).await, "1");
        assert_stored(&url, 30_000).await;
        close_another();
    });
}

/// As in a page that was not loaded by `https:`.
fn another_page_without_locks(t: &Test) {
    let (path, test) = ("/drip/30/52", t.clone());
    let url = t.url(path);
    t.spawn(async move {
        const HIDE: &str = "Object.defineProperty(navigator, 'locks', \
            { value: undefined, configurable: true })";
        another_downloads(&test, path, HIDE).await;
        js::run(HIDE);
        let response = request(&url).await.expect("it begins");
        js::run("delete navigator.locks");
        assert_whole(&response, CacheStatus::Stored, 30_000);
        until("'end' in another").await;
        assert_eq!(js::evaluate("another.end"), "Success Stored 30000");
        assert_eq!(requests(&test, path).await, "2");
        assert_stored(&url, 30_000).await;
        close_another();
    });
}

/// In the middle of its download.
fn another_page_goes_away(t: &Test) {
    let (path, test) = ("/drip/30/100", t.clone());
    let url = t.url(path);
    t.spawn(async move {
        another_downloads(&test, path, "").await;
        let closed = async {
            sleep(Duration::from_millis(700)).await;
            close_another();
        };
        let (response, ()) = join(request(&url).into_future(), closed).await;
        assert_whole(&response.expect("it begins"), CacheStatus::Stored, 30_000);
        assert_eq!(requests(&test, path).await, "2");
        assert_stored(&url, 30_000).await;
    });
}

fn another_page_stores_nothing(t: &Test) {
    let (path, test) = ("/bytes/10053", t.clone());
    let url = t.url(path);
    t.spawn(async move {
        lock(&url);
        until("'release' in another").await;
        let released = async {
            sleep(Duration::from_millis(300)).await;
            assert_eq!(requests(&test, path).await, "0");
            js::run("another.release()");
        };
        let (response, ()) = join(request(&url).into_future(), released).await;
        assert_whole(&response.expect("it begins"), CacheStatus::Stored, 10_053);
        assert_eq!(requests(&test, path).await, "1");
    });
}

fn another_page_and_a_timeout(t: &Test) {
    let (path, test) = ("/bytes/10054", t.clone());
    let url = t.url(path);
    t.spawn(async move {
        lock(&url);
        until("'release' in another").await;
        let begun = Instant::now();
        let late = request(&url).timeout(Duration::from_millis(200)).await.expect("it begins");
        assert_is(&late, Outcome::Timeout, CacheStatus::Bypass);
        assert!(begun.elapsed() < Duration::from_secs(10));
        js::run("another.release()");
        assert_whole(&request(&url).await.expect("it begins"), CacheStatus::Stored, 10_054);
        assert_eq!(requests(&test, path).await, "1");
    });
}

fn another_page_and_an_abort(t: &Test) {
    let (path, test) = ("/bytes/10055", t.clone());
    let url = t.url(path);
    t.spawn(async move {
        lock(&url);
        until("'release' in another").await;
        let controller = AbortController::new();
        let aborted = async {
            sleep(Duration::from_millis(200)).await;
            controller.abort();
        };
        let waiting = request(&url).signal(&controller.signal()).into_future();
        let (response, ()) = join(waiting, aborted).await;
        assert_is(&response.expect("it begins"), Outcome::Aborted, CacheStatus::Bypass);
        js::run("another.release()");
        assert_eq!(requests(&test, path).await, "0");
    });
}

/// Before the lookup has ended, so that the wait has not begun.
fn another_page_and_an_early_abort(t: &Test) {
    let url = t.url("/bytes/10057");
    t.spawn(async move {
        lock(&url);
        until("'release' in another").await;
        let controller = AbortController::new();
        let aborted = request(&url).signal(&controller.signal()).into_future();
        let abort = async { controller.abort() };
        let soon = Duration::from_secs(10);
        let both = fetch_runtime::timeout(soon, join(aborted, abort)).await;
        let (response, ()) = both.expect("it does not wait");
        assert_is(&response.expect("it begins"), Outcome::Aborted, CacheStatus::Bypass);
        // Before the request begins.
        let controller = AbortController::new();
        let aborted = request(&url).signal(&controller.signal());
        controller.abort();
        let response = fetch_runtime::timeout(soon, aborted).await.expect("it does not wait");
        assert_is(&response.expect("it begins"), Outcome::Aborted, CacheStatus::Bypass);
        js::run("another.release()");
    });
}

/// It waits no longer, and no other page waits for it.
fn another_page_and_a_dropped_future(t: &Test) {
    let url = t.url("/bytes/10056");
    t.spawn(async move {
        lock(&url);
        until("'release' in another").await;
        let limit = Duration::from_millis(200);
        assert!(fetch_runtime::timeout(limit, request(&url)).await.is_err());
        js::run("another.release()");
        js::run(&format!(
            "navigator.locks.request('fetch-runtime {url}', () => {{ another.is_free = true }})"
        ));
        until("another.is_free").await;
    });
}

/// They do not wait for each other.
fn one_page_asks_twice(t: &Test) {
    let url = t.url("/drip/20/53");
    t.spawn(async move {
        let both = join(request(&url).into_future(), request(&url).into_future()).await;
        for response in [both.0, both.1] {
            assert_whole(&response.expect("it begins"), CacheStatus::Stored, 20_000);
        }
        assert_stored(&url, 20_000).await;
    });
}
