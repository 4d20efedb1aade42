//! Housekeeping of the cache, which JavaScript does.

use core::cell::Cell;
use core::ffi::{c_char, c_int, c_void};
#[cfg(emscripten_threads)]
use std::rc::Rc;

use super::take_record;
#[cfg(emscripten_threads)]
use super::{Letter, Receive, Reply, ask_main, can_ask_main, is_main, threads::post_to_main};
use crate::sys::housekeeping::{Answer, Done, Failure, Question, Record, Work};
use crate::sys::{Received, namespace};

/// Gives JavaScript memory for so many bytes, which it writes at once.
type Take = unsafe extern "C" fn(*mut c_void, usize) -> usize;

/// Ends an operation. It may run user code.
type End = unsafe extern "C-unwind" fn(*mut c_void, c_int, f64, f64);

javascript! {
    // housekeeping.c
    fn fetch_runtime_records(
        work: c_int,
        text: *const c_char,
        length: usize,
        take: Take,
        end: End,
        token: *mut c_void,
    ) -> c_int;
    // storage.c
    fn fetch_runtime_storage(question: c_int, take: Take, end: End, token: *mut c_void) -> c_int;
    // budget.c
    fn fetch_runtime_set_budget(bytes: f64, prefix: *const c_char, length: usize);
}

/// Has the main thread, which has the database, do what `begin` does. Returns `done` there.
#[cfg(emscripten_threads)]
fn elsewhere(
    begin: impl FnOnce(Done) -> Result<(), Failure> + Send + 'static,
    done: Done,
) -> Result<(), Failure> {
    if !can_ask_main() {
        return Err(Failure::OutOfMemory);
    }
    let work = |reply: Reply| {
        let reply = Rc::new(reply);
        let end = move |answer: Answered| reply.answer(Box::new(answer));
        if let Err(failure) = begin(Box::new(end.clone())) {
            end(Err(failure));
        }
    };
    ask_main(work, Rc::new(Asked(Cell::new(Some(done)))));
    Ok(())
}

/// The result of an operation on the main thread.
#[cfg(emscripten_threads)]
type Answered = Result<Answer, Failure>;

/// Waits for the main thread.
#[cfg(emscripten_threads)]
struct Asked(Cell<Option<Done>>);

#[cfg(emscripten_threads)]
impl Receive for Asked {
    fn answer(self: Rc<Self>, answer: Letter) {
        let done = self.0.take();
        drop(self);
        if let (Ok(answer), Some(done)) = (answer.downcast::<Answered>(), done) {
            done(*answer);
        }
    }
}

/// An operation that has begun.
struct Pending {
    done: Done,
    bytes: Received,
}

/// Works on the records of this key, or whose keys begin with this text.
///
/// # Errors
/// If there is no cache. Otherwise `done` is called later.
pub(crate) fn work_on_records(work: Work, text: &str, done: Done) -> Result<(), Failure> {
    #[cfg(emscripten_threads)]
    if !is_main() {
        let text = text.to_owned();
        return elsewhere(move |done| work_on_records(work, &text, done), done);
    }
    // SAFETY: JavaScript copies exactly these bytes, and calls the functions as `begin` says.
    begin(done, |token| unsafe {
        fetch_runtime_records(work as c_int, text.as_ptr().cast(), text.len(), take, end, token)
    })
}

/// Asks about the storage.
///
/// # Errors
/// If the browser cannot be asked here. Otherwise `done` is called later.
pub(crate) fn ask_storage(question: Question, done: Done) -> Result<(), Failure> {
    #[cfg(emscripten_threads)]
    if !is_main() {
        return elsewhere(move |done| ask_storage(question, done), done);
    }
    // SAFETY: JavaScript calls the functions as `begin` says.
    begin(done, |token| unsafe { fetch_runtime_storage(question as c_int, take, end, token) })
}

/// A budget in bytes, and the function that sets it for a namespace.
type Budget = (Option<u64>, fn(Option<u64>, &str));

thread_local! {
    /// The budget that this thread has set. A program that sets none does not link it.
    static BUDGET: Cell<Option<Budget>> = const { Cell::new(None) };
}

/// Sets the budget of the downloads in this thread's namespace.
pub(crate) fn set_budget(bytes: Option<u64>) {
    let _ = BUDGET.try_with(|budget| budget.set(Some((bytes, set_budget_of))));
    set_budget_of(bytes, &namespace::prefix());
}

