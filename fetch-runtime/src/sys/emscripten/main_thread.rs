//! Questions to the main thread, which alone has the database: what a pthread asks is done there,
//! and the answer comes back to the pthread's event loop.

use core::cell::RefCell;
use core::ffi::{CStr, c_char, c_void};
use core::ptr;
use core::sync::atomic::{AtomicU64, Ordering};
use std::collections::BTreeMap;
use std::ffi::CString;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;

use super::memory::take_string;
use super::threads::{Thread, lock, post_to_main, soon};
use crate::sys::inbox::{Letter, Mail, Ticket};
use crate::sys::unwind::callback;

javascript! {
    // threads.c
    fn fetch_runtime_base() -> *mut c_char;
    fn fetch_runtime_use_base(base: *const c_char);
}

/// Gets what the main thread sends about a question, on the thread that has asked.
pub(crate) trait Receive {
    /// Gets a letter that is not the answer.
    fn letter(&self, _: Letter) {}

    /// Gets the answer. It may run user code that never returns, and drops itself before.
    fn answer(self: Rc<Self>, answer: Letter);
}

/// Gets each word of a question, on the main thread. Without a letter, the asker has given up.
type Listen = Rc<dyn Fn(Option<Letter>)>;

thread_local! {
    /// The questions of this thread that have no answer yet.
    static ASKED: RefCell<BTreeMap<Ticket, Rc<dyn Receive>>> =
        const { RefCell::new(BTreeMap::new()) };
    /// On the main thread: the questions that it works on, and that can be spoken about.
    static HEARD: RefCell<BTreeMap<Ticket, (Arc<Thread>, Listen)>> =
        const { RefCell::new(BTreeMap::new()) };
}

/// Has the main thread call `work`, which runs no user code, when it returns to its event loop.
/// Each letter of the [`Reply`] comes to `receive`, from this thread's event loop, until the
/// answer.
pub(crate) fn ask_main(
    work: impl FnOnce(Reply) + Send + 'static,
    receive: Rc<dyn Receive>,
) -> Ticket {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let ticket = NEXT.fetch_add(1, Ordering::Relaxed);
    let to = Thread::current();
    to.at_end(end);
    ASKED.with(|asked| asked.borrow_mut().insert(ticket, receive));
    post_to_main(move || work(Reply { to, ticket }));
    ticket
}

/// Tells the main thread a word about a question. Without a letter, the asker has given up: nothing
/// that is sent from now on is received.
pub(crate) fn tell_main(ticket: Ticket, word: Option<Letter>) {
    if word.is_none() {
        // Dropped outside: it may own what the program drops.
        let _receive = ASKED.try_with(|asked| asked.borrow_mut().remove(&ticket));
    }
    post_to_main(move || {
        let listen =
            HEARD.with(|heard| heard.borrow().get(&ticket).map(|(_, listen)| Rc::clone(listen)));
        if let Some(listen) = listen {
            listen(word);
        }
    });
}

/// On the main thread: the thread that has asked.
pub(crate) struct Reply {
    to: Arc<Thread>,
    ticket: Ticket,
}

impl Reply {
    /// Has `listen` called with each word about the question, until the answer.
    pub(crate) fn listen(&self, listen: impl Fn(Option<Letter>) + 'static) {
        let entry = (Arc::clone(&self.to), Rc::new(listen) as Listen);
        HEARD.with(|heard| heard.borrow_mut().insert(self.ticket, entry));
    }

    /// Sends a letter, which takes the place of an earlier one that was not received.
    pub(crate) fn send(&self, letter: Letter) {
        self.put(letter, false);
    }

    /// Sends the answer.
    pub(crate) fn answer(&self, letter: Letter) {
        self.put(letter, true);
    }

    fn put(&self, letter: Letter, is_last: bool) {
        let mail = Mail { ticket: self.ticket, is_last, letter };
        let (_earlier, must_announce) = lock(&self.to.inbox).put(mail);
        if must_announce && !self.to.post(announce, ptr::null_mut()) {
            lock(&self.to.inbox).is_unannounced();
        }
    }
}

impl Drop for Reply {
    fn drop(&mut self) {
        let _listen = HEARD.try_with(|heard| heard.borrow_mut().remove(&self.ticket));
    }
}

/// There is mail for this thread.
extern "C" fn announce(_: *mut c_void) {
    soon(callback(receive_first));
}

/// Receives the first letter. It may run user code, which may never return.
extern "C-unwind" fn receive_first(_: *mut c_void) {
    let thread = Thread::current();
    let (first, has_more) = lock(&thread.inbox).take();
    drop(thread);
    if has_more {
        soon(callback(receive_first));
    }
    let Some(Mail { ticket, is_last, letter }) = first else { return };
    let receive = ASKED.with(|asked| {
        let mut asked = asked.borrow_mut();
        if is_last { asked.remove(&ticket) } else { asked.get(&ticket).map(Rc::clone) }
    });
    match receive {
        Some(receive) if is_last => receive.answer(letter),
        Some(receive) => receive.letter(letter),
        None => {}
    }
}

/// This thread ends. What it has not received is dropped, and the main thread ends its work.
fn end(thread: &Arc<Thread>) {
    let unread = lock(&thread.inbox).empty();
    drop(unread);
    let asked = ASKED.try_with(RefCell::take).unwrap_or_default();
    for (_, receive) in asked {
        // A handler's context may panic, which the panic hook prints.
        let _ = catch_unwind(AssertUnwindSafe(move || drop(receive)));
    }
    let thread = Arc::clone(thread);
    post_to_main(move || {
        let of_thread: Vec<_> = HEARD.with(|heard| {
            let heard = heard.borrow();
            let all = heard.values().filter(|(other, _)| Arc::ptr_eq(other, &thread));
            all.map(|(_, listen)| Rc::clone(listen)).collect()
        });
        of_thread.iter().for_each(|listen| listen(None));
    });
}

/// The base of this thread's relative URLs.
pub(crate) fn base() -> Option<CString> {
    // SAFETY: it touches no memory of the program.
    let base = unsafe { fetch_runtime_base() };
    // SAFETY: JavaScript returned null, or a C string in memory from malloc.
    let base = unsafe { take_string(base) };
    CString::new(base.as_slice()).ok().filter(|base| !base.is_empty())
}

/// Runs `start` with the base of another thread.
pub(crate) fn with_base(base: Option<&CStr>, start: impl FnOnce()) {
    let Some(base) = base else { return start() };
    // SAFETY: a live C string, which JavaScript copies.
    unsafe { fetch_runtime_use_base(base.as_ptr()) };
    start();
    // SAFETY: null is this thread's own base.
    unsafe { fetch_runtime_use_base(ptr::null()) };
}
