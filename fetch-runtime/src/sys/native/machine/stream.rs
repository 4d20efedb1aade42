//! Streams: upstream's `FetchXHR`, where it differs from `XMLHttpRequest`.

use super::buffer::Buffer;
use super::fetch::Fetch;
use super::step::XhrEvent;
use super::xhr::{self, Effect, Xhr, save_response, save_status};
use crate::sys::null_body_status::is_null_body_status;

pub(super) fn on_event(fetch: &mut Fetch, xhr: &mut Xhr, event: XhrEvent) -> Effect {
    match event {
        XhrEvent::HeadersReceived(_) => match xhr::on_event(fetch, xhr, event) {
            Effect::Call(callback) => Effect::CallThen(callback, vec![XhrEvent::Loading]),
            other => other,
        },
        XhrEvent::Chunk { bytes, .. } => chunk(fetch, xhr, bytes),
        XhrEvent::Done if refuses_null_body(fetch, xhr) => {
            report(fetch, xhr, vec![XhrEvent::Done], true)
        }
        // `FetchXHR` does not report it. `readyState` 4 is reported after the error.
        XhrEvent::Upload(_) | XhrEvent::Broken => Effect::Call(None),
        XhrEvent::Error(_) | XhrEvent::Timeout => {
            let saves = matches!(event, XhrEvent::Error(_));
            let load = XhrEvent::Load { body: Buffer::new(), loaded: 0 };
            report(fetch, xhr, vec![XhrEvent::Done, load], saves)
        }
        XhrEvent::Loading | XhrEvent::Progress(_) | XhrEvent::Done | XhrEvent::Load { .. } => {
            xhr::on_event(fetch, xhr, event)
        }
    }
}

fn chunk(fetch: &mut Fetch, xhr: &mut Xhr, bytes: Buffer) -> Effect {
    fetch.abi.dataOffset = xhr.stream.loaded;
    fetch.abi.totalBytes = xhr.content_length;
    xhr.stream.loaded = xhr.stream.loaded.saturating_add(bytes.len());
    // A chunk that there was no memory for leaves nothing to pose as the body.
    xhr.stream.last_chunk = bytes.as_slice().len() as u64;
    // Upstream overwrites the previous chunk if the program has left it there.
    fetch.free_data();
    (fetch.abi.data, fetch.abi.numBytes) = bytes.into_raw();
    save_status(fetch, xhr);
    Effect::Call(fetch.attributes.onprogress)
}

/// Reading a null body is an error, once.
fn refuses_null_body(fetch: &Fetch, xhr: &mut Xhr) -> bool {
    let is_null = fetch.attributes.method == "HEAD" || is_null_body_status(xhr.status);
    let refuses = is_null && !xhr.stream.is_broken;
    if refuses {
        "Response has no body to read.".clone_into(&mut xhr.status_text);
    }
    refuses
}

/// Calls `onerror`, which is not the end: `FetchXHR` goes on as if the response were complete.
fn report(fetch: &mut Fetch, xhr: &mut Xhr, then: Vec<XhrEvent>, saves: bool) -> Effect {
    xhr.stream.is_broken = true;
    xhr.is_sent = false;
    if saves {
        save_response(fetch, xhr, 0);
        // The last chunk poses as the body, if the program has taken it. Otherwise it leaks.
        let posing = if fetch.abi.data.is_null() && xhr.stream.last_chunk > 0 {
            Buffer::zeroed(xhr.stream.last_chunk as usize)
        } else {
            Buffer::new()
        };
        (fetch.abi.data, fetch.abi.numBytes) = posing.into_raw();
    }
    Effect::CallThen(fetch.attributes.onerror, then)
}