/// The thread has another namespace now: its budget is that one's, too.
pub(crate) fn on_namespace(prefix: &str) {
    if let Some((bytes, set)) = BUDGET.try_with(Cell::get).ok().flatten() {
        set(bytes, prefix);
    }
}

/// Sets the budget of a namespace, where the database is.
fn set_budget_of(bytes: Option<u64>, prefix: &str) {
    #[cfg(emscripten_threads)]
    if !is_main() {
        let prefix = prefix.to_owned();
        return post_to_main(move || set_budget_of(bytes, &prefix));
    }
    let bytes = bytes.map_or(-1.0, |bytes| bytes as f64);
    // SAFETY: JavaScript reads exactly these bytes.
    unsafe { fetch_runtime_set_budget(bytes, prefix.as_ptr().cast(), prefix.len()) };
}

/// Has `start` begin an operation. If it returns 0, JavaScript calls `take` at most once with the
/// token, and then `end` once, which is the last use of the token. Otherwise it calls neither.
fn begin(done: Done, start: impl FnOnce(*mut c_void) -> c_int) -> Result<(), Failure> {
    let token = Box::into_raw(Box::new(Pending { done, bytes: Received::Lost }));
    let code = start(token.cast());
    if code == 0 {
        return Ok(());
    }
    // SAFETY: it was made above, and JavaScript does not use it any more.
    drop(unsafe { Box::from_raw(token) });
    Err(Failure::Unavailable(match code {
        1 => {
            "the host has no IndexedDB, denies it to the page, or has ended the connection for \
             another tab"
        }
        2 => "the program was linked without IndexedDB: link without -sFETCH_SUPPORT_INDEXEDDB=0",
        4 => "the browser has no StorageManager here: it needs https: or localhost",
        6 => "JavaScript threw an exception: see the console",
        _ => "a worker cannot ask for that: begin the operation on the main thread of the page",
    }))
}

/// # Safety
/// The token is that of an operation which has begun, and `end` has not been called with it.
unsafe extern "C" fn take(token: *mut c_void, length: usize) -> usize {
    let (bytes, at) = take_record(length as f64);
    // SAFETY: the caller guarantees a `Pending` that is not used elsewhere.
    unsafe { (*token.cast::<Pending>()).bytes = bytes };
    at
}

/// # Safety
/// As for [`take`]. It is the last use of the token, and the bytes that `take` has made room for
/// are written.
unsafe extern "C-unwind" fn end(token: *mut c_void, code: c_int, number: f64, limit: f64) {
    // SAFETY: `begin` made it, and the caller gives it up.
    let pending = unsafe { Box::from_raw(token.cast::<Pending>()) };
    let Pending { done, bytes } = *pending;
    let bytes = match &bytes {
        Received::Bytes(bytes) => bytes.as_slice(),
        Received::Lost => &[],
    };
    done(match code {
        0 => Ok(Answer {
            number: number as u64,
            limit: (limit >= 0.0).then_some(limit as u64),
            records: Vec::new(),
        }),
        1 => Ok(Answer { records: records(bytes).unwrap_or_default(), ..Answer::default() }),
        2 => Err(Failure::Failed(String::from_utf8_lossy(bytes).into_owned())),
        _ => Err(Failure::OutOfMemory),
    });
}

/// Reads a list of records: their number; of each one the length of its key, its size and its age;
/// and all keys.
fn records(bytes: &[u8]) -> Option<Vec<Record>> {
    let (count, rest) = number(bytes)?;
    let (mut numbers, mut keys) = rest.split_at_checked(count as usize * 24)?;
    let mut records = Vec::new();
    while !numbers.is_empty() {
        let (length, size, age);
        (length, numbers) = number(numbers)?;
        (size, numbers) = number(numbers)?;
        (age, numbers) = number(numbers)?;
        let key;
        (key, keys) = keys.split_at_checked(length as usize)?;
        records.push(Record {
            key: String::from_utf8_lossy(key).into_owned(),
            size: size as u64,
            age_ms: (age >= 0.0).then_some(age as u64),
        });
    }
    Some(records)
}

/// The first number, and the bytes behind it.
fn number(bytes: &[u8]) -> Option<(f64, &[u8])> {
    let (number, rest) = bytes.split_first_chunk()?;
    Some((f64::from_le_bytes(*number), rest))
}
