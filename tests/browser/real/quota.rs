//! A disk that is full: the browser gives the origin 1 MiB (`FETCH_RUNNER_QUOTA=1048576`), or it
//! has a disk of 4 MiB (`FETCH_RUNNER_DISK=4194304`).

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;

use fetch_runtime::{CacheMode, CacheStatus, Outcome, Request, cache};
use fetch_shared::engine::{Ability, Difference};
use fetch_shared::noise::noise;
use fetch_shared::pattern::version;
use fetch_shared::scenario::{Test, assert_is};
use fetch_shared::version::version_of_body;

use super::{in_the_store, leaves_nothing, prepare, wait_until};
use crate::driver::Run;
use crate::js;

/// Much more than there is room for.
const TOO_MUCH: usize = 8 << 20;

pub(crate) fn tests() -> Vec<(String, Run)> {
    let mut all = tests![
        the_disk_is_full,
        a_record_that_fits,
        a_record_over_the_quota,
        a_record_over_the_quota_leaves_the_older_one,
        a_reload_over_the_quota,
        a_reload_over_the_quota_leaves_the_older_one,
        a_download_over_the_quota,
        a_load_finds_the_store_before_it,
        a_load_finds_what_a_refused_store_left
    ];
    // A browser that finds the disk itself full makes no room.
    if !Ability::Quota.is_here() {
        return all;
    }
    all.extend(tests![
        an_entry_over_the_quota_leaves_the_older_one,
        as_many_records_as_fit,
        a_budget_makes_room_for_downloads,
        a_budget_makes_room_for_a_record,
        a_budget_keeps_the_order,
        no_room_can_be_made,
        a_budget_makes_room_for_entries,
        parts_make_room_for_the_whole,
        parts_that_do_not_fit
    ]);
    // Last: the quota does not shrink again.
    if Ability::QuotaThatChanges.is_here() {
        all.extend(tests![room_again]);
    }
    all
}

/// Else the other tests would prove nothing.
fn the_disk_is_full(t: &Test) {
    prepare();
    js::run(&format!("real.filled = false; real.fill('quota/fill', {TOO_MUCH})"));
    wait_until(t, "real.filled");
    t.then(|_| {
        let refusal = match Ability::Quota.is_here() {
            true => "QuotaExceededError",
            false => "UnknownError",
        };
        assert_eq!(js::evaluate("real.refused"), refusal, "FETCH_RUNNER_QUOTA, FETCH_RUNNER_DISK");
    });
}

/// The cache has nothing under this key, or these bytes.
fn has(t: &Test, key: impl Into<String>, expected: Option<&'static [u8]>) {
    t.send(Request::get(key.into()).cache(CacheMode::OnlyIfCached), move |_, response| {
        match expected {
            None => assert_is(&response, Outcome::CacheMiss, CacheStatus::Bypass),
            Some(bytes) => {
                assert_is(&response, Outcome::Success, CacheStatus::Hit);
                assert_eq!(response.body(), bytes);
            }
        }
    });
}

fn store(
    t: &Test,
    key: &str,
    body: impl Into<Vec<u8>>,
    outcome: Outcome,
    cache_status: CacheStatus,
) {
    t.send(Request::idb_store(key).body(body.into()), move |_, response| {
        assert_is(&response, outcome, cache_status);
    });
}

fn stored(t: &Test, key: &str, body: impl Into<Vec<u8>>) {
    store(t, key, body, Outcome::Success, CacheStatus::Stored);
}

fn refused(t: &Test, key: &str, body: impl Into<Vec<u8>>) {
    store(t, key, body, Outcome::CacheFailed, CacheStatus::NotStored);
}

fn delete(t: &Test, key: &str) {
    t.send(Request::idb_delete(key), |_, response| {
        let is_refused = response.outcome() == Outcome::CacheFailed;
        let may_be_refused = Difference::FullDiskKeepsRecords.is_here();
        assert!(response.is_success() || is_refused && may_be_refused, "{response:?}");
    });
}

fn a_record_that_fits(t: &Test) {
    leaves_nothing(t, |t| {
        stored(t, "quota/small", "small");
        t.then(|t| has(t, "quota/small", Some(b"small")));
        t.then(|t| delete(t, "quota/small"));
    });
}

fn a_record_over_the_quota(t: &Test) {
    leaves_nothing(t, |t| {
        refused(t, "quota/record", noise(TOO_MUCH));
        t.then(|t| has(t, "quota/record", None));
    });
}

/// The transaction is undone as a whole.
fn a_record_over_the_quota_leaves_the_older_one(t: &Test) {
    leaves_nothing(t, |t| {
        stored(t, "quota/older", "older");
        t.then(|t| refused(t, "quota/older", noise(TOO_MUCH)));
        t.then(|t| has(t, "quota/older", Some(b"older")));
        t.then(|t| delete(t, "quota/older"));
    });
}

