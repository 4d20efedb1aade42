//! A program whose downloads fill a disk.

use fetch_runtime::{CacheMode, CacheStatus, Outcome, Request, block_on, cache};

/// Downloads the URL 20 times, each under another key and in this mode. Prints how many were
/// stored, how many are left, and how a record of 100,000 bytes is stored then.
pub(crate) fn fill(budget: u64, url: &str, mode: CacheMode) {
    cache::set_budget((budget > 0).then_some(budget));
    let mut stored = 0;
    for i in 0..20 {
        let request = Request::get(url).cache(mode).cache_key(format!("fill/{i}"));
        let response = block_on(request).expect("it may wait").expect("it begins");
        assert_eq!(response.outcome(), Outcome::Success, "{response:?}");
        stored += u32::from(response.cache_status() == CacheStatus::Stored);
    }
    let left = block_on(cache::keys("fill/")).expect("it may wait").expect("a cache").len();
    let save = Request::idb_store("save").body(vec![7; 100_000]);
    let outcome = block_on(save).expect("it may wait").expect("it begins").outcome();
    println!("{stored} stored, {left} left, {outcome:?}");
}
