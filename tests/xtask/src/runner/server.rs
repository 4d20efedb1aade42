//! The runner's server: it serves the page, the program and the files that the program fetches.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use axum::Router;
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE,
};
use axum::http::{HeaderName, HeaderValue};
use axum::response::{Html, IntoResponse};
use axum::routing::{MethodRouter, get};
use fetch_shared::server::{Requests, pattern};
use serde_json::{Value, json};
use tower_http::services::ServeDir;
use tower_http::set_header::SetResponseHeaderLayer;

use crate::connection::{self, Pages};
use crate::engine::Engine;
use crate::options::Options;
use crate::{others, profile, proxy};

const PAGE: &str = include_str!("page/page.html");
const SCRIPT: &str = include_str!("page/fetch-runner.js");

/// The tests' own server, and the files of the examples. The page needs the paths `/`,
/// `/fetch-runner.js` and `/fetch-runner/`.
fn scenarios() -> Router {
    let file = |length| get(async move || pattern(length));
    fetch_shared::server::router(Requests::default(), None)
        .route("/files/big.bin", file(64 * 1024 * 1024))
        .route("/files/small.bin", file(10_000))
}

/// The server of a run.
pub(crate) struct Server {
    /// The page's address.
    pub(crate) url: String,
    /// The settings with which a page starts the program.
    pub(crate) settings: Value,
    /// The pages' messages.
    pub(crate) pages: Pages,
}

/// Listens, and serves until the runtime ends. `engine` is the one that will open the page; with
/// none, a person will. Files of its own are in `folder`.
pub(crate) async fn start(
    options: &Options,
    engine: Option<Engine>,
    folder: &Path,
) -> Result<Server> {
    let listener = profile::listen(options, engine).await?;
    let host = listener.local_addr()?;
    let program = program(options)?;
    let mut settings = settings(options, &program)?;
    let (pages, socket) = connection::listen();
    if let Some(engine) = engine {
        settings["socket"] = format!("ws://{host}/fetch-runner/socket").into();
        settings["worker"] = options.worker.into();
        let environment = &mut settings["environment"];
        environment["FETCH_TEST_ENGINE"] = engine.word().into();
        environment["FETCH_TEST_ORIGIN"] = format!("http://{host}").into();
    }
    let mut url = format!("http://{host}/");
    if options.file {
        let folder = folder.join("page");
        std::fs::create_dir(&folder)?;
        url = write_page(&program, &mut settings, &folder)?;
    }
    let router = router(options, &program, &settings, socket)?;
    tokio::spawn(axum::serve(listener, router).into_future());
    Ok(Server { url, settings, pages })
}

/// Writes the page and its script beside the program's files, for a browser that reads files.
/// Returns the page's address.
fn write_page(program: &Path, settings: &mut Value, folder: &Path) -> Result<String> {
    let (files, name) = split(program)?;
    for entry in std::fs::read_dir(files)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            std::os::unix::fs::symlink(entry.path(), folder.join(entry.file_name()))?;
        }
    }
    settings["program"] = name.into();
    std::fs::write(folder.join("fetch-runner.js"), script(settings))?;
    let page = folder.join("fetch-runner.html");
    std::fs::write(&page, PAGE.replace("/fetch-runner.js", "fetch-runner.js"))?;
    Ok(format!("file://{}", page.display()))
}

fn router(
    options: &Options,
    program: &Path,
    settings: &Value,
    socket: MethodRouter,
) -> Result<Router> {
    let folder = split(program)?.0;
    let page_file = options.page();
    let page = match &page_file {
        Some(file) => {
            std::fs::read_to_string(file).with_context(|| format!("no page {}", file.display()))?
        }
        None => PAGE.to_owned(),
    };
    let script = script(settings);

    let mut router = Router::new()
        .route("/", get(async || Html(page)))
        .route(
            "/fetch-runner.js",
            get(async || ([(CONTENT_TYPE, "text/javascript")], script).into_response()),
        )
        .route("/fetch-runner/socket", socket)
        .nest_service("/fetch-runner/program", ServeDir::new(folder))
        .layer(fixed(CACHE_CONTROL, "no-store"))
        .merge(proxy::router(&options.proxy)?);
    // Its paths would hide those of the program's own servers.
    if options.serve.is_none() && options.proxy.is_empty() {
        router = router.merge(scenarios()).merge(others::router());
    }
    let beside_page = match &page_file {
        Some(file) => Some(split(&file.canonicalize()?)?.0.to_owned()),
        None => None,
    };
    // Without a stored lifetime, a browser asks whether a file has changed.
    let files = beside_page.iter().chain(&options.serve).fold(Router::new(), |others, folder| {
        Router::new().fallback_service(ServeDir::new(folder).fallback(others))
    });
    router = router.fallback_service(files.layer(fixed(CACHE_CONTROL, "no-cache")));
    if let Some(policy) = &options.csp {
        router = router
            .layer(SetResponseHeaderLayer::overriding(CONTENT_SECURITY_POLICY, policy.clone()));
        if policy.as_bytes().starts_with(b"sandbox") {
            // This server's own origin is another one than the page's.
            router = router.layer(fixed(ACCESS_CONTROL_ALLOW_ORIGIN, "*"));
        }
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

/// The page's script, which starts the program.
fn script(settings: &Value) -> String {
    format!("globalThis.fetchRunner = {settings};\n{SCRIPT}")
}

/// The settings with which the page starts the program.
fn settings(options: &Options, program: &Path) -> Result<Value> {
    let environment: BTreeMap<String, String> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .filter(|(name, _)| {
            name.starts_with("RUST_")
                || name.starts_with("FETCH_") && !name.starts_with("FETCH_RUNNER_")
        })
        .collect();
    let name = options.program.file_stem().map(|name| name.to_string_lossy().into_owned());
    Ok(json!({
        "program": format!("/fetch-runner/program/{}", split(program)?.1),
        "name": name,
        "arguments": options.arguments,
        "environment": environment,
    }))
}

fn split(file: &Path) -> Result<(&Path, &str)> {
    let name =
        file.file_name().and_then(|name| name.to_str()).context("a file's name is not Unicode")?;
    Ok((file.parent().context("a file is in no folder")?, name))
}

fn fixed(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value))
}
