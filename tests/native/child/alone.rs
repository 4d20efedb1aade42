//! The ends of a process, and its effects on other processes, for tests outside of it.

use std::cell::RefCell;
use std::io;
use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use fetch_runtime::{
    AbortController, CacheMode, CacheStatus, Fetch, Request, StartError, native, poll, run, stats,
};

/// So many threads of a process open the cache at the same time.
const THREADS: usize = 4;

/// Opens the cache on all threads at once, after a line on stdin, and stores records, whose bodies
/// are their keys. Prints the keys of those that are reported to be stored.
pub(crate) fn store_at_once(folder: &str, name: &str) {
    io::stdin().read_line(&mut String::new()).expect("a line");
    let barrier = Barrier::new(THREADS);
    thread::scope(|scope| {
        for number in 0..THREADS {
            let barrier = &barrier;
            scope.spawn(move || {
                native::set_cache_dir(folder);
                barrier.wait();
                for record in 0..3 {
                    let key = format!("{name}/{number}/{record}");
                    let body = key.clone();
                    let request = Request::idb_store(&key).body(body);
                    let started = request.send_fn(move |response| {
                        if response.cache_status() == CacheStatus::Stored {
                            println!("{key}");
                        }
                    });
                    started.expect("a valid request");
                    run();
                }
            });
        }
    });
}

fn shown(started: Result<Fetch, StartError>) -> String {
    started.map_or_else(|error| error.to_string(), |_| "started".to_owned())
}

/// A thread-local that is dropped at the end of the thread.
struct AtTheEnd(&'static str, Vec<Fetch>, AbortController);

impl Drop for AtTheEnd {
    fn drop(&mut self) {
        run();
        poll();
        let Self(name, fetches, controller) = self;
        println!(
            "{name}: {}",
            shown(Request::get("http://127.0.0.1:1/").send_fn(|_| println!("told")))
        );
        println!(
            "{name}: {}",
            shown(Request::idb_store("late").body("x").send_fn(|_| println!("told")))
        );
        let blocking = Request::get("http://127.0.0.1:1/").send_blocking();
        println!(
            "{name}: {}",
            blocking.map_or_else(|error| error.to_string(), |_| "waited".to_owned())
        );
        run();
        controller.abort();
        for fetch in fetches {
            fetch.abort();
        }
        native::set_cache_dir("elsewhere");
        let _either = fetch_runtime::set_base_url("http://127.0.0.1:1/");
        let _either = native::cache_dir();
        run();
        poll();
        println!("{name}: {} in flight", stats().started - stats().completed);
    }
}

thread_local! {
    static END: RefCell<Option<AtTheEnd>> = const { RefCell::new(None) };
}

/// Calls every function when thread-locals are dropped: after all of the backend's, and after some
/// of them.
pub(crate) fn end_of_a_thread(folder: &str, url: &str) {
    let start = |controller: &AbortController| {
        let slow = Request::get(format!("{url}/slow/60000")).timeout(Duration::from_secs(60));
        slow.signal(&controller.signal())
            .send_fn(|_| println!("told of what was slow"))
            .expect("valid")
    };
    let gone = || {
        // Touched first, dropped last.
        END.with_borrow_mut(|end| assert!(end.is_none()));
        let controller = AbortController::new();
        fetch_runtime::set_base_url(url).expect("a base");
        native::set_cache_dir(folder);
        Request::idb_store("early").body("x").send_fn(|_| ()).expect("a valid request");
        run();
        END.set(Some(AtTheEnd("gone", vec![start(&controller)], controller)));
    };
    let there = || {
        // Now the backend's are dropped last, except for those that the first callback makes.
        native::set_cache_dir(folder);
        Request::idb_store("early").body("x").send_fn(|_| ()).expect("a valid request");
        END.with_borrow_mut(|end| assert!(end.is_none()));
        run();
        let get = Request::get(format!("{url}/bytes/10")).cache(CacheMode::Reload);
        let late =
            get.send_fn(|response| println!("told: {:?}", response.outcome())).expect("valid");
        END.set(Some(AtTheEnd("there", vec![late], AbortController::new())));
    };
    for end in [&gone as &(dyn Fn() + Sync), &there] {
        thread::scope(|scope| scope.spawn(end).join().expect("no panic"));
    }
    // And at the end of `main`, whose backend has been touched before.
    there();
}

/// Forks while requests are in flight and the cache's thread lives. Both processes return from
/// `main`.
#[cfg(unix)]
#[allow(unsafe_code)]
pub(crate) fn fork(folder: &str, url: &str) {
    let store =
        |key: &str| Request::idb_store(key).body("x").send_fn(|response| println!("{response:?}"));
    Request::idb_store("early").body("x").send_fn(|_| ()).expect("a valid request");
    run();
    let slow = Request::get(format!("{url}/slow/60000"));
    let slow = slow.send_fn(|response| println!("told: {:?}", response.outcome())).expect("valid");
    // SAFETY: the test is about the child; it uses no lock that another thread may have held.
    let child = unsafe { libc::fork() };
    if child == 0 {
        // A child that hangs is killed by this.
        // SAFETY: it touches nothing of ours.
        unsafe { libc::alarm(20) };
        println!("child: {}", shown(store("late")));
        println!(
            "child: {}",
            shown(Request::get(format!("{url}/bytes/10")).send_fn(|_| println!("told")))
        );
        let blocking = Request::get(format!("{url}/bytes/10")).send_blocking();
        println!(
            "child: {}",
            blocking.map_or_else(|error| error.to_string(), |_| "waited".to_owned())
        );
        run();
        poll();
        slow.abort();
        native::set_cache_dir(folder);
        run();
        println!("child: returns");
        return;
    }
    wait_for(child);
    slow.abort();
    store("later").expect("a valid request");
    run();
    println!("parent: returns");
}

/// Aborts the load of a record of 32 MiB in its lookup, and prints how many MiB the allocator has
/// mapped for large blocks when the handler begins.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[allow(unsafe_code)]
pub(crate) fn abort_a_lookup(folder: &str) {
    native::set_cache_dir(folder);
    Request::idb_store("large").body(vec![7; 32 << 20]).send_fn(|_| ()).expect("a valid request");
    run();
    let load = Request::get("large").cache(CacheMode::OnlyIfCached);
    let load = load.send_fn(|response| {
        // SAFETY: nothing is asked of the caller.
        let mapped = unsafe { libc::mallinfo2() }.hblkhd >> 20;
        println!("{}, {mapped} MiB", response.outcome());
    });
    load.expect("a valid request").abort();
    run();
}

/// Waits for a forked process, and prints its status.
#[cfg(unix)]
#[allow(unsafe_code)]
pub(crate) fn wait_for(child: libc::pid_t) {
    let mut status = 0;
    // SAFETY: there is room for the status.
    assert_eq!(unsafe { libc::waitpid(child, &mut status, 0) }, child);
    println!("parent: the child's status is {status}");
}
