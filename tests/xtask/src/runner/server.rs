//! The runner's server: it serves the page, the program, and the files that the program fetches.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use axum::Router;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderName, HeaderValue};
use axum::response::{Html, IntoResponse};
use axum::routing::get;
use fetch_tests::server::{Requests, pattern};
use serde_json::json;
use tokio::net::TcpListener;
use tower_http::services::ServeDir;
use tower_http::set_header::SetResponseHeaderLayer;

use crate::options::Options;

const PAGE: &str = include_str!("page/page.html");
const SCRIPT: &str = include_str!("page/fetch-runner.js");

/// The tests' own server, and the files of the examples. The page needs the paths `/`,
/// `/fetch-runner.js` and `/fetch-runner/`.
fn scenarios() -> Router {
    let file = |length| get(async move || pattern(length));
    fetch_tests::server::router(Requests::default(), None)
        .route("/files/big.bin", file(64 * 1024 * 1024))
        .route("/files/small.bin", file(10_000))
}

pub(crate) struct Server {
    pub(crate) url: String,
}

/// Writes the page and its script beside the program's files, for a browser that reads files.
pub(crate) fn write(options: &Options, folder: &Path) -> Result<Server> {
    let program = program(options)?;
    let (files, name) = split(&program)?;
    for entry in std::fs::read_dir(files)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            std::os::unix::fs::symlink(entry.path(), folder.join(entry.file_name()))?;
        }
    }
    let script = script(options, name.to_owned());
    std::fs::write(folder.join("fetch-runner.js"), script)?;
    let page = folder.join("fetch-runner.html");
    std::fs::write(&page, PAGE.replace("/fetch-runner.js", "fetch-runner.js"))?;
    Ok(Server { url: format!("file://{}", page.display()) })
}

/// Listens, and serves until the runtime ends.
pub(crate) async fn start(options: &Options) -> Result<Server> {
    let router = router(options)?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port))
        .await
        .with_context(|| format!("cannot listen on port {}", options.port))?;
    let url = format!("http://{}/", listener.local_addr()?);
    tokio::spawn(axum::serve(listener, router).into_future());
    Ok(Server { url })
}

fn router(options: &Options) -> Result<Router> {
    let program = program(options)?;
    let (folder, name) = split(&program)?;
    let page_file = options.page();
    let page = match &page_file {
        Some(file) => {
            std::fs::read_to_string(file).with_context(|| format!("no page {}", file.display()))?
        }
        None => PAGE.to_owned(),
    };
    let script = script(options, format!("/fetch-runner/program/{name}"));

    let mut router = Router::new()
        .route("/", get(async || Html(page)))
        .route(
            "/fetch-runner.js",
            get(async || ([(CONTENT_TYPE, "text/javascript")], script).into_response()),
        )
        .nest_service("/fetch-runner/program", ServeDir::new(folder))
        .layer(fixed(CACHE_CONTROL, "no-store"))
        .merge(scenarios());
    if let Some(file) = &page_file {
        router = router.fallback_service(ServeDir::new(split(&file.canonicalize()?)?.0));
    }
    if options.isolate {
        router = router
            .layer(fixed(HeaderName::from_static("cross-origin-opener-policy"), "same-origin"))
            .layer(fixed(HeaderName::from_static("cross-origin-embedder-policy"), "require-corp"))
            .layer(fixed(HeaderName::from_static("cross-origin-resource-policy"), "same-origin"));
    }
    Ok(router)
}

fn program(options: &Options) -> Result<PathBuf> {
    let program = options.program.with_extension("js").canonicalize();
    program.with_context(|| format!("no program {}", options.program.display()))
}

/// The page's script, which starts the program at this URL.
fn script(options: &Options, url: String) -> String {
    format!("globalThis.fetchRunner = {};\n{SCRIPT}", settings(options, url))
}

/// The settings with which the page starts the program.
fn settings(options: &Options, url: String) -> serde_json::Value {
    let environment: BTreeMap<String, String> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .filter(|(name, _)| {
            name.starts_with("RUST_")
                || name.starts_with("FETCH_") && !name.starts_with("FETCH_RUNNER_")
        })
        .collect();
    let name = options.program.file_stem().map(|name| name.to_string_lossy().into_owned());
    json!({
        "program": url,
        "name": name,
        "arguments": options.arguments,
        "environment": environment,
    })
}

fn split(file: &Path) -> Result<(&Path, &str)> {
    let name =
        file.file_name().and_then(|name| name.to_str()).context("a file's name is not Unicode")?;
    Ok((file.parent().context("a file is in no folder")?, name))
}

fn fixed(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value))
}
