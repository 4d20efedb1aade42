//! A page that is away, and comes back: its processes were stopped, or another tab was in front.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};

use fetch_runtime::{CacheMode, Outcome, Request, sleep, timeout};
use fetch_shared::engine::Ability;
use fetch_shared::scenario::Test;

use super::{leaves_nothing, wait_until};
use crate::driver::Run;
use crate::js;
use crate::options::streams;

/// For how long the page is away, in milliseconds.
const AWAY: u32 = 2500;

/// Some time, of which a page that is back has more than enough.
const SOON: Duration = Duration::from_secs(20);

pub(crate) fn tests() -> Vec<(String, Run)> {
    let mut all = in_each_way(&[
        ("what_came_is_there", what_came_is_there),
        ("what_came_in_time_is_in_time", what_came_in_time_is_in_time),
        ("what_is_late_is_late", what_is_late_is_late),
        ("an_abort_in_a_lookup", an_abort_in_a_lookup),
        ("tasks_go_on", tasks_go_on),
    ]);
    if Ability::Hidden.is_here() {
        all.extend(tests![timers_of_one_a_minute]);
    }
    all
}

/// What a page is while it is away, as the runner calls it.
type How = &'static str;

fn in_each_way(tests: &[(&str, fn(&Test, How))]) -> Vec<(String, Run)> {
    let ways: &[How] =
        if Ability::Hidden.is_here() { &["stopped", "hidden"] } else { &["stopped"] };
    let each = ways.iter().flat_map(|&how| tests.iter().map(move |test| (how, *test)));
    each.map(|(how, (name, test))| {
        let run = move |t: &Test| leaves_nothing(t, move |t| test(t, how));
        (format!("{name}_{how}"), Box::new(run) as Run)
    })
    .collect()
}

/// Takes the page away, and goes on when it is back. A timer tells that it was away: a page that is
/// hidden has a timer a second.
fn away(t: &Test, how: How) {
    js::run(&format!(
        "globalThis.gap = 0;
        globalThis.wasHidden = false;
        globalThis.isToHide = '{how}' === 'hidden';
        globalThis.longest = isToHide ? 900 : {AWAY} / 2;
        let last = performance.now();
        const timer = setInterval(() => {{
            const now = performance.now();
            gap = Math.max(gap, now - last);
            last = now;
            wasHidden ||= document.hidden;
            if (wasHidden === isToHide && gap > longest) clearInterval(timer);
        }}, 10);
        fetchRunner.away('{how}', {AWAY});"
    ));
    wait_until(t, "wasHidden === isToHide && gap > longest && !document.hidden");
}

/// Each kind of request with a limit.
fn requests(t: &Test, path: &str, limit: Duration) -> Vec<Request> {
    // A browser's HTTP cache has one request for a URL at a time.
    let number = Cell::new(0);
    let get = || Request::get(t.url(&format!("{path}?{}", number.replace(number.get() + 1))));
    let mut all = vec![
        get().timeout(limit),
        get().idle_timeout(limit),
        get().cache(CacheMode::Reload).timeout(limit),
        get().cache(CacheMode::Reload).idle_timeout(limit),
    ];
    if streams() {
        all.push(get().on_chunk(|_| ()).timeout(limit));
        all.push(get().on_chunk(|_| ()).idle_timeout(limit));
    }
    all
}

fn send_each(t: &Test, requests: Vec<Request>, outcome: Outcome) {
    let begin = Instant::now();
    for (number, request) in requests.into_iter().enumerate() {
        t.send(request, move |_, response| {
            assert_eq!(
                response.outcome(),
                outcome,
                "{number} after {:?}: {response:?}",
                begin.elapsed()
            );
            assert!(begin.elapsed() < SOON, "{number}: {:?}", begin.elapsed());
        });
    }
}

/// The whole response arrives while the page is away, long before the time is over.
fn what_came_is_there(t: &Test, how: How) {
    send_each(t, requests(t, "/slow/700", Duration::from_secs(60)), Outcome::Success);
    away(t, how);
}

/// The response arrives while the page is away, and then the time is over.
fn what_came_in_time_is_in_time(t: &Test, how: How) {
    send_each(t, requests(t, "/slow/700", Duration::from_millis(1700)), Outcome::Success);
    away(t, how);
}

/// The time is over while the page is away, and the server has not answered.
fn what_is_late_is_late(t: &Test, how: How) {
    send_each(t, requests(t, "/slow/60000", Duration::from_millis(1000)), Outcome::Timeout);
    away(t, how);
}

/// The abort waits for the lookup, which answers a page that is away.
fn an_abort_in_a_lookup(t: &Test, how: How) {
    let count = Rc::new(Cell::new(0));
    let fetches = Rc::new(RefCell::new(Vec::new()));
    for i in 0..5 {
        let count = Rc::clone(&count);
        let url = t.url(&format!("/slow/60000?away={i}"));
        let request = Request::get(url).cache(CacheMode::ForceCache);
        let fetch = t.send(request, move |_, response| {
            assert_eq!(response.outcome(), Outcome::Aborted, "{response:?}");
            count.set(count.get() + 1);
        });
        fetch.abort();
        fetches.borrow_mut().push(fetch);
    }
    away(t, how);
    t.then(move |_| {
        assert_eq!(count.get(), 5);
        drop(fetches);
    });
}

/// A task that sleeps while the page is away wakes up, and so does one that waits for a time to be
/// over.
fn tasks_go_on(t: &Test, how: How) {
    let begin = Instant::now();
    t.spawn(async move {
        sleep(Duration::from_millis(1000)).await;
        let slept = begin.elapsed();
        assert!(slept >= Duration::from_millis(1000) && slept < SOON, "{slept:?}");
    });
    t.spawn(async move {
        let never = std::future::pending::<()>();
        timeout(Duration::from_millis(1000), never).await.expect_err("it is never ready");
        let waited = begin.elapsed();
        assert!(waited >= Duration::from_millis(1000) && waited < SOON, "{waited:?}");
    });
    away(t, how);
}

/// A page that is hidden for a while has a timer a minute. Its requests end all the same, before it
/// comes back: after at most two timers.
fn timers_of_one_a_minute(t: &Test) {
    const HIDDEN: Duration = Duration::from_secs(150);
    let begin = Instant::now();
    js::run(&format!("fetchRunner.away('hidden', {})", HIDDEN.as_millis()));
    for request in requests(t, "/slow/600000", Duration::from_secs(15)) {
        t.send(request, move |_, response| {
            assert_eq!(response.outcome(), Outcome::Timeout, "{response:?}");
            assert_eq!(js::evaluate("document.hidden"), "true", "{:?}", begin.elapsed());
        });
    }
    // Before it is hidden, and as long as it is.
    t.spawn(async move {
        let mut longest = Duration::ZERO;
        while begin.elapsed() < SOON || js::evaluate("document.hidden") == "true" {
            let begin = Instant::now();
            sleep(Duration::from_millis(100)).await;
            longest = longest.max(begin.elapsed());
        }
        assert!(longest > SOON, "the longest wait for a timer of 100 ms was {longest:?}");
    });
}
