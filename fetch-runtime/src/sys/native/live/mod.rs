//! The live backend: an HTTP client and a cache on disk.

pub(super) mod clients;
pub(super) mod coding;
pub(super) mod cookies;
pub(super) mod database;
pub(super) mod download;
pub(super) mod http;
pub(super) mod local;
pub(super) mod lock;
pub(super) mod process;
pub(super) mod redirects;
pub(super) mod runtime;
pub(super) mod store;
