//! Housekeeping of the cache: its keys, its namespaces, its budget.

use std::cell::Cell;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use fetch_runtime::cache::{self, CacheError};
use fetch_runtime::{CacheMode, CacheStatus, Outcome, Request, Response, stats};

use crate::pattern::is_pattern;
use crate::scenario::Test;

scenarios! { $ for_each_housekeeping_scenario:
    keys_and_sizes
    keys_that_begin_with_anything
    delete_one
    delete_those_that_begin_so
    clear_a_namespace
    names_of_namespaces
    namespaces_do_not_meet
    a_download_in_a_namespace
    a_callback_is_called_once_and_later
    a_dropped_operation_goes_on
    the_storage
    the_least_recently_used_downloads_go
    a_hit_counts_as_use
    the_newest_download_stays
    a_download_that_is_read_is_whole
    records_stay
    a_download_in_a_namespace_that_changes
    a_deleted_download_does_not_count
    budgets_of_namespaces
    no_budget_again
    ages
}

/// The keys that begin so, with their sizes.
pub(super) async fn list(prefix: &str) -> Vec<(String, u64)> {
    let entries = cache::keys(prefix).await.expect("there is a cache");
    entries.into_iter().map(|entry| (entry.key, entry.size)).collect()
}

pub(super) async fn names(prefix: &str) -> Vec<String> {
    list(prefix).await.into_iter().map(|(key, _)| key).collect()
}

pub(super) async fn store(key: &str, body: impl Into<fetch_runtime::RequestBody>) {
    let response = Request::idb_store(key).body(body).await.expect("it begins");
    assert_eq!(response.cache_status(), CacheStatus::Stored, "{response:?}");
}

pub(super) async fn load(key: &str) -> Response {
    Request::get(key).cache(CacheMode::OnlyIfCached).await.expect("it begins")
}

async fn has(key: &str) -> bool {
    load(key).await.outcome() == Outcome::Success
}

/// Stores so many bytes, a download, under this key.
async fn download(t: &Test, key: &str, length: usize) {
    let request = Request::get(t.url(&format!("/bytes/{length}")));
    let request = request.cache(CacheMode::Reload).cache_key(key.to_owned());
    let response = request.await.expect("it begins");
    assert_eq!(
        (response.outcome(), response.cache_status()),
        (Outcome::Success, CacheStatus::Stored),
        "{response:?}"
    );
    assert!(response.body().len() == length && is_pattern(response.body(), 0));
}

/// Runs a task in a namespace of its own, which is empty at first, and with this budget.
pub(super) fn alone(
    t: &Test,
    name: &'static str,
    budget: Option<u64>,
    task: impl Future<Output = ()> + 'static,
) {
    t.spawn(async move {
        cache::set_namespace(Some(name)).expect("a name");
        cache::clear().await.expect("there is a cache");
        cache::set_budget(budget);
        task.await;
        cache::set_budget(None);
        cache::clear().await.expect("there is a cache");
        cache::set_namespace(None).expect("no name");
    });
}

/// Each record is listed with its size, in the order of the keys.
fn keys_and_sizes(t: &Test) {
    t.spawn(async {
        store("listed/b", vec![7; 100_000]).await;
        store("listed/a", "four").await;
        store("listed/c", "").await;
        store("listed/ü/鍵/🗝", "x").await;
        store("listee", "not this one").await;
        let expected =
            [("listed/a", 4), ("listed/b", 100_000), ("listed/c", 0), ("listed/ü/鍵/🗝", 1)];
        assert_eq!(list("listed/").await, expected.map(|(key, size)| (key.to_owned(), size)));
        assert_eq!(names("listed/ü").await, ["listed/ü/鍵/🗝"]);
        assert_eq!(names("listed/d").await, [""; 0]);
        assert!(names("").await.contains(&"listee".to_owned()));
        store("listed/a", "longer than before").await;
        assert_eq!(list("listed/a").await, [("listed/a".to_owned(), 18)]);
        assert!(cache::keys("listed/").await.expect("a cache")[0].age.is_none());
        assert_eq!(cache::delete_prefix("listed/").await, Ok(4));
        assert_eq!(cache::delete("listee").await, Ok(true));
    });
}

