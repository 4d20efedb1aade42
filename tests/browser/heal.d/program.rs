//! C code that closes as Emscripten's documentation shows, in a program that is linked as the guide
//! *From C* says: `cargo xtask suite sid heal`.
#![allow(unsafe_code)]

#[cfg(not(target_os = "emscripten"))]
fn main() {
    println!("this is for the browser: cargo xtask suite sid heal");
}

#[cfg(target_os = "emscripten")]
fn main() {
    program::main();
}

#[cfg(target_os = "emscripten")]
mod program {
    use std::cell::Cell;
    use std::ffi::{CStr, c_char, c_int};

    use fetch_runtime::{Outcome, Progress, Response, fetch, fetch_handler, stats};

    unsafe extern "C-unwind" {
        fn run_cases();
        fn in_use() -> c_int;
        fn end_program(status: c_int) -> !;
        fn start_in_cpp(url: *const c_char);
    }

    const ROUNDS: u32 = 30;
    /// The rounds before the heap is measured.
    const FIRST: u32 = 10;

    thread_local! {
        static ROUND: Cell<u32> = const { Cell::new(0) };
        static IN_USE: Cell<c_int> = const { Cell::new(0) };
        static PROGRESS: Cell<u64> = const { Cell::new(0) };
    }

    pub(crate) fn main() {
        // SAFETY: it starts requests, and returns.
        unsafe { run_cases() };
    }

    /// The cases in C are over. This crate's own fetches are next.
    #[unsafe(no_mangle)]
    extern "C-unwind" fn cases_ended(is_good: bool) {
        if is_good {
            return hit();
        }
        // SAFETY: it may end the program.
        unsafe { end_program(1) };
    }

    fn hit() {
        fetch!(GET "/bytes/100000", cache: OnlyIfCached => |response| {
            assert_eq!(response.body().len(), 100_000);
            abort();
        })
        .expect("it starts");
    }

    fn abort() {
        let held = fetch!(GET "/slow/60000", cache: ForceCache => |response| {
            assert_eq!(response.outcome(), Outcome::Aborted);
            from_cpp_next(c"/bytes/100000");
        });
        held.expect("it starts").abort();
    }

    fn from_cpp_next(url: &CStr) {
        // SAFETY: it copies the URL.
        unsafe { start_in_cpp(url.as_ptr()) };
    }

    fn note(progress: Progress) {
        PROGRESS.set(progress.loaded);
    }

    /// The handler of a request in C++: first of a hit, then of a download.
    #[fetch_handler(on_progress = note, export = "from_cpp")]
    fn from_cpp(response: Response) {
        match response.body().len() {
            100_000 => from_cpp_next(c"/bytes/2000"),
            2_000 => {
                assert_eq!(PROGRESS.take(), 2_000);
                drop(response);
                end_round();
            }
            other => panic!("a body of {other} bytes"),
        }
    }

    fn end_round() {
        let round = ROUND.get() + 1;
        ROUND.set(round);
        // SAFETY: it only reads.
        let used = unsafe { in_use() };
        if round == FIRST {
            IN_USE.set(used);
        }
        if round < ROUNDS {
            return hit();
        }
        let stats = stats();
        let grown = used - IN_USE.get();
        println!("handlers in Rust: {grown} bytes more in use after {ROUNDS} rounds; {stats:?}");
        assert_eq!((grown, stats.live), (0, 0));
        // SAFETY: it may end the program.
        unsafe { end_program(0) };
    }
}