/// The server's body is too much for the cache, and intact for the program.
fn download(t: &Test, mode: CacheMode, key: &'static str) {
    let request = Request::get(t.url(&format!("/noise/{TOO_MUCH}"))).cache(mode).cache_key(key);
    t.send(request, |_, response| {
        assert_is(&response, Outcome::Success, CacheStatus::NotStored);
        assert_eq!((response.status(), response.status_text()), (200, "OK"));
        assert!(response.body() == noise(TOO_MUCH));
    });
}

fn a_reload_over_the_quota(t: &Test) {
    leaves_nothing(t, |t| {
        download(t, CacheMode::Reload, "quota/reload");
        t.then(|t| has(t, "quota/reload", None));
    });
}

fn a_reload_over_the_quota_leaves_the_older_one(t: &Test) {
    leaves_nothing(t, |t| {
        stored(t, "quota/reload/older", "older");
        t.then(|t| download(t, CacheMode::Reload, "quota/reload/older"));
        t.then(|t| has(t, "quota/reload/older", Some(b"older")));
        t.then(|t| delete(t, "quota/reload/older"));
    });
}

/// Both its body and its head.
fn an_entry_over_the_quota_leaves_the_older_one(t: &Test) {
    const KEY: &str = "quota/entry/older";
    fn older(t: &Test, status: CacheStatus) {
        let request = Request::get(t.url("/version/7/300")).cache(CacheMode::Default);
        t.send(request.cache_key(KEY), move |_, response| {
            assert_is(&response, Outcome::Success, status);
            assert_eq!(version_of_body(response.body(), 300), Some(7), "{response:?}");
            assert_eq!(response.header("etag"), Some("\"7\""), "{response:?}");
        });
    }
    leaves_nothing(t, |t| {
        older(t, CacheStatus::Stored);
        t.then(|t| download(t, CacheMode::NoCache, KEY));
        t.then(|t| older(t, CacheStatus::Hit));
        t.then(|t| delete(t, KEY));
    });
}

fn a_download_over_the_quota(t: &Test) {
    leaves_nothing(t, |t| {
        download(t, CacheMode::ForceCache, "quota/download");
        t.then(|t| has(t, "quota/download", None));
        // It is downloaded again.
        t.then(|t| download(t, CacheMode::ForceCache, "quota/download"));
    });
}

/// Without waiting in between.
fn a_load_finds_the_store_before_it(t: &Test) {
    leaves_nothing(t, |t| {
        for i in 0..50_u8 {
            let body: &'static [u8] = [b"0123", b"4567"][usize::from(i % 2)];
            stored(t, "quota/order", body);
            has(t, "quota/order", Some(body));
            if i % 10 == 9 {
                delete(t, "quota/order");
                has(t, "quota/order", None);
            }
        }
    });
}

/// As above, where the store in between is refused. Chromium does not give room back at once: a
/// small one may be, too.
fn a_load_finds_what_a_refused_store_left(t: &Test) {
    leaves_nothing(t, |t| {
        let there: Rc<Cell<Option<&'static [u8]>>> = Rc::default();
        for body in [b"first", b"again"] {
            let told = Rc::clone(&there);
            t.send(Request::idb_store("quota/refused").body(body), move |_, response| {
                if response.is_success() {
                    told.set(Some(body));
                } else {
                    assert_is(&response, Outcome::CacheFailed, CacheStatus::NotStored);
                }
            });
            refused(t, "quota/refused", noise(TOO_MUCH));
            let there = Rc::clone(&there);
            t.send(
                Request::get("quota/refused").cache(CacheMode::OnlyIfCached),
                move |_, response| match there.get() {
                    None => assert_is(&response, Outcome::CacheMiss, CacheStatus::Bypass),
                    Some(body) => assert_eq!(response.body(), body),
                },
            );
        }
        t.then(|t| delete(t, "quota/refused"));
    });
}

/// One after the other, until there is no room. A load finds what the program was told.
fn as_many_records_as_fit(t: &Test) {
    const COUNT: usize = 40;
    const LEN: usize = 64 << 10;
    let told = Rc::new(RefCell::new(Vec::new()));
    for i in 0..COUNT {
        let told = Rc::clone(&told);
        t.then(move |t| {
            t.send(
                Request::idb_store(format!("quota/many/{i}")).body(noise(LEN)),
                move |_, response| {
                    told.borrow_mut().push(response.outcome());
                },
            );
        });
    }
    t.then(move |t| {
        let told = told.borrow();
        println!(
            "{} of {COUNT} are stored",
            told.iter().filter(|told| **told == Outcome::Success).count()
        );
        assert!(told.contains(&Outcome::Success), "{told:?}");
        assert!(told.contains(&Outcome::CacheFailed), "{COUNT} records of {LEN} bytes: {told:?}");
        for (i, told) in told.iter().copied().enumerate() {
            let load = Request::get(format!("quota/many/{i}")).cache(CacheMode::OnlyIfCached);
            t.send(load, move |_, response| {
                let found = match told {
                    Outcome::Success => (Outcome::Success, LEN),
                    _ => (Outcome::CacheMiss, 0),
                };
                assert_eq!(
                    (response.outcome(), response.body().len()),
                    found,
                    "record {i} ended as {told:?}"
                );
            });
        }
    });
    t.then(|t| (0..COUNT).for_each(|i| delete(t, &format!("quota/many/{i}"))));
}