/// The keys that begin with a text are those, and neither more nor less.
fn keys_that_begin_with_anything(t: &Test) {
    const KEYS: [&str; 9] = [
        "any",
        "any\u{ff}",
        "any\u{ffff}",
        "any\u{ffff}\u{ffff}x",
        "any\u{10ffff}",
        "any%",
        "any_",
        "any'",
        "anz",
    ];
    alone(t, "any", None, async {
        for key in KEYS {
            store(key, key).await;
        }
        for prefix in KEYS.into_iter().chain(["", "an", "any\u{ffff}\u{ffff}", "b"]) {
            let mut found = names(prefix).await;
            found.sort();
            let mut expected = KEYS.to_vec();
            expected.retain(|key| key.starts_with(prefix));
            expected.sort_unstable();
            assert_eq!(found, expected, "{prefix:?}");
        }
        assert_eq!(cache::delete_prefix("any\u{ffff}").await, Ok(2));
        assert_eq!(names("").await.len(), 7);
        assert!(has("any\u{10ffff}").await && has("anz").await);
    });
}

/// It is gone, and the result says whether there was one.
fn delete_one(t: &Test) {
    t.spawn(async {
        store("deleted/1", "x").await;
        store("deleted/11", "x").await;
        assert_eq!(cache::delete("deleted/1").await, Ok(true));
        assert_eq!(cache::delete("deleted/1").await, Ok(false));
        assert!(!has("deleted/1").await && has("deleted/11").await);
        assert_eq!(cache::delete("deleted/11").await, Ok(true));
        // These cannot be the keys of requests.
        assert_eq!(cache::delete("").await, Ok(false));
        assert_eq!(cache::delete("\0").await, Ok(false));
    });
}

fn delete_those_that_begin_so(t: &Test) {
    t.spawn(async {
        for key in ["level/1/a", "level/1/b", "level/10/a", "level/2"] {
            store(key, "x").await;
        }
        assert_eq!(cache::delete_prefix("level/1/").await, Ok(2));
        assert_eq!(cache::delete_prefix("level/1/").await, Ok(0));
        assert_eq!(names("level/").await, ["level/10/a", "level/2"]);
        assert_eq!(cache::delete_prefix("level/").await, Ok(2));
    });
}

/// `clear` deletes the records of the namespace, and no other.
fn clear_a_namespace(t: &Test) {
    let test = t.clone();
    alone(t, "cleared", None, async move {
        store("save", "mine").await;
        download(&test, "level", 10).await;
        cache::set_namespace(Some("cleared2")).expect("a name");
        store("save", "another's").await;
        cache::set_namespace(None).expect("no name");
        store("cleared", "of none").await;
        cache::set_namespace(Some("cleared")).expect("a name");
        assert_eq!(cache::clear().await, Ok(2));
        assert_eq!(names("").await, [""; 0]);
        cache::set_namespace(Some("cleared2")).expect("a name");
        assert_eq!(load("save").await.text(), "another's");
        assert_eq!(cache::clear().await, Ok(1));
        cache::set_namespace(None).expect("no name");
        assert_eq!(cache::delete("cleared").await, Ok(true));
        cache::set_namespace(Some("cleared")).expect("a name");
    });
}

fn names_of_namespaces(_: &Test) {
    let long = "a".repeat(65);
    for name in ["", "a b", "a|b", "a/b", "a:b", "ü", "a\0", &long] {
        let error = cache::set_namespace(Some(name)).expect_err(name);
        assert!(error.to_string().contains(&format!("{name:?} cannot be a namespace")), "{error}");
    }
    for name in ["a", "my-game_2.0", "-", ".", &long[1..]] {
        assert_eq!(cache::set_namespace(Some(name)), Ok(()));
    }
    assert_eq!(cache::set_namespace(None), Ok(()));
}

/// The same key is another record in each namespace; without one, it begins with its name.
fn namespaces_do_not_meet(t: &Test) {
    t.spawn(async {
        for name in ["one", "two"] {
            cache::set_namespace(Some(name)).expect("a name");
            assert!(!has("same/key").await);
            store("same/key", name).await;
        }
        cache::set_namespace(Some("one")).expect("a name");
        let response = load("same/key").await;
        assert_eq!((response.text(), response.url()), ("one".into(), "same/key"));
        assert_eq!(names("same/").await, ["same/key"]);
        let deleted = Request::idb_delete("same/key").await.expect("it begins");
        assert!(deleted.is_success() && deleted.url() == "same/key", "{deleted:?}");
        assert!(!has("same/key").await);
        cache::set_namespace(None).expect("no name");
        assert!(!has("same/key").await);
        assert_eq!(load("two|same/key").await.text(), "two");
        assert_eq!(names("one|").await, [""; 0]);
        assert_eq!(cache::delete("two|same/key").await, Ok(true));
    });
}

