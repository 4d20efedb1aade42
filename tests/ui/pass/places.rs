//! Handlers in all places where items can be, and requests where expressions can be.
#![deny(warnings)]

use fetch_runtime::{Fetch, Request, Response, StartError, fetch, fetch_handler};

struct Game {
    level: u32,
}

impl Game {
    fn start(&self) -> Result<Fetch, StartError> {
        #[fetch_handler]
        fn loaded(_: Response, _: u32) {}
        fetch!(GET "/level", context: self.level => loaded)
    }
}

trait Start {
    fn url(&self) -> String;

    fn start(&self) -> Result<Fetch, StartError> {
        #[fetch_handler]
        fn loaded(_: Response) {}
        fetch!(GET self.url() => loaded)
    }
}

impl Start for Game {
    fn url(&self) -> String {
        format!("/level/{}", self.level)
    }
}

fn generic<T: Start + 'static>(game: T) -> Result<Fetch, StartError> {
    let url = game.url();
    fetch!(GET "/x/{url}" => move |_| drop(game))
}

async fn awaited(url: &str) -> Result<Fetch, StartError> {
    fetch!(GET url => |response| drop(response))
}

const fn request_of(handler: fn(Response)) -> fn(Response) {
    handler
}

/// As an argument, an operand, a tail, the value of a `match`, and with a `continue` inside.
fn expressions(urls: &[&str]) -> Option<Request> {
    #[fetch_handler]
    fn inner(response: Response) {
        #[fetch_handler]
        fn innermost(_: Response) {}
        drop(fetch!(GET response.url() => innermost));
    }
    let all: Vec<Request> = urls.iter().map(|url| fetch!(GET *url)).collect();
    for url in urls {
        fetch!(GET if url.is_empty() { continue } else { *url } => inner).ok()?;
        match fetch!(GET *url => (request_of(inner))) {
            Ok(fetch) => fetch.abort(),
            Err(_) => break,
        }
    }
    let last = || {
        fetch!(HEAD urls.last().copied()?, headers: { "A": urls.first().copied()? }).into()
    };
    all.into_iter().next().or_else(last)
}

/// Hides names that every crate has.
mod shadowed {
    #![allow(dead_code, non_camel_case_types, unused_macros)]

    use ::fetch_runtime::{Progress as P, Response as R, fetch, fetch_handler};

    mod core {}
    mod std {}
    mod fetch_runtime {}
    struct Result;
    enum Option {}
    struct Box;
    struct String;
    struct Response;
    struct RequestString;
    trait Into {}
    trait From {}
    trait Drop {}
    fn drop() {}
    macro_rules! compile_error {
        () => {};
    }
    macro_rules! concat {
        () => {};
    }
    const TEXT: u8 = 1;
    const TEMPLATE: u8 = 2;

    #[fetch_handler(on_progress = progress, export = "shadowed")]
    fn onsuccess(response: R) {
        let context = response;
        let _ = context;
    }

    fn progress(_: P) {}

    #[fetch_handler]
    fn response(context: R, response: u8) {
        let _ = (context, response);
    }

    pub(super) fn start() {
        let url = 3;
        let on_progress = |_| {};
        let _ = fetch!(GET "/{TEXT}/{TEMPLATE}/{url}",
            cache_key: "{TEXT}",
            cache: Reload,
            on_progress: on_progress => onsuccess);
        let _ = fetch!(POST "/",
            headers: { "A": "b" },
            auth: ("a", "b"),
            body: "c",
            context: TEXT => response);
    }
}

fn main() {
    if std::hint::black_box(false) {
        let game = Game { level: 1 };
        drop((game.start(), Start::start(&game), generic(game), awaited("/"), expressions(&[])));
        shadowed::start();
    }
}
