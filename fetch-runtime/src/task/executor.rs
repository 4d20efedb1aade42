//! The executor of a thread: [`spawn_local`].

use std::cell::{Cell, RefCell};
use std::ffi::c_void;
use std::fmt;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Waker};

use super::hooks;
use super::queue::{Place, Queue};
use crate::sys::backend;
use crate::{HandlerOutput, panic};

/// How many times in a row the tasks that are ready run, before other callbacks get their turn.
const ROUNDS: u32 = 32;

thread_local! {
    static EXECUTOR: Executor = Executor {
        queue: Arc::new(Queue::new(run)),
        tasks: RefCell::default(),
        free: RefCell::default(),
    };
}

struct Executor {
    queue: Arc<Queue>,
    tasks: RefCell<Vec<Option<Rc<Task>>>>,
    /// The places without a task.
    free: RefCell<Vec<Place>>,
}

struct Task {
    place: Place,
    waker: Waker,
    /// Taken while it runs.
    future: Cell<Option<TaskFuture>>,
    /// It was woken and its turn came, while it ran.
    runs_again: Cell<bool>,
    is_over: Cell<bool>,
}

type TaskFuture = Pin<Box<dyn Future<Output = ()>>>;

/// Runs a future on this thread, in its event loop: on the web in the browser's, on the desktop
/// inside [`run`](crate::run()), [`poll`](crate::poll()) and [`block_on`](crate::block_on). It is
/// first polled there, not inside this call.
///
/// The future's output is `()`, or `Result<(), E>` where `E` implements `Display`. A panic or an
/// `Err` ends the task, and is reported as that of a [handler](HandlerOutput) is.
///
/// On the desktop, `run` returns when all tasks are over. The task stays on its thread, and ends
/// with it.
///
/// ```
/// use fetch_runtime::{StartError, fetch};
///
/// fetch_runtime::spawn_local(async {
///     let response = fetch!(GET "data:,hello").await?;
///     println!("{}", response.text());
///     Ok::<(), StartError>(())
/// });
/// fetch_runtime::run();
/// ```
pub fn spawn_local<F>(future: F) -> AbortHandle
where
    F: Future<Output: HandlerOutput> + 'static,
{
    spawn(Box::pin(async { future.await.report(None) }))
}

fn spawn(future: TaskFuture) -> AbortHandle {
    hooks::set_resume(resume);
    let task = EXECUTOR.try_with(|executor| {
        let mut tasks = executor.tasks.borrow_mut();
        let place = executor.free.borrow_mut().pop().unwrap_or(tasks.len());
        let task = Rc::new(Task {
            place,
            waker: executor.queue.waker(place),
            future: Cell::new(None),
            runs_again: Cell::new(false),
            is_over: Cell::new(false),
        });
        if place == tasks.len() {
            tasks.push(None);
        }
        tasks[place] = Some(Rc::clone(&task));
        executor.queue.push(place);
        task
    });
    // An error: the thread is ending, and drops the future.
    if let Ok(task) = &task {
        backend::hold();
        task.future.set(Some(future));
    }
    AbortHandle { task: task.ok() }
}

/// The event loop calls it.
extern "C-unwind" fn run(_: *mut c_void) {
    run_ready();
}

fn resume(waker: Waker) {
    let _ = EXECUTOR.try_with(|executor| executor.queue.hold());
    // Another executor's waker may panic. The hold must end all the same.
    panic::catch(|| waker.wake());
    run_ready();
}

/// Runs the tasks that are ready. Returns whether there were any.
pub(super) fn run_ready() -> bool {
    for round in 0..ROUNDS {
        let ready = EXECUTOR.try_with(|executor| executor.queue.take()).unwrap_or_default();
        if ready.is_empty() {
            return round > 0;
        }
        for place in ready {
            let task = EXECUTOR.try_with(|executor| executor.tasks.borrow().get(place).cloned());
            if let Some(task) = task.ok().flatten().flatten() {
                task.run();
            }
        }
    }
    true
}

impl Task {
    fn run(&self) {
        // Without one, the task runs already, and this call comes from inside it.
        let Some(mut future) = self.future.take() else { return self.runs_again.set(true) };
        self.runs_again.set(false);
        // A panic ends the task.
        let mut is_ready = true;
        panic::catch(|| {
            is_ready = future.as_mut().poll(&mut Context::from_waker(&self.waker)).is_ready();
        });
        if is_ready || self.is_over.get() {
            self.end(future);
        } else {
            self.future.set(Some(future));
            if self.runs_again.get() {
                self.waker.wake_by_ref();
            }
        }
    }

    fn end(&self, future: TaskFuture) {
        self.is_over.set(true);
        let _ = EXECUTOR.try_with(|executor| {
            executor.free.borrow_mut().push(self.place);
            executor.tasks.borrow_mut()[self.place].take()
        });
        backend::release();
        panic::catch(move || drop(future));
    }
}

/// The handle of a spawned task. Dropping it lets the task run on.
///
/// ```
/// let task = fetch_runtime::spawn_local(std::future::pending::<()>());
/// task.abort();
/// assert!(task.is_finished());
/// fetch_runtime::run();
/// ```
pub struct AbortHandle {
    /// `None` if the thread was ending already.
    task: Option<Rc<Task>>,
}

impl AbortHandle {
    /// Ends the task: drops its future, and with it aborts the requests that the future awaits. A
    /// task that aborts itself goes on to its next `.await`.
    pub fn abort(&self) {
        let Some(task) = &self.task else { return };
        match task.future.take() {
            Some(future) => task.end(future),
            // It runs now, or is over.
            None => task.is_over.set(true),
        }
    }

    /// Whether the task is over, or was aborted.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.task.as_ref().is_none_or(|task| task.is_over.get())
    }
}

impl fmt::Debug for AbortHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AbortHandle").field("is_finished", &self.is_finished()).finish()
    }
}
