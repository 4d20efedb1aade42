//! Events out of any order, for the fuzzer: what no script would play, and no backend should send.
#![allow(unsafe_code)]
#![allow(missing_docs)]

use std::ffi::c_char;

use crate::sys::abi::STATUS_TEXT_SIZE;
use crate::sys::backend::engine;
use crate::sys::backend::machine::buffer::Buffer;
use crate::sys::backend::machine::event::{Cause, Event, Head, Key};
use crate::sys::backend::machine::fetch::InFlight;
use crate::sys::backend::machine::step;

/// A request, over or not.
#[derive(Clone, Copy, Debug)]
pub struct Target(Key);

#[derive(Debug)]
pub enum Body {
    Bytes(Vec<u8>),
    /// So many, which there was no memory for.
    Lost(u64),
}

#[derive(Debug)]
pub enum Hostile {
    Head { status: u16, status_text: String, headers: String, url: String, content_length: u64 },
    Progress(u64),
    Chunk(Body),
    Loaded { body: Body, loaded: u64 },
    Failed,
    TimedOut,
    Found(Body),
    Missing,
    Stored { body: Body, stored: bool },
    Deleted(bool),
}

/// The request that was started last.
pub fn latest() -> Target {
    Target(engine::with(|owner| owner.latest_key()))
}

/// Has `event` come for this request.
pub fn send(Target(key): Target, event: Hostile) {
    let event = match event {
        Hostile::Head { status, status_text, headers, url, content_length } => {
            Event::Head(Head { status, status_text, headers, url, content_length })
        }
        Hostile::Progress(loaded) => Event::Progress(loaded),
        Hostile::Chunk(body) => Event::Chunk { bytes: buffer(body), place: None },
        Hostile::Loaded { body, loaded } => Event::Loaded { body: buffer(body), loaded },
        Hostile::Failed => Event::Failed(Cause::new("the fuzzer says so")),
        Hostile::TimedOut => Event::TimedOut,
        Hostile::Found(body) => Event::Found(buffer(body)),
        Hostile::Missing => Event::Missing,
        Hostile::Stored { body, stored } => Event::Stored { body: buffer(body), stored },
        Hostile::Deleted(deleted) => Event::Deleted(deleted),
    };
    engine::with(|owner| step::append(&mut owner.steps, key, event));
}

fn buffer(body: Body) -> Buffer {
    match body {
        Body::Bytes(bytes) => Buffer::copy_of(&bytes),
        Body::Lost(len) => Buffer::lost(len),
    }
}

/// Writes whatever into the fields that C writes and programs read, if the request is in flight.
pub fn tamper(Target(key): Target, ready_state: u16, status: u16, numbers: [u64; 3], text: u8) {
    let Some(fetch) = engine::with(|owner| owner.in_flight.get(&key).map(InFlight::pointer)) else {
        return;
    };
    // SAFETY: in flight, so live, and nobody borrows it between two steps.
    let seen = unsafe { &mut (*fetch).seen };
    seen.readyState = ready_state;
    seen.status = status;
    let len = seen.numBytes;
    [seen.numBytes, seen.dataOffset, seen.totalBytes] = numbers;
    if !seen.data.is_null() {
        // Of what is there, the length has to be true.
        seen.numBytes = len;
    }
    // Without a NUL, if it is none.
    seen.statusText = [text as c_char; STATUS_TEXT_SIZE];
}