/// Stores this many downloads of 64 KiB under a budget that is more than the disk has. Counts those
/// that were stored.
async fn fill(t: &Test, count: usize, mode: CacheMode) -> usize {
    const LEN: usize = 64 << 10;
    let mut stored = 0;
    for i in 0..count {
        let request = Request::get(t.url(&format!("/noise/{LEN}"))).cache(mode);
        let request = request.cache_key(format!("quota/fill/{i}"));
        let response = request.await.expect("it begins");
        assert!(response.is_success() && response.body() == noise(LEN), "{response:?}");
        match response.cache_status() {
            CacheStatus::Stored => stored += 1,
            status => assert_eq!(status, CacheStatus::NotStored),
        }
    }
    stored
}

async fn delete_all() {
    // A disk that is full may refuse that at first.
    while let Err(error) = cache::delete_prefix("quota/").await {
        println!("    {error}");
        fetch_runtime::sleep(std::time::Duration::from_millis(50)).await;
    }
}

/// More downloads are stored than there is room for, one at a time: older ones go for newer ones.
fn makes_room(t: &Test, mode: CacheMode) {
    cache::set_budget(Some(1 << 30));
    let test = t.clone();
    t.spawn(async move {
        let stored = fill(&test, 60, mode).await;
        let left = cache::keys("quota/fill/").await.expect("a cache");
        println!("    {stored} of 60 stored, {} left", left.len());
        assert!(stored > left.len(), "none made room for another");
        for entry in left {
            let load = Request::get(entry.key).cache(CacheMode::OnlyIfCached);
            let response = load.await.expect("it begins");
            assert_is(&response, Outcome::Success, CacheStatus::Hit);
            assert_eq!((response.body().len() as u64, entry.size), (64 << 10, 64 << 10));
        }
        delete_all().await;
        cache::set_budget(None);
    });
}

fn a_budget_makes_room_for_downloads(t: &Test) {
    makes_room(t, CacheMode::Reload);
}

/// The head of each goes with it.
fn a_budget_makes_room_for_entries(t: &Test) {
    makes_room(t, CacheMode::NoCache);
    t.then(|t| in_the_store(t, "readNotes()"));
    t.then(|_| assert_eq!(js::evaluate("real.notes.length"), "0"));
}

/// See the server's `/resumable`.
fn resumable(t: &Test, name: &str, size: usize, first: usize) -> Request {
    let url = t.url(&format!("/resumable/{name}?size={size}&first={first}"));
    Request::get(url).cache(CacheMode::ForceCache).cache_key("quota/parts").resume(true)
}

/// There is no room for the parts and the body at a time.
fn parts_make_room_for_the_whole(t: &Test) {
    let test = t.clone();
    t.spawn(async move {
        let request = || resumable(&test, "room", 700_000, 400_000);
        let response = request().await.expect("it begins");
        assert_eq!(response.outcome(), Outcome::NetworkError);
        let response = request().await.expect("it begins");
        assert_eq!(response.outcome(), Outcome::Success);
        assert!(response.body() == version(1, 700_000));
        // Without room, neither the parts nor the body could be stored.
        if !Difference::RoomComesLate.is_here() {
            assert_eq!(response.cache_status(), CacheStatus::Stored);
            assert_eq!(response.header("x-asked"), Some("bytes=400000- \"v1\""));
        }
        delete_all().await;
    });
}

/// The body is whole, and the next download begins anew.
fn parts_that_do_not_fit(t: &Test) {
    let test = t.clone();
    t.spawn(async move {
        let request = || resumable(&test, "too-much", TOO_MUCH, TOO_MUCH / 2);
        let response = request().await.expect("it begins");
        assert_eq!(response.outcome(), Outcome::NetworkError);
        let response = request().await.expect("it begins");
        assert_eq!(response.outcome(), Outcome::Success);
        assert!(response.body() == version(1, TOO_MUCH));
        assert_eq!(response.cache_status(), CacheStatus::NotStored);
        assert_eq!(response.header("x-asked").map(str::trim), Some(""));
        delete_all().await;
    });
}