/// A download is kept under its absolute URL or its own key, and is found by each of its names.
fn a_download_in_a_namespace(t: &Test) {
    let test = t.clone();
    alone(t, "downloads", None, async move {
        let get = |url: &str, mode| Request::get(url.to_owned()).cache(mode);
        let stored = get("/bytes/5001#part", CacheMode::ForceCache).await.expect("it begins");
        assert_eq!(stored.cache_status(), CacheStatus::Stored, "{stored:?}");
        assert_eq!(stored.url(), "/bytes/5001#part");
        let absolute = test.url("/bytes/5001");
        assert_eq!(names("").await, [absolute.as_str()]);
        for url in ["/bytes/5001", "/bytes/5001#other", "/x/../bytes/5001", &absolute] {
            for mode in [CacheMode::OnlyIfCached, CacheMode::ForceCache] {
                let found = get(url, mode).await.expect("it begins");
                assert_eq!(found.cache_status(), CacheStatus::Hit, "{url} {mode:?}: {found:?}");
                assert_eq!((found.body().len(), found.url()), (5001, url));
            }
        }
        // A key of its own is not resolved.
        let keyed =
            get("/x", CacheMode::OnlyIfCached).cache_key("/bytes/5001").await.expect("it begins");
        assert_eq!(keyed.outcome(), Outcome::CacheMiss);
        download(&test, "own key", 5002).await;
        assert_eq!(load("own key").await.body().len(), 5002);
        assert_eq!(names("own").await, ["own key"]);

        // The other namespace does not see it, and has not changed it.
        cache::set_namespace(None).expect("no name");
        assert!(!has("/bytes/5001").await && !has("own key").await);
        cache::set_namespace(Some("downloads")).expect("a name");
        assert_eq!(cache::delete(&absolute).await, Ok(true));
        assert!(!has("/bytes/5001").await);
    });
}

/// Not inside `send_fn`, and exactly once.
fn a_callback_is_called_once_and_later(t: &Test) {
    let is_inside = Rc::new(Cell::new(true));
    let check = |is_inside: &Rc<Cell<bool>>| {
        let (is_inside, called) = (Rc::clone(is_inside), t.expect());
        move || {
            called();
            assert!(!is_inside.get(), "inside the call");
        }
    };
    let (listed, deleted, cleared) = (check(&is_inside), check(&is_inside), check(&is_inside));
    cache::keys("no such").send_fn(move |result| {
        listed();
        assert_eq!(result, Ok(Vec::new()));
    });
    cache::delete("no such").send_fn(move |result| {
        deleted();
        assert_eq!(result, Ok(false));
    });
    cache::delete_prefix("no such").send_fn(move |result| {
        cleared();
        assert_eq!(result, Ok(0));
    });
    is_inside.set(false);
    assert_eq!(stats().live, 0);
}

/// Nothing stops an operation that has begun; one that has not does nothing.
fn a_dropped_operation_goes_on(t: &Test) {
    t.spawn(async {
        store("dropped/1", "x").await;
        store("dropped/2", "x").await;
        let mut begun = cache::delete("dropped/1");
        let waker = Waker::noop();
        let poll = std::pin::Pin::new(&mut begun).poll(&mut Context::from_waker(waker));
        assert!(poll.is_pending());
        drop(begun);
        drop(cache::delete("dropped/2"));
        // It comes after the one that has begun.
        assert_eq!(names("dropped/").await, ["dropped/2"]);
        assert_eq!(cache::delete("dropped/2").await, Ok(true));
    });
}

/// The usage is an estimate, and the quota is more. Not each browser can be asked everywhere.
fn the_storage(t: &Test) {
    t.spawn(async {
        store("storage", vec![7; 500_000]).await;
        match cache::usage().await {
            Ok(usage) => {
                println!("    {usage:?}");
                assert!(usage.quota.is_none_or(|quota| quota > usage.used), "{usage:?}");
                assert!(usage.quota.is_none_or(|quota| quota > 500_000), "{usage:?}");
            }
            Err(CacheError::Unavailable { reason }) if cfg!(target_os = "emscripten") => {
                println!("    usage: {reason}");
            }
            Err(error) => panic!("{error}"),
        }
        match cache::persisted().await {
            Ok(is_persisted) => assert!(is_persisted || cfg!(target_os = "emscripten")),
            Err(CacheError::Unavailable { reason }) if cfg!(target_os = "emscripten") => {
                println!("    persisted: {reason}");
            }
            Err(error) => panic!("{error}"),
        }
        assert_eq!(cache::delete("storage").await, Ok(true));
    });
}

