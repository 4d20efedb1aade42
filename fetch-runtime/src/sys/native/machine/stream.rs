//! What a stream does otherwise: upstream's `FetchXHR`, which stands in for XMLHttpRequest there.

use super::buffer::Buffer;
use super::fetch::Fetch;
use super::step::{Reaction, Step};
use crate::sys::abi::Callback;
use crate::sys::backend::engine;
use crate::sys::backend::live::http::is_null_body_status;
use crate::sys::backend::machine::{save_response, save_status, with_xhr};

/// The callback that is due; or the reaction, if a stream's is the same as ever.
pub(crate) fn react(fetch: &mut Fetch, reaction: Reaction) -> Result<Option<Callback>, Reaction> {
    Ok(match reaction {
        Reaction::HeadersReceived(head) => {
            next(fetch, [Reaction::Loading]);
            return Err(Reaction::HeadersReceived(head));
        }
        // Its place is free when the program is about to have it: no more than that is under way.
        Reaction::Chunk { bytes, place: _place } => chunk(fetch, bytes),
        // Where there is no body to be read, that is an error.
        Reaction::Done if refuses_null_body(fetch) => {
            next(fetch, [Reaction::Done]);
            report(fetch, true)
        }
        // What is done is told when the error has been reported.
        Reaction::Broken => None,
        Reaction::Error(_) | Reaction::Timeout => {
            let saves = matches!(reaction, Reaction::Error(_));
            next(fetch, [Reaction::Done, Reaction::Load { body: Buffer::new(), loaded: 0 }]);
            report(fetch, saves)
        }
        as_ever => return Err(as_ever),
    })
}

/// Before anything else that is to come.
fn next<const N: usize>(fetch: &Fetch, reactions: [Reaction; N]) {
    engine::with(|owner| {
        for reaction in reactions.into_iter().rev() {
            owner.steps.push_front(Step::React(fetch.key, reaction));
        }
    });
}

fn chunk(fetch: &mut Fetch, bytes: Buffer) -> Option<Callback> {
    with_xhr(fetch, |fetch, xhr| {
        fetch.seen.dataOffset = xhr.loaded;
        fetch.seen.totalBytes = xhr.content_length;
        xhr.loaded = xhr.loaded.saturating_add(bytes.len());
        // One that there was no memory for poses as nothing.
        xhr.last_chunk = bytes.as_slice().len() as u64;
        // Upstream writes over the one before, if the program has left it there.
        fetch.free_data();
        (fetch.seen.data, fetch.seen.numBytes) = bytes.into_raw();
        save_status(fetch, xhr);
        fetch.attributes.onprogress
    })?
}

/// The first time that it is asked.
fn refuses_null_body(fetch: &mut Fetch) -> bool {
    let is_head = fetch.attributes.method == "HEAD";
    with_xhr(fetch, |_, xhr| {
        let refuses = !xhr.is_broken && (is_head || is_null_body_status(xhr.status));
        if refuses {
            xhr.is_broken = true;
            "Response has no body to read.".clone_into(&mut xhr.status_text);
        }
        refuses
    })
    .unwrap_or(false)
}

/// Calls `onerror`, which is not the end: `FetchXHR` goes on as if it were done.
fn report(fetch: &mut Fetch, saves: bool) -> Option<Callback> {
    with_xhr(fetch, |fetch, xhr| {
        xhr.is_broken = true;
        xhr.transfer = None;
        if !saves {
            return;
        }
        save_response(fetch, xhr, 0);
        // The last chunk poses as the body, if the program has taken it; else it is forgotten, and
        // leaks.
        let posing = if fetch.seen.data.is_null() && xhr.last_chunk > 0 {
            Buffer::zeroed(xhr.last_chunk as usize)
        } else {
            Buffer::new()
        };
        (fetch.seen.data, fetch.seen.numBytes) = posing.into_raw();
    })?;
    fetch.attributes.onerror
}