/// A saved game takes the room of downloads.
fn a_budget_makes_room_for_a_record(t: &Test) {
    cache::set_budget(Some(1 << 30));
    let test = t.clone();
    t.spawn(async move {
        fill(&test, 30, CacheMode::Reload).await;
        let before = cache::keys("quota/fill/").await.expect("a cache").len();
        let mut told = Vec::new();
        for i in 0..4 {
            let save = Request::idb_store(format!("quota/save/{i}")).body(noise(200 << 10));
            told.push(save.await.expect("it begins").outcome());
        }
        let after = cache::keys("quota/fill/").await.expect("a cache").len();
        let saves = cache::keys("quota/save/").await.expect("a cache").len();
        println!("    {told:?}: {before} downloads before, {after} after, {saves} saves");
        assert_eq!(saves, told.iter().filter(|told| **told == Outcome::Success).count());
        assert!(saves > 0 && after < before, "none made room for a record");
        delete_all().await;
        cache::set_budget(None);
    });
}

/// The first save needs room. When there is, the second has begun, and is not replaced by it.
fn a_budget_keeps_the_order(t: &Test) {
    cache::set_budget(Some(1 << 30));
    let test = t.clone();
    t.spawn(async move {
        fill(&test, 30, CacheMode::Reload).await;
        let before = cache::keys("quota/fill/").await.expect("a cache").len();
        for _ in 0..4 {
            let save = |body: Vec<u8>| Request::idb_store("quota/save").body(body).into_future();
            let [mut first, mut second] =
                [noise(300 << 10), b"second".to_vec()].map(|body| Box::pin(save(body)));
            let (mut one, mut other) = (None, None);
            poll_fn(|context| {
                for (future, outcome) in [(&mut first, &mut one), (&mut second, &mut other)] {
                    if outcome.is_none() {
                        if let Poll::Ready(end) = future.as_mut().poll(context) {
                            *outcome = Some(end.expect("it begins").outcome());
                        }
                    }
                }
                if one.is_some() && other.is_some() { Poll::Ready(()) } else { Poll::Pending }
            })
            .await;
            println!("    {one:?}, {other:?}");
            let load = Request::get("quota/save").cache(CacheMode::OnlyIfCached);
            let response = load.await.expect("it begins");
            match other {
                Some(Outcome::Success) => assert_eq!(response.text(), "second"),
                _ => assert_ne!(one, None),
            }
        }
        let after = cache::keys("quota/fill/").await.expect("a cache").len();
        println!("    {before} downloads before, {after} after");
        assert!(after < before, "none made room");
        delete_all().await;
        cache::set_budget(None);
    });
}

/// Stores the download of this URL, if there is room.
async fn is_stored(url: &str, key: &'static str) -> bool {
    let request = Request::get(url.to_owned()).cache(CacheMode::Reload).cache_key(key);
    request.await.expect("it begins").cache_status() == CacheStatus::Stored
}

/// A store that needs more than all downloads have evicts none, and replaces nothing.
fn no_room_can_be_made(t: &Test) {
    cache::set_budget(Some(1 << 30));
    leaves_nothing(t, |t| {
        stored(t, "quota/kept", "kept");
        t.then(|t| {
            let url = t.url("/noise/100");
            t.spawn(async move {
                for key in ["quota/replaced", "quota/another"] {
                    while !is_stored(&url, key).await {
                        // The browser has not yet given back the room of the test before.
                        fetch_runtime::sleep(std::time::Duration::from_millis(50)).await;
                    }
                }
            });
        });
        t.then(|t| refused(t, "quota/kept", noise(TOO_MUCH)));
        t.then(|t| download(t, CacheMode::Reload, "quota/replaced"));
        t.then(|t| has(t, "quota/kept", Some(b"kept")));
        t.then(|t| {
            for key in ["quota/replaced", "quota/another"] {
                let load = Request::get(key).cache(CacheMode::OnlyIfCached);
                t.send(load, |_, response| assert_eq!(response.body(), noise(100), "{response:?}"));
            }
            t.spawn(delete_all());
        });
    });
    t.then(|_| cache::set_budget(None));
}

/// A record that was refused is stored as soon as there is room.
fn room_again(t: &Test) {
    refused(t, "quota/room", noise(TOO_MUCH));
    t.then(|t| {
        prepare();
        js::run(&format!("fetchRunner.setQuota({})", 16 * TOO_MUCH));
        wait_until(t, "fetchRunner.quota > 1048576");
    });
    t.then(|t| stored(t, "quota/room", noise(TOO_MUCH)));
    t.then(|t| {
        t.send(Request::get("quota/room").cache(CacheMode::OnlyIfCached), |_, response| {
            assert_is(&response, Outcome::Success, CacheStatus::Hit);
            assert!(response.body() == noise(TOO_MUCH));
        });
    });
}
