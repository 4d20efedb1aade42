//! Loads the files of a game: `cargo run --example asset_loader`.
//!
//! The server has a manifest: the name, the size and the digest of each file. The first load
//! downloads all of them, a few at a time and with one bar. The second load downloads nothing.

use std::error::Error;
use std::time::Duration;

use fetch_examples::{Bar, Files};
use fetch_runtime::{
    CacheStatus, Manifest, ManifestProgress, Outcome, Progress, fetch, spawn_local,
};

type Checked = Result<(), Box<dyn Error>>;

fn check(good: bool, line: String) -> Checked {
    if !good {
        return Err(line.into());
    }
    println!("ok     {line}");
    Ok(())
}

/// Loads what is missing, and shows a bar.
async fn load(manifest: &Manifest) -> Checked {
    let bar = Bar::new();
    let show = move |progress: ManifestProgress| {
        bar.show(Progress { loaded: progress.loaded, total: Some(progress.total) });
    };
    manifest
        .load()
        .limit(3)
        .retries(3)
        .retry_delay(Duration::from_millis(100))
        .with_options(|request| request.timeout(Duration::from_secs(60)))
        .on_progress(show)
        .await?;
    Ok(())
}

/// How many downloads of files the server has seen.
async fn downloads(manifest: &Manifest) -> Result<usize, Box<dyn Error>> {
    let mut count = 0;
    for name in manifest.names() {
        // The server counts the paths as they are sent.
        let path = format!("/assets/{}", name.replace(' ', "%20"));
        let response = fetch!(GET "/requests?path={path}").await?.into_result()?;
        count += response.text().parse::<usize>()?;
    }
    Ok(count)
}

async fn start(files: Files) -> Checked {
    let response = fetch!(GET "/assets/manifest.json").await?.into_result()?;
    let manifest = response.json::<Manifest>()?.base("/assets/");
    let (count, size) = (manifest.names().count(), manifest.size());

    load(&manifest).await?;
    let first = downloads(&manifest).await?;
    // The server is busy once.
    check(first == count + 1, format!("loaded {count} files, {size} bytes: {first} downloads"))?;
    load(&manifest).await?;
    let second = downloads(&manifest).await? - first;
    check(second == 0, format!("loaded them again: {second} downloads"))?;

    let request = manifest.request("level/1.pak").ok_or("the manifest has a first level")?;
    let level = request.await?.into_result()?;
    let (length, status) = (level.body().len(), level.cache_status());
    check(status == CacheStatus::Hit, format!("the first level: {length} bytes, {status:?}"))?;

    not_the_file().await?;
    drop(files);
    Ok(())
}

/// Any other body than the expected one is dropped.
async fn not_the_file() -> Checked {
    let response = fetch!(GET "/assets/level/2.pak",
        integrity: "sha384-OLBgp1GsljhM2TJ+sbHjaiH9txEUvgdDTAzHv2P24donTt6/529l+9Ua0vFImLlb",
    )
    .await?;
    let good = response.outcome() == Outcome::IntegrityMismatch && response.body().is_empty();
    check(good, format!("{}: {}", response.url(), response.outcome()))
}

fn main() -> Checked {
    spawn_local(start(Files::serve()?));
    fetch_runtime::run();
    Ok(())
}
