//! One request of each kind, one after the other, in a program that is linked in many ways:
//! `cargo xtask linking`. It tells the runner its end itself, since many of those ways leave out
//! the hooks that a page has otherwise.
#![allow(unsafe_code)]

#[cfg(target_os = "emscripten")]
fn main() {
    program::wait();
    program::step(0);
    program::wait_for_the_end();
}

#[cfg(not(target_os = "emscripten"))]
fn main() {
    println!("this is for the browser: cargo xtask linking");
}

#[cfg(target_os = "emscripten")]
mod program {
    use std::cell::Cell;
    use std::ffi::{CString, c_char};
    use std::future::poll_fn;
    use std::task::{Poll, Waker};

    use fetch_runtime::{
        CacheStatus, Outcome, Response, StartError, block_on, fetch, fetch_handler, stats,
    };

    unsafe extern "C-unwind" {
        fn emscripten_run_script(source: *const c_char);
    }

    /// Linked with `-sFETCH_SUPPORT_INDEXEDDB=0`.
    const HAS_NO_CACHE: bool = option_env!("FETCH_LINKS_NO_CACHE").is_some();

    /// Linked with `-sJSPI`, and with no frames of JS on the stack.
    const MAY_WAIT: bool = option_env!("FETCH_LINKS_MAY_WAIT").is_some();

    thread_local! {
        /// Wakes `main`, which waits.
        static MAIN: Cell<Option<Waker>> = const { Cell::new(None) };
    }

    type Started = Result<(), StartError>;

    /// The steps. Each is given its own number, and calls [`check`] with it.
    const STEPS: &[(&str, fn(usize) -> Started)] = &[
        ("a download", download),
        ("a body", post),
        ("an error", not_found),
        ("a URL that cannot be parsed", invalid_url),
        ("an abort", abort),
        ("a panic", panic),
        ("a record is stored", store),
        ("a record is loaded", load),
        ("a record is deleted", delete),
        ("a download is stored", cache),
    ];

    pub(crate) fn step(number: usize) {
        let Some((name, step)) = STEPS.get(number) else {
            let live = stats().live;
            return if live == 0 { end() } else { tell(&format!("f{live} fetches are left")) };
        };
        if let Err(error) = step(number) {
            tell(&format!("f{name}: {error}"));
        }
    }

    /// Waits for a request, where `main` may.
    pub(crate) fn wait() {
        match block_on(fetch!(GET "/bytes/10")) {
            Ok(Ok(response)) if MAY_WAIT && response.body().len() == 10 => {}
            Err(StartError::WouldBlock) if !MAY_WAIT => {}
            other => tell(&format!("fmain waits: {other:?}")),
        }
    }

    /// Waits until a callback wakes `main`, and aborts the program.
    pub(crate) fn wait_for_the_end() {
        if !MAY_WAIT {
            return;
        }
        let mut is_first = true;
        let _ = block_on(poll_fn(|context| {
            if !std::mem::replace(&mut is_first, false) {
                return Poll::Ready(());
            }
            MAIN.set(Some(context.waker().clone()));
            Poll::Pending
        }));
        tell("fmain has gone on in a program that was aborted");
    }

    fn end() {
        let Some(main) = MAIN.take() else { return tell("x0") };
        // The runner would take the expected abort for a failure.
        run("(globalThis.programSettings ?? globalThis.Module).onAbort = () => {};
            if (typeof quit_ === 'function') quit_ = () => {};
            addEventListener('error', (event) => event.preventDefault());
            setTimeout(() => fetchRunner.send('x0'), 100)");
        main.wake();
        std::process::abort();
    }

    fn check(number: usize, good: bool, response: &Response) {
        if good {
            step(number + 1);
        } else {
            tell(&format!("f{}: {response:?}", STEPS[number].0));
        }
    }

    /// Tells the runner; `x0`: it has ended well.
    fn tell(message: &str) {
        run(&format!("fetchRunner.send({message:?})"));
    }

    fn run(source: &str) {
        let source = CString::new(source).expect("there is no NUL in it");
        // SAFETY: a live C string.
        unsafe { emscripten_run_script(source.as_ptr()) };
    }

    fn download(number: usize) -> Started {
        fetch!(GET "/bytes/100000", context: number => downloaded).map(drop)
    }

    #[fetch_handler]
    fn downloaded(response: Response, number: usize) {
        let headers = response.headers().expect("a download has headers");
        let whole = response.body().iter().zip(0..).all(|(byte, i)| *byte == (i % 251) as u8);
        let good = response.is_success() && response.body().len() == 100_000 && whole;
        check(number, good && headers.get("content-length") == Some("100000"), &response);
    }

    fn post(number: usize) -> Started {
        let headers = [("Content-Type", "text/x-test")];
        fetch!(POST "/echo", headers: headers, body: "a body" => move |response| {
            check(number, response.text() == "a body", &response);
        })
        .map(drop)
    }

    fn not_found(number: usize) -> Started {
        fetch!(GET "/status/404" => move |response| {
            let is_right = response.outcome() == Outcome::HttpError && response.status() == 404;
            check(number, is_right, &response);
        })
        .map(drop)
    }

    fn invalid_url(number: usize) -> Started {
        let url = String::from("http://[");
        match fetch!(GET url => |_| {}) {
            Err(StartError::InvalidUrl { .. }) => step(number + 1),
            other => tell(&format!("fan invalid URL: {other:?}")),
        }
        Ok(())
    }

    fn abort(number: usize) -> Started {
        let held = fetch!(GET "/slow/60000" => move |response| {
            check(number, response.outcome() == Outcome::Aborted, &response);
        })?;
        held.abort();
        Ok(())
    }

    fn store(number: usize) -> Started {
        let started = fetch!(IDB_STORE "links", body: "a record" => move |response| {
            check(number, response.is_success(), &response);
        });
        match started {
            // Without the cache, this is the last step.
            Err(StartError::CacheNotSupported) if HAS_NO_CACHE => step(STEPS.len()),
            Ok(_) if HAS_NO_CACHE => tell("fa record is stored although there is no cache"),
            started => return started.map(drop),
        }
        Ok(())
    }

    fn load(number: usize) -> Started {
        fetch!(GET "links", cache: OnlyIfCached => move |response| {
            check(number, response.text() == "a record", &response);
        })
        .map(drop)
    }

    fn delete(number: usize) -> Started {
        fetch!(IDB_DELETE "links" => move |response| {
            check(number, response.is_success(), &response);
        })
        .map(drop)
    }

    fn cache(number: usize) -> Started {
        fetch!(GET "/bytes/1000", cache: Reload => move |response| {
            check(number, response.cache_status() == CacheStatus::Stored, &response);
        })
        .map(drop)
    }

    /// It does not cross JS: the page goes on.
    fn panic(number: usize) -> Started {
        if cfg!(panic = "abort") {
            step(number + 1);
            return Ok(());
        }
        // The runner would take the expected error for a failure.
        run("addEventListener('error', (event) => event.preventDefault())");
        fetch!(GET "/empty" => |_| panic!("a panic that is meant"))?;
        fetch!(GET "/slow/200" => move |response| {
            check(number, response.is_success(), &response);
        })
        .map(drop)
    }
}
