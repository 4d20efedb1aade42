//! Replies to operations on the cache, sent from its thread to the thread of the operation.

use std::collections::VecDeque;
use std::mem;
use std::sync::{Arc, Mutex, PoisonError};

use super::mailbox::{Function, Sender};
use crate::sys::housekeeping::{Answer, Failure};

pub(super) type Reply = Result<Answer, Failure>;

/// The replies that have arrived, each with the number of its operation.
pub(super) type Arrived = Arc<Mutex<VecDeque<(u64, Reply)>>>;

/// Replies to one operation, from any thread. It replies even if its job does not.
pub(super) struct Replier {
    id: u64,
    arrived: Arrived,
    sender: Sender,
    /// The event loop calls it, once for each reply.
    deliver: Function,
    reply: Reply,
}

impl Replier {
    pub(super) fn new(id: u64, arrived: Arrived, sender: Sender, deliver: Function) -> Self {
        let reply = Err(Failure::Failed("the thread of the cache has panicked".to_owned()));
        Self { id, arrived, sender, deliver, reply }
    }

    pub(super) fn reply(mut self, reply: Reply) {
        self.reply = reply;
    }
}

impl Drop for Replier {
    fn drop(&mut self) {
        let reply = mem::replace(&mut self.reply, Err(Failure::OutOfMemory));
        let mut arrived = self.arrived.lock().unwrap_or_else(PoisonError::into_inner);
        arrived.push_back((self.id, reply));
        drop(arrived);
        self.sender.post(self.deliver);
    }
}
