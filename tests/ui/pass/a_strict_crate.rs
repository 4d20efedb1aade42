//! Both macros in a crate that forbids unsafe code and denies many lints.
#![forbid(unsafe_code)]
#![deny(
    warnings,
    clippy::all,
    clippy::pedantic,
    clippy::undocumented_unsafe_blocks,
    missing_docs,
    unsafe_op_in_unsafe_fn,
    missing_debug_implementations,
    nonstandard_style,
    unreachable_pub,
    unused,
    unused_qualifications,
    single_use_lifetimes,
    trivial_casts,
    elided_lifetimes_in_paths
)]

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use fetch_runtime::{
    CacheMode, Credentials, Error, Fetch, Progress, Request, Response, StartError,
};
use fetch_runtime::{fetch, fetch_handler};

#[fetch_handler]
fn loaded(response: Response) {
    println!("{}", response.status());
}

/// Is exported to C.
#[fetch_handler(on_progress = show, export = "strict_shown")]
pub fn shown(_: Response) {}

/// Reads a world.
#[fetch_handler]
fn spawned(result: Result<Response, Error>, world: Rc<str>) -> Result<(), Error> {
    println!("{world}: {}", result?.body().len());
    Ok(())
}

/// Awaits.
///
/// # Errors
/// If the request does.
#[fetch_handler]
pub async fn awaited(result: Result<Response, Error>, world: Rc<str>) -> Result<(), StartError> {
    drop(result);
    let response = fetch!(GET "/{world}").await?;
    println!("{world}: {}", response.status());
    Ok(())
}

#[fetch_handler]
async fn awaited_alone(_: Response) {
    fetch_runtime::sleep(Duration::from_millis(1)).await;
}

fn show(progress: Progress) {
    println!("{} of {:?}", progress.loaded, progress.total);
}

fn start() -> Result<Fetch, StartError> {
    let name = "world".to_owned();
    let more = BTreeMap::from([("X-More", "1")]);
    fetch!(HEAD "/data.bin" => loaded)?;
    fetch!(POST format!("/{name}"),
        headers: { "Accept": "*/*", name.as_str(): name.clone(), },
        body: "7" => loaded)?;
    fetch!(PUT &name, headers: more, body: vec![7] => loaded)?;
    fetch!(PATCH name.as_str(), body: b"bytes", mime_type: "text/plain" => loaded)?;
    fetch!(DELETE Cow::Borrowed("/old"), auth: (&name, "secret"), credentials: Include => loaded)?;
    fetch!(OPTIONS "/",
        credentials: Credentials::SameOrigin,
        timeout: Duration::from_secs(5) => loaded)?;
    fetch!(IDB_STORE "save/1", body: name.clone() => loaded)?;
    fetch!(IDB_STORE name.clone(), body: &[1, 2, 3], context: Rc::from("store") => spawned)?;
    fetch!(IDB_DELETE "save/1" => loaded)?;
    fetch!(GET "/{name}?q={name}", cache_key: "key/{name}" => shown)?;
    fetch!(GET "save/1", cache: OnlyIfCached => |response| println!("{}", response.status()))?;
    fetch!(GET "/data.bin",
        cache: if name.is_empty() { CacheMode::Reload } else { CacheMode::NoStore } => loaded)?;
    fetch!(GET "/data.bin", context: Rc::from("world") => awaited)?;
    fetch!(GET "/data.bin" => awaited_alone)?;
    fetch!(GET "/data.bin", on_progress: show => move |_| println!("{name}"))?;
    let closure = |_: Response| Err::<(), _>("reported");
    fetch!(GET "/data.bin" => (closure))?;
    fetch!(GET "/world.bin",
        headers: { "Accept": "*/*" },
        timeout: Duration::from_millis(1),
        cache: ForceCache,
        cache_key: "world/1",
        credentials: Include,
        auth: ("me", "secret"),
        mime_type: "application/octet-stream",
        on_progress: move |progress| println!("{}", progress.loaded),
        context: Rc::from("all"),
        => spawned,
    )
}

fn main() {
    let request: Request = fetch!(GET "/data.bin", cache: Reload, cache_key: "data/1");
    assert!(format!("{request:?}").contains("data/1"));
    if std::hint::black_box(false) {
        drop(start().and_then(|fetch| {
            fetch.abort();
            request.send::<loaded>()
        }));
    }
}
