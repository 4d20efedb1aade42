//! Questions to the main thread, which alone has the database: what a pthread asks is done there,
//! and the answer comes back to the pthread's event loop.

use core::cell::RefCell;
use core::ffi::{CStr, c_char, c_void};
use core::ptr;
use core::sync::atomic::{AtomicU64, Ordering};
use std::alloc::{Layout, handle_alloc_error};
use std::collections::{BTreeMap, LinkedList};
use std::ffi::CString;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;

use super::memory::take_string;
use super::threads::{Thread, lock, post_to_main, soon};
use crate::sys::inbox::{Inbox, Letter, Mail, Ticket};
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

/// A question that can be spoken about.
struct Heard {
    ticket: Ticket,
    from: Arc<Thread>,
    listen: Listen,
}

thread_local! {
    /// The questions of this thread that have no answer yet.
    static ASKED: RefCell<BTreeMap<Ticket, Rc<dyn Receive>>> =
        const { RefCell::new(BTreeMap::new()) };
    /// The questions of this thread that get a letter at the moment, and those whose letter has
    /// called code that never returns. Not on the stack, where nobody would find them at the end.
    static BUSY: RefCell<Vec<(Ticket, Rc<dyn Receive>)>> = const { RefCell::new(Vec::new()) };
    /// On the main thread: the questions that it works on. A list, as nothing may be allocated or
    /// freed while it is borrowed: see threads.rs.
    static HEARD: RefCell<LinkedList<Heard>> = const { RefCell::new(LinkedList::new()) };
}

/// Has the main thread call `work`, which runs no user code, when it returns to its event loop.
/// Each letter of the [`Reply`] comes to `receive`, from this thread's event loop, until the
/// answer. `can_ask_main` has returned true.
pub(crate) fn ask_main(
    work: impl FnOnce(Reply) + Send + 'static,
    receive: Rc<dyn Receive>,
) -> Ticket {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let ticket = NEXT.fetch_add(1, Ordering::Relaxed);
    let Some(to) = Thread::current() else { handle_alloc_error(Layout::new::<Thread>()) };
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
        let listen = HEARD.with(|heard| {
            let heard = heard.borrow();
            let heard = heard.iter().find(|heard| heard.ticket == ticket);
            heard.map(|heard| Rc::clone(&heard.listen))
        });
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
        let heard = Heard {
            ticket: self.ticket,
            from: Arc::clone(&self.to),
            listen: Rc::new(listen) as Listen,
        };
        let mut heard = LinkedList::from([heard]);
        HEARD.with(|all| all.borrow_mut().append(&mut heard));
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
        // It is allocated, and an earlier one is dropped, outside of the lock.
        let mut mail = Inbox::wrap(Mail { ticket: self.ticket, is_last, letter });
        let must_announce = lock(&self.to.inbox).put(&mut mail);
        if must_announce {
            self.to.post(callback(receive_first));
        }
    }
}

impl Drop for Reply {
    fn drop(&mut self) {
        let _heard = HEARD.try_with(|all| {
            let mut all = all.borrow_mut();
            let at = all.iter().position(|heard| heard.ticket == self.ticket)?;
            let mut heard = all.split_off(at);
            let mut rest = heard.split_off(1);
            all.append(&mut rest);
            Some(heard)
        });
    }
}

/// Receives the first letter. It may run user code, which may never return.
extern "C-unwind" fn receive_first(_: *mut c_void) {
    let Some(thread) = Thread::current() else { return };
    let (first, has_more) = lock(&thread.inbox).take();
    drop(thread);
    if has_more {
        soon(callback(receive_first));
    }
    let Some(Mail { ticket, is_last, letter }) = first.into_iter().next() else { return };
    let receive = ASKED.with(|asked| {
        let mut asked = asked.borrow_mut();
        if is_last { asked.remove(&ticket) } else { asked.get(&ticket).map(Rc::clone) }
    });
    match receive {
        Some(receive) if is_last => receive.answer(letter),
        Some(receive) => {
            let at = Rc::as_ptr(&receive);
            BUSY.with(|busy| busy.borrow_mut().push((ticket, receive)));
            // SAFETY: `BUSY` has a count until the line after the next one, or until `end`.
            unsafe { &*at }.letter(letter);
            let _receive = BUSY.with(|busy| {
                let mut busy = busy.borrow_mut();
                let at = busy.iter().rposition(|(other, _)| *other == ticket)?;
                Some(busy.swap_remove(at))
            });
        }
        None => {}
    }
}

/// This thread ends. What it has not received is dropped, and the main thread ends its work.
fn end(thread: &Arc<Thread>) {
    let unread = lock(&thread.inbox).empty();
    drop(unread);
    let asked = ASKED.try_with(RefCell::take).unwrap_or_default();
    let busy = BUSY.try_with(RefCell::take).unwrap_or_default();
    for (_, receive) in asked.into_iter().chain(busy) {
        // A handler's context may panic, which the panic hook prints.
        let _ = catch_unwind(AssertUnwindSafe(move || drop(receive)));
    }
    let thread = Arc::clone(thread);
    post_to_main(move || {
        let of_thread: Vec<_> = HEARD.with(|heard| {
            let heard = heard.borrow();
            let all = heard.iter().filter(|heard| Arc::ptr_eq(&heard.from, &thread));
            all.map(|heard| Rc::clone(&heard.listen)).collect()
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
