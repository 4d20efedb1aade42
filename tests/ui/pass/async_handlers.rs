//! An `async fn` as a handler: its signatures, and the items around it.
#![deny(warnings)]

use std::cell::Cell;
use std::fmt;
use std::rc::Rc;

use fetch_runtime::native::script::{Answer, Script};
use fetch_runtime::{
    Error, Fetch, Progress, Response, StartError, fetch, fetch_handler, spawn_local,
};

thread_local! {
    static LAST: Cell<&'static str> = const { Cell::new("") };
}

fn called(name: &'static str) {
    LAST.set(name);
}

#[fetch_handler]
async fn plain(response: Response) {
    drop(fetch!(GET "/").await);
    assert_eq!(response.body(), b"body");
    called("plain");
}

#[fetch_handler(on_progress = show, export = "ui_async_exported")]
pub async fn exported(_: Response) {
    called("exported");
}

fn show(_: Progress) {}

#[fetch_handler]
async fn context(mut result: Result<Response, Error>, (name, _): (&'static str, Rc<Cell<u8>>)) {
    result = Ok(result.unwrap());
    drop(result);
    called(name);
}

#[fetch_handler]
async fn fails(result: Result<Response, Error>, _: Box<dyn Fn()>) -> Result<(), Error> {
    result?;
    called("fails");
    Ok(())
}

#[fetch_handler]
async fn unnamed(_: Response) -> Result<(), impl fmt::Display> {
    called("unnamed");
    Ok::<(), &str>(())
}

#[fetch_handler]
async fn waits_for_ever(_: Response) -> ! {
    called("waits_for_ever");
    std::future::pending().await
}

#[fetch_handler]
#[allow(non_snake_case)]
/// Docs.
pub(crate) async fn r#type(response: Response) {
    // The locals of the expansion have these names.
    let context = response;
    drop(context);
    called("type");
}

#[fetch_handler]
async fn response(_: Response, context: u8) {
    assert_eq!(context, 7);
    called("response");
}

#[fetch_handler]
#[deprecated]
#[cfg(not(target_os = "emscripten"))]
async fn old(_: Response) {
    called("old");
}

macro_rules! handler {
    ($name:ident, $ty:ty) => {
        #[fetch_handler]
        async fn $name(_: $ty) {
            called(stringify!($name));
        }
    };
}

handler!(generated, Response);

#[track_caller]
fn calls(name: &str, started: Result<Fetch, StartError>) {
    started.unwrap();
    // A task that waits for ever would keep `run`.
    while LAST.get() != name {
        fetch_runtime::poll();
    }
    LAST.set("");
}

fn main() {
    let script = Script::install();
    script.answer("GET", "/", Answer::new(200).body("body"));
    calls("plain", fetch!(GET "/" => plain));
    calls("exported", fetch!(GET "/" => exported));
    calls("named", fetch!(GET "/", context: ("named", Rc::default()) => context));
    calls("fails", fetch!(GET "/", context: Box::new(|| ()) => fails));
    calls("unnamed", fetch!(GET "/" => unnamed));
    calls("waits_for_ever", fetch!(GET "/" => waits_for_ever));
    calls("type", fetch!(GET "/" => r#type));
    calls("response", fetch!(GET "/", context: 7 => response));
    #[allow(deprecated)]
    calls("old", fetch!(GET "/" => old));
    calls("generated", fetch!(GET "/" => generated));

    spawn_local(async {
        plain(fetch!(GET "/").await.unwrap()).await;
        called("awaited");
    });
    calls("awaited", fetch!(GET "/" => |_| ()));
    drop(script);
}
