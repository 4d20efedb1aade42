//! A thread's mailbox: events and calls arrive from other threads, and wake the tasks that wait.

use std::collections::HashMap;
use std::ffi::c_void;
use std::mem;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::Instant;

use super::machine::event::{Event, FetchId};

/// A function that the event loop calls with null.
pub(crate) type Function = unsafe extern "C" fn(*mut c_void);

/// The receiving side, which belongs to the thread.
pub(super) struct Mailbox {
    receiver: Receiver<Letter>,
    sender: Sender,
}

enum Letter {
    Event(FetchId, Event),
    /// Ends a wait.
    Interrupt,
}

/// The sending side, for any thread.
#[derive(Clone)]
pub(crate) struct Sender {
    letters: mpsc::Sender<Letter>,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    /// A loop of the thread takes everything that arrives: no task has to be woken for that.
    is_attended: AtomicBool,
    tasks: Mutex<Tasks>,
}

#[derive(Default)]
struct Tasks {
    /// The tasks to wake when something arrives for a fetch, a timer is due, or a call is posted.
    waiting: HashMap<FetchId, Waker>,
    /// Takes the place of `waiting`, and keeps its memory.
    spare: HashMap<FetchId, Waker>,
    calls: Vec<Function>,
}

impl Tasks {
    fn insert(&mut self, id: FetchId, waker: Waker) -> Option<Waker> {
        if self.waiting.capacity() == 0 {
            // Both at once: later, nothing is allocated for a few tasks.
            self.spare.reserve(1);
        }
        self.waiting.insert(id, waker)
    }

    fn take_waiting(&mut self) -> HashMap<FetchId, Waker> {
        let spare = mem::take(&mut self.spare);
        mem::replace(&mut self.waiting, spare)
    }
}

impl Mailbox {
    pub(super) fn new() -> Self {
        let (letters, receiver) = mpsc::channel();
        Self { receiver, sender: Sender { letters, shared: Arc::default() } }
    }

    pub(super) fn sender(&self) -> &Sender {
        &self.sender
    }

    /// Waits for a letter, but not beyond `due`.
    pub(super) fn wait(&self, due: Option<Instant>) -> Option<(FetchId, Event)> {
        // The channel is never disconnected, as `sender` lives.
        let letter = match due {
            Some(due) => {
                self.receiver.recv_timeout(due.saturating_duration_since(Instant::now())).ok()
            }
            None => self.receiver.recv().ok(),
        };
        letter.and_then(Letter::into_event)
    }

    /// Takes the next event that has arrived.
    pub(super) fn take(&self) -> Option<(FetchId, Event)> {
        loop {
            if let Some(event) = self.receiver.try_recv().ok()?.into_event() {
                return Some(event);
            }
        }
    }

    /// Takes the functions that were posted.
    pub(super) fn take_calls(&self) -> Vec<Function> {
        mem::take(&mut self.sender.tasks().calls)
    }
}

impl Letter {
    fn into_event(self) -> Option<(FetchId, Event)> {
        match self {
            Self::Event(id, event) => Some((id, event)),
            Self::Interrupt => None,
        }
    }
}

impl Sender {
    /// Delivers an event of a fetch, and wakes the task that awaits the fetch.
    pub(super) fn send(&self, id: FetchId, event: Event) {
        // An error: the thread of the fetch has ended.
        let _ = self.letters.send(Letter::Event(id, event));
        if self.shared.is_attended.load(Ordering::SeqCst) {
            return;
        }
        let waker = self.tasks().waiting.remove(&id);
        // The lock is released: a waker may run any code.
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Says whether a loop of the thread takes everything that arrives. Returns whether tasks wait.
    pub(super) fn set_attended(&self, is_attended: bool) -> bool {
        self.shared.is_attended.store(is_attended, Ordering::SeqCst);
        !self.tasks().waiting.is_empty()
    }

    /// Has the thread's event loop call `function` with null.
    pub(crate) fn post(&self, function: Function) {
        self.tasks().calls.push(function);
        self.interrupt();
        self.wake_all();
    }

    /// Ends the thread's wait for a letter.
    pub(crate) fn interrupt(&self) {
        let _ = self.letters.send(Letter::Interrupt);
    }

    /// Wakes a task, once, when an event of this fetch arrives, or at [`wake_all`](Self::wake_all).
    pub(super) fn set_waker(&self, id: FetchId, waker: &Waker) {
        // Not inside the lock: a clone and a drop may run any code.
        let waker = waker.clone();
        let old = self.tasks().insert(id, waker);
        drop(old);
    }

    pub(super) fn forget_waker(&self, id: FetchId) {
        let old = self.tasks().waiting.remove(&id);
        drop(old);
    }

    /// Wakes all tasks, unless a loop attends to the mailbox. The first one that is polled lets the
    /// event loop turn.
    pub(super) fn wake_all(&self) {
        if !self.shared.is_attended.load(Ordering::SeqCst) {
            let mut waiting = self.tasks().take_waiting();
            waiting.drain().for_each(|(_, waker)| waker.wake());
            self.tasks().spare = waiting;
        }
    }

    fn tasks(&self) -> MutexGuard<'_, Tasks> {
        self.shared.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
