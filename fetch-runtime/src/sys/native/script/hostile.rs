//! Events in any order, for the fuzzer. Scripts and drivers do not send such sequences.
#![allow(missing_docs)]

use std::ffi::c_char;

use crate::sys::abi::STATUS_TEXT_SIZE;
use crate::sys::native::engine;
use crate::sys::native::machine::buffer::Buffer;
use crate::sys::native::machine::event::{Cause, Event, FetchId, Head};

/// A request, over or not.
#[derive(Clone, Copy, Debug)]
pub struct Target(FetchId);

/// A body: its bytes or, if there was no memory for them, their number.
pub type Body<'a> = Result<&'a [u8], u64>;

/// The request that was started last.
pub fn latest() -> Target {
    Target(engine::with(|engine| engine.machine.last_id()))
}

impl Target {
    pub fn head(self, status: u16, status_text: &str, headers: &str, url: &str, length: u64) {
        self.send(Event::Head(Head {
            status,
            status_text: status_text.to_owned(),
            headers: headers.to_owned(),
            url: url.to_owned(),
            content_length: length,
        }));
    }

    pub fn upload(self, sent: u64) {
        self.send(Event::Upload(sent));
    }

    pub fn progress(self, loaded: u64) {
        self.send(Event::Progress(loaded));
    }

    pub fn chunk(self, bytes: Body<'_>) {
        self.send(Event::Chunk { bytes: buffer(bytes), permit: None });
    }

    pub fn loaded(self, body: Body<'_>, loaded: u64) {
        self.send(Event::Loaded { body: buffer(body), loaded });
    }

    pub fn failed(self) {
        self.send(Event::Failed(Cause::new("the fuzzer says so")));
    }

    pub fn timed_out(self) {
        self.send(Event::TimedOut);
    }

    pub fn found(self, body: Body<'_>) {
        self.send(Event::Found(buffer(body)));
    }

    pub fn missing(self) {
        self.send(Event::Missing);
    }

    pub fn stored(self, body: Body<'_>, stored: bool) {
        self.send(Event::Stored { body: buffer(body), stored });
    }

    pub fn deleted(self, deleted: bool) {
        self.send(Event::Deleted(deleted));
    }

    fn send(self, event: Event) {
        engine::with(|engine| engine.machine.push_event(self.0, event));
    }

    /// Writes any values into the fields that C writes and programs read, if the request is in
    /// flight.
    pub fn tamper(self, ready_state: u16, status: u16, numbers: [u64; 3], text: u8) {
        engine::with(|engine| {
            let Some(fetch) = engine.machine.fetch_mut(self.0) else { return };
            let abi = &mut fetch.abi;
            abi.readyState = ready_state;
            abi.status = status;
            let len = abi.numBytes;
            [abi.numBytes, abi.dataOffset, abi.totalBytes] = numbers;
            if !abi.data.is_null() {
                // The length of existing data has to be true.
                abi.numBytes = len;
            }
            // Without a NUL at its end, unless `text` is 0.
            abi.statusText = [text as c_char; STATUS_TEXT_SIZE];
        });
    }
}

fn buffer(body: Body<'_>) -> Buffer {
    match body {
        Ok(bytes) => Buffer::copy_of(bytes),
        Err(len) => Buffer::lost(len),
    }
}