/// In the order of their use, until the rest fits.
fn the_least_recently_used_downloads_go(t: &Test) {
    let test = t.clone();
    alone(t, "lru", Some(3500), async move {
        for key in ["1", "2", "3"] {
            download(&test, key, 1000).await;
        }
        assert_eq!(names("").await, ["1", "2", "3"]);
        download(&test, "4", 1000).await;
        assert_eq!(names("").await, ["2", "3", "4"]);
        download(&test, "5", 2000).await;
        assert_eq!(names("").await, ["4", "5"]);
        // The same again does not count twice.
        download(&test, "4", 1000).await;
        download(&test, "5", 2000).await;
        assert_eq!(list("").await, [("4".to_owned(), 1000), ("5".to_owned(), 2000)]);
        // To the byte: 3,500 bytes are within the budget.
        download(&test, "6", 500).await;
        assert_eq!(names("").await, ["4", "5", "6"]);
        download(&test, "7", 1).await;
        assert_eq!(names("").await, ["5", "6", "7"]);
    });
}

/// `ForceCache` and `OnlyIfCached` use what they find.
fn a_hit_counts_as_use(t: &Test) {
    let test = t.clone();
    alone(t, "hits", Some(3000), async move {
        for key in ["1", "2", "3"] {
            download(&test, key, 1000).await;
        }
        assert!(has("1").await);
        let again = Request::get(test.url("/bytes/1000")).cache(CacheMode::ForceCache);
        let again = again.cache_key("2").await.expect("it begins");
        assert_eq!(again.cache_status(), CacheStatus::Hit);
        download(&test, "4", 1000).await;
        assert_eq!(names("").await, ["1", "2", "4"]);
        download(&test, "5", 1000).await;
        assert_eq!(names("").await, ["2", "4", "5"]);
    });
}

/// Also if it alone is more than the budget; all others go.
fn the_newest_download_stays(t: &Test) {
    let test = t.clone();
    alone(t, "newest", Some(100), async move {
        download(&test, "1", 60).await;
        download(&test, "2", 5000).await;
        assert_eq!(list("").await, [("2".to_owned(), 5000)]);
        download(&test, "2", 7000).await;
        assert_eq!(list("").await, [("2".to_owned(), 7000)]);
        download(&test, "3", 1).await;
        assert_eq!(names("").await, ["3"]);
    });
}

/// A load that has begun gets its body, though a store evicts the download meanwhile.
fn a_download_that_is_read_is_whole(t: &Test) {
    const LENGTH: usize = 300_000;
    let test = t.clone();
    alone(t, "read", Some(1000), async move {
        for _ in 0..10 {
            download(&test, "read", LENGTH).await;
            let evicting = {
                let request = Request::get(test.url("/bytes/900")).cache(CacheMode::Reload);
                request.cache_key("evicting").into_future()
            };
            let loads: Vec<_> = (0..4).map(|_| load("read")).collect();
            let all = futures_util::future::join(futures_util::future::join_all(loads), async {
                evicting.await.expect("it begins")
            });
            let (loads, stored) = all.await;
            assert_eq!(stored.cache_status(), CacheStatus::Stored);
            for response in loads {
                match response.outcome() {
                    Outcome::Success => {
                        assert!(response.body().len() == LENGTH && is_pattern(response.body(), 0));
                    }
                    // It began after the eviction.
                    outcome => assert_eq!(outcome, Outcome::CacheMiss),
                }
            }
            assert_eq!(names("").await, ["evicting"]);
        }
    });
}

/// Records of `IDB_STORE` are the program's own, and no eviction takes them.
fn records_stay(t: &Test) {
    let test = t.clone();
    alone(t, "records", Some(1000), async move {
        store("save", vec![7; 5000]).await;
        download(&test, "1", 600).await;
        download(&test, "2", 600).await;
        assert_eq!(names("").await, ["2", "save"]);
        // A record takes the place of a download, and is none from then on.
        store("2", "a record").await;
        assert!(has("2").await);
        download(&test, "3", 600).await;
        download(&test, "4", 600).await;
        assert_eq!(names("").await, ["2", "4", "save"]);
        // And the other way round.
        download(&test, "2", 500).await;
        assert_eq!(names("").await, ["2", "save"]);
        // Also while there is no budget.
        cache::set_budget(None);
        store("2", "a record").await;
        cache::set_budget(Some(1000));
        download(&test, "5", 600).await;
        download(&test, "6", 600).await;
        assert_eq!(names("").await, ["2", "6", "save"]);
        assert_eq!(list("2").await, [("2".to_owned(), 8)]);
    });
}

