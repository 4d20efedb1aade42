//! A browser's profile that is kept, with the port of its page.
//!
//! What a page has stored belongs to its origin, and the port is a part of that.

use std::fs;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use tokio::net::TcpListener;

use crate::engine::Engine;
use crate::options::Options;

/// The folder of an engine in the profile; with no engine, of the person's browser.
pub(crate) fn folder(profile: &Path, engine: Option<Engine>) -> Result<PathBuf> {
    let folder = profile.join(engine.map_or("open", Engine::word));
    fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    Ok(folder.canonicalize()?)
}

/// Listens on the port of the options, or on the one that the profile keeps, or on a free one.
pub(crate) async fn listen(options: &Options, engine: Option<Engine>) -> Result<TcpListener> {
    let file = match &options.profile {
        Some(profile) if options.port == 0 => Some(folder(profile, engine)?.join("port")),
        _ => None,
    };
    let kept = file.as_ref().and_then(|file| fs::read_to_string(file).ok()?.trim().parse().ok());
    let port = kept.unwrap_or(options.port);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.with_context(|| {
        let whose = if kept.is_some() { ", which the profile keeps" } else { "" };
        format!("cannot listen on port {port}{whose}")
    })?;
    if let (Some(file), None) = (file, kept) {
        fs::write(file, listener.local_addr()?.port().to_string())?;
    }
    Ok(listener)
}
