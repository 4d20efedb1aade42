//! What SECURITY.md promises.

mod answers;
mod cache;
mod endless;
mod redirects;
mod requests;
