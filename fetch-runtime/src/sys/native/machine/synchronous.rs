//! Synchronous fetches, where they differ from others. Their thread is blocked in
//! `emscripten_fetch`, which makes all of their callbacks.

use super::fetch::Fetch;
use super::step::XhrEvent;
use super::xhr::{self, Effect, Xhr};

pub(super) fn on_event(fetch: &mut Fetch, xhr: &mut Xhr, event: XhrEvent) -> Effect {
    match event {
        // No callback is made before the end.
        XhrEvent::HeadersReceived(head) => {
            xhr.receive(fetch, head);
            Effect::Call(None)
        }
        XhrEvent::Upload(_) | XhrEvent::Loading | XhrEvent::Progress(_) => Effect::Call(None),
        XhrEvent::Broken => {
            xhr.is_sent = false;
            Effect::Call(None)
        }
        // `send` throws, and no field is written.
        XhrEvent::Error(_) => Effect::End { succeeded: false },
        XhrEvent::Timeout | XhrEvent::Chunk { .. } | XhrEvent::Done | XhrEvent::Load { .. } => {
            xhr::on_event(fetch, xhr, event)
        }
    }
}
