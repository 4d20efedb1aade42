//! Starts requests in a host that was linked without `-lfetch`, and reports the results.

use std::ffi::c_int;

use fetch_runtime::{CacheMode, Request};

/// Returns how many requests did not start and say that it is for want of libfetch: all of them
/// should.
#[unsafe(no_mangle)]
pub extern "C" fn requests_without_libfetch() -> c_int {
    let url = "https://example.com/data.bin";
    let requests = [
        Request::get(url),
        Request::post(url).body("body"),
        Request::get(url).cache(CacheMode::ForceCache),
        Request::get(url).cache(CacheMode::OnlyIfCached),
        Request::idb_store("key").body("body"),
        Request::idb_delete("key"),
    ];
    let mut refused = 0;
    for request in requests {
        match request.send_fn(|_| ()) {
            Ok(_) => println!("it has started"),
            Err(error) => {
                println!("{error}");
                refused += c_int::from(
                    error.to_string().contains("lfetch") || error.to_string().contains("libfetch"),
                );
            }
        }
    }
    assert_eq!(fetch_runtime::stats().live, 0);
    refused
}
