//! The types of the crates bytes, http and http-body, and the threads of a `SendClient`.

mod bytes;
mod http;
mod threads;