/// Whose namespace is another one when it is stored.
fn a_download_in_a_namespace_that_changes(t: &Test) {
    let test = t.clone();
    alone(t, "changing", Some(1000), async move {
        let mut future = Box::pin(
            Request::get(test.url("/play?status=200&pause=200&body=abc"))
                .cache(CacheMode::Reload)
                .cache_key("kept")
                .into_future(),
        );
        let begun = poll_fn(|context| Poll::Ready(future.as_mut().poll(context))).await;
        assert!(begun.is_pending());
        cache::set_namespace(Some("changed")).expect("a name");
        assert_eq!(future.await.expect("it begins").cache_status(), CacheStatus::Stored);
        // It counts in neither of them, so neither of them deletes it.
        download(&test, "1", 600).await;
        download(&test, "2", 600).await;
        assert_eq!(names("").await, ["2"]);
        assert_eq!(cache::clear().await, Ok(1));
        cache::set_namespace(Some("changing")).expect("a name");
        assert_eq!(names("").await, ["kept"]);
    });
}

/// However it was deleted.
fn a_deleted_download_does_not_count(t: &Test) {
    let test = t.clone();
    alone(t, "uncounted", Some(3000), async move {
        for key in ["1", "2", "3"] {
            download(&test, key, 1000).await;
        }
        assert_eq!(cache::delete("1").await, Ok(true));
        download(&test, "4", 1000).await;
        assert_eq!(names("").await, ["2", "3", "4"]);
        assert!(Request::idb_delete("2").await.expect("it begins").is_success());
        download(&test, "5", 1000).await;
        assert_eq!(names("").await, ["3", "4", "5"]);
        // By a program without a budget, too.
        cache::set_budget(None);
        assert!(Request::idb_delete("3").await.expect("it begins").is_success());
        cache::set_budget(Some(3000));
        download(&test, "6", 1000).await;
        assert_eq!(names("").await, ["4", "5", "6"]);
        assert_eq!(cache::delete_prefix("").await, Ok(3));
        for key in ["7", "8", "9"] {
            download(&test, key, 1000).await;
        }
        assert_eq!(names("").await, ["7", "8", "9"]);
    });
}

/// A program evicts its own downloads only.
fn budgets_of_namespaces(t: &Test) {
    let test = t.clone();
    alone(t, "mine", Some(1000), async move {
        download(&test, "1", 900).await;
        for name in [Some("another"), None] {
            cache::set_namespace(name).expect("a name");
            download(&test, "of-another/1", 900).await;
            download(&test, "of-another/2", 900).await;
            assert_eq!(names("of-another").await, ["of-another/2"]);
        }
        cache::set_namespace(Some("mine")).expect("a name");
        assert_eq!(names("").await, ["1"]);
        download(&test, "2", 900).await;
        assert_eq!(names("").await, ["2"]);
        for name in [Some("another"), None] {
            cache::set_namespace(name).expect("a name");
            assert_eq!(cache::delete_prefix("of-another").await, Ok(1));
        }
        cache::set_namespace(Some("mine")).expect("a name");
    });
}

/// Without a budget, everything stays, and has no age if it was stored then.
fn no_budget_again(t: &Test) {
    let test = t.clone();
    alone(t, "unlimited", Some(1000), async move {
        download(&test, "1", 900).await;
        cache::set_budget(None);
        download(&test, "2", 900).await;
        download(&test, "3", 900).await;
        assert_eq!(names("").await, ["1", "2", "3"]);
        let entries = cache::keys("").await.expect("a cache");
        let have_ages: Vec<_> = entries.iter().map(|entry| entry.age.is_some()).collect();
        assert_eq!(have_ages, [true, false, false]);
        // They count from when they are stored again.
        cache::set_budget(Some(1000));
        download(&test, "3", 900).await;
        assert_eq!(names("").await, ["2", "3"]);
    });
}

/// A download that was stored under a budget has an age.
fn ages(t: &Test) {
    let test = t.clone();
    alone(t, "ages", Some(1_000_000), async move {
        download(&test, "1", 1000).await;
        store("2", "a record").await;
        fetch_runtime::sleep(std::time::Duration::from_millis(300)).await;
        download(&test, "3", 1000).await;
        let entries = cache::keys("").await.expect("a cache");
        let ages: Vec<_> = entries.iter().map(|entry| entry.age).collect();
        let (Some(older), None, Some(newer)) = (ages[0], ages[1], ages[2]) else {
            panic!("{entries:?}");
        };
        assert!((300..60_000).contains(&older.as_millis()), "{entries:?}");
        assert!(older.as_millis() >= newer.as_millis() + 200, "{entries:?}");
    });
}
