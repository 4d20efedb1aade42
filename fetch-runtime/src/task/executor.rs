//! The executor of a thread: [`spawn_local`].

use std::cell::Cell;
use std::ffi::c_void;
use std::fmt;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use super::hooks;
use super::queue::{Place, Queue};
use super::tasks::Tasks;
use crate::sys::{OfThread, Owned, backend};
use crate::{HandlerOutput, panic};

/// How many times in a row the tasks that are ready run, before other callbacks get their turn.
const ROUNDS: u32 = 32;

thread_local! {
    static EXECUTOR: OfThread<Executor> = OfThread::new(Executor {
        queue: Owned::new(Queue::new(run)),
        tasks: Tasks::new(),
    });
}

struct Executor {
    queue: Owned<Queue>,
    tasks: Tasks<Task>,
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

pub(super) type TaskFuture = Pin<Box<dyn Run>>;

/// A future with any output that can be reported.
pub(super) trait Run {
    /// Polls the future. Returns whether it is ready.
    fn run(self: Pin<&mut Self>, context: &mut Context<'_>) -> bool;
}

impl<F: Future<Output: HandlerOutput>> Run for F {
    fn run(self: Pin<&mut Self>, context: &mut Context<'_>) -> bool {
        match self.poll(context) {
            Poll::Ready(output) => {
                output.report(&"the task");
                true
            }
            Poll::Pending => false,
        }
    }
}

impl Executor {
    /// Adds a task without a future.
    fn add(&self) -> Rc<Task> {
        self.tasks.add(|place| Task {
            place,
            waker: Queue::waker(&self.queue, place),
            future: Cell::new(None),
            runs_again: Cell::new(false),
            is_over: Cell::new(false),
        })
    }
}

impl Drop for Executor {
    fn drop(&mut self) {
        self.queue.close();
    }
}

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
    F: IntoFuture<Output: HandlerOutput, IntoFuture: 'static>,
{
    let task = add(Box::pin(future.into_future()));
    if let Some(task) = &task {
        task.waker.wake_by_ref();
    }
    AbortHandle { task }
}

/// Runs a future on this thread, as [`spawn_local`] does, but polls it for the first time at once.
pub(super) fn run_now(future: TaskFuture) {
    if let Some(task) = add(future) {
        task.run();
    }
}

/// Adds a task, which no waker knows yet. `None` if the thread is ending: the future is dropped.
fn add(future: TaskFuture) -> Option<Rc<Task>> {
    hooks::set_resume(resume);
    let task = EXECUTOR.try_with(|executor| executor.add()).ok()?;
    backend::hold();
    task.future.set(Some(future));
    Some(task)
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
    let mut has_run = false;
    for _ in 0..ROUNDS {
        let Ok(ready) = EXECUTOR.try_with(|executor| executor.queue.take()) else { break };
        let mut is_idle = true;
        for place in ready {
            is_idle = false;
            let task = EXECUTOR.try_with(|executor| executor.tasks.get(place));
            if let Some(task) = task.ok().flatten() {
                task.run();
            }
        }
        if is_idle {
            break;
        }
        has_run = true;
    }
    has_run
}

impl Task {
    fn run(&self) {
        // Without one, the task runs already, and this call comes from inside it.
        let Some(mut future) = self.future.take() else { return self.runs_again.set(true) };
        self.runs_again.set(false);
        // A panic ends the task.
        let mut is_ready = true;
        panic::catch(|| {
            is_ready = future.as_mut().run(&mut Context::from_waker(&self.waker));
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
        let _ = EXECUTOR.try_with(|executor| executor.tasks.remove(self.place));
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
