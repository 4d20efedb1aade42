//! Housekeeping of the cache, which the thread of its database does.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ffi::c_void;
use std::sync::{Arc, PoisonError};

use super::replier::{Arrived, Replier};
use super::{engine, parts, settings};
use crate::sys::housekeeping::{Answer, Done, Failure, Question, Work};
use crate::sys::unwind::callback;

/// The operations of a thread.
#[derive(Default)]
struct Operations {
    last: u64,
    pending: HashMap<u64, Done>,
    arrived: Arrived,
}

thread_local! {
    static OPERATIONS: RefCell<Operations> = RefCell::default();
}

/// Works on the record of this key, or on those whose keys begin with the text.
///
/// # Errors
/// If there is no cache. Otherwise `done` is called later.
pub(crate) fn work_on_records(work: Work, text: &str, done: Done) -> Result<(), Failure> {
    let text = text.to_owned();
    begin(done, |replier| {
        engine::with(|engine| engine.work_on_records(work, text, replier));
    })
}

/// Asks about the storage.
///
/// # Errors
/// If there is no cache. Otherwise `done` is called later.
pub(crate) fn ask_storage(question: Question, done: Done) -> Result<(), Failure> {
    begin(done, |replier| match question {
        Question::Usage => engine::with(|engine| engine.measure_storage(replier)),
        Question::Persist | Question::Persisted => {
            replier.reply(Ok(Answer { number: 1, ..Answer::default() }));
        }
    })
}

/// Sets the budget of this thread.
pub(crate) fn set_budget(bytes: Option<u64>) {
    settings::set_budget(bytes);
}

/// The requests bring the namespace with them.
pub(crate) const fn on_namespace(_: &str) {}

fn begin(done: Done, job: impl FnOnce(Replier)) -> Result<(), Failure> {
    engine::availability().map_err(Failure::Unavailable)?;
    if engine::with(|engine| engine.is_scripted()) {
        return Err(Failure::Unavailable("a script plays, which has no records"));
    }
    parts::CACHE.map_err(Failure::Unavailable)?;
    if !engine::with(|engine| engine.has_cache()) {
        return Err(Failure::Unavailable("the folder of the cache cannot be used"));
    }
    let added = OPERATIONS.try_with(|operations| {
        let operations = &mut *operations.borrow_mut();
        operations.last += 1;
        operations.pending.insert(operations.last, done);
        (operations.last, Arc::clone(&operations.arrived))
    });
    let Ok((id, arrived)) = added else {
        return Err(Failure::Unavailable("the thread is ending"));
    };
    let sender = engine::with(|engine| engine.sender().clone());
    job(Replier::new(id, arrived, sender, callback(deliver)));
    Ok(())
}

/// Ends one operation. The event loop calls it once for each reply.
extern "C-unwind" fn deliver(_: *mut c_void) {
    let done = OPERATIONS.try_with(|operations| {
        let operations = &mut *operations.borrow_mut();
        let mut arrived = operations.arrived.lock().unwrap_or_else(PoisonError::into_inner);
        let (id, reply) = arrived.pop_front()?;
        Some((operations.pending.remove(&id)?, reply))
    });
    // Nothing is borrowed: it runs user code.
    if let Some((done, reply)) = done.ok().flatten() {
        done(reply);
    }
}
