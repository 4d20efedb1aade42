//! Frames: the outputs of one input. A callback may bring in another input, whose outputs come
//! first, so frames form a stack.

use std::collections::VecDeque;
use std::ptr::NonNull;

use super::event::{FetchId, Permit};
use super::fetch::{Fetch, Lookup};
use super::output::Output;
use super::step::XhrEvent;

#[derive(Default)]
pub(super) struct Frame {
    pub(super) outputs: VecDeque<Output>,
    /// Inputs that follow when the outputs are carried out.
    pub(super) next: VecDeque<Next>,
    /// The lookup that has ended: the last output.
    pub(super) lookup: Option<Lookup>,
    /// The fetch whose `emscripten_fetch` has not returned.
    pub(super) starting: Option<FetchId>,
    /// Whether the terminal callback reports that the cache has stored something.
    pub(super) has_stored: bool,
    /// The permit of the chunk that is being delivered.
    pub(super) permit: Option<Permit>,
}

pub(super) enum Next {
    Event(FetchId, XhrEvent),
    Free(NonNull<Fetch>),
}
