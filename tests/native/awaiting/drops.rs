//! A request is dropped at each stage, by whatever owns its future.

use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Wake, Waker};
use std::time::Duration;

use fetch_runtime::native::script::{Answer, Script, Stage};
use fetch_runtime::{
    AbortHandle, CacheMode, Request, ResponseFuture, run, sleep, spawn_local, stats,
};
use fetch_shared::scenario::Drops;
use futures_util::future::{join_all, select};

use crate::{alloc, server};

/// The stages, and whether a drop there ends the request at once.
const STAGES: [(Stage, bool); 6] = [
    (Stage::Lookup, false),
    (Stage::Head, true),
    (Stage::Chunk, true),
    (Stage::Done, true),
    (Stage::Load, false),
    (Stage::Store, false),
];

/// The owners of futures.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Owner {
    Future,
    Task,
    Select,
    Join,
    /// A future that was polled by one task, and then by another.
    SecondTask,
}

const MANY: usize = 30;

/// Counts its wakes.
#[derive(Default)]
struct Wakes(AtomicUsize);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

type Boxed = Pin<Box<dyn Future<Output = ()>>>;

fn poll(future: &mut Boxed, waker: &Waker) {
    assert!(future.as_mut().poll(&mut Context::from_waker(waker)).is_pending());
}

fn drop_at(stage: Stage, ends_at_once: bool, owner: Owner) {
    let script = Script::install();
    script.answer("GET", "/x", Answer::new(200).body("ab").body("c").hold(stage));
    let drops = Drops::default();
    let request = || {
        let guard = drops.guard();
        let request = Request::get("/x").cache(CacheMode::ForceCache);
        request.on_progress(move |_| {
            let _keep = &guard;
        })
    };
    let one = request();
    let (wakes, others) = (Arc::new(Wakes::default()), Arc::new(Wakes::default()));
    let mut future: Boxed = match owner {
        Owner::Join => {
            let many: Vec<_> = (1..MANY).map(|_| request().into_future()).collect();
            Box::pin(async {
                let one = one.into_future();
                join_all(many.into_iter().chain([one])).await;
            })
        }
        Owner::Select => {
            let other = request();
            Box::pin(async {
                drop(select(one.into_future(), other.into_future()).await);
            })
        }
        Owner::Future | Owner::Task | Owner::SecondTask => Box::pin(async {
            drop(one.await);
        }),
    };
    let (task, future): (Option<AbortHandle>, _) = match owner {
        Owner::Task => (Some(spawn_local(future)), None),
        Owner::SecondTask => {
            poll(&mut future, &Waker::from(Arc::clone(&others)));
            poll(&mut future, &Waker::from(Arc::clone(&wakes)));
            (None, Some(future))
        }
        _ => {
            poll(&mut future, &Waker::from(Arc::clone(&wakes)));
            (None, Some(future))
        }
    };
    let requests = match owner {
        Owner::Join => MANY,
        Owner::Select => 2,
        Owner::Future | Owner::Task | Owner::SecondTask => 1,
    };
    run();
    assert_eq!((stats().live, drops.count()), (requests as u64, 0), "all are held");
    let woken = wakes.0.load(Ordering::Relaxed);

    match task {
        Some(task) => task.abort(),
        None => drop(future),
    }
    let (live, dropped) = if ends_at_once { (0, requests) } else { (requests, 0) };
    assert_eq!((stats().live, drops.count()), (live as u64, dropped));
    assert_eq!(script.live_structs(), live);
    assert_eq!((Arc::strong_count(&wakes), Arc::strong_count(&others)), (1, 1), "wakers are kept");
    script.release();
    run();
    assert_eq!((stats().live, stats().completed), (0, stats().started));
    assert_eq!((script.live_structs(), drops.count()), (0, requests));
    assert_eq!(wakes.0.load(Ordering::Relaxed), woken, "woken after the drop");
}

/// Nothing is left, of any of them.
#[test]
fn at_each_stage_of_each_owner() {
    for owner in [Owner::Future, Owner::Task, Owner::Select, Owner::Join, Owner::SecondTask] {
        for (stage, ends_at_once) in STAGES {
            println!("{owner:?} at {stage:?}");
            // The thread allocates some things once.
            drop_at(stage, ends_at_once, owner);
            let before = alloc::live();
            drop_at(stage, ends_at_once, owner);
            assert_eq!(alloc::live(), before, "allocations are left");
        }
    }
}

/// Its request ends when the callback has returned, and waits for no more of an endless body.
#[test]
fn inside_a_callback() {
    let own: Rc<RefCell<Option<Pin<Box<ResponseFuture>>>>> = Rc::default();
    let (calls, slot) = (Rc::new(Cell::new(0)), Rc::clone(&own));
    let counted = Rc::clone(&calls);
    let request = Request::get(server().url("/drip/1000000/20")).on_progress(move |_| {
        counted.set(counted.get() + 1);
        drop(slot.take());
    });
    let mut future = Box::pin(request.into_future());
    assert!(future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    own.replace(Some(future));
    run();
    assert!(own.take().is_none());
    assert_eq!((calls.get(), stats().live, stats().completed), (1, 0, 1));
    assert_eq!((Rc::strong_count(&own), Rc::strong_count(&calls)), (1, 1));
}

/// A future that was never polled has sent nothing, and leaves nothing.
#[test]
fn before_the_first_poll() {
    let script = Script::install();
    let never_polled = || {
        let before = stats();
        let drops = Drops::default();
        let guard = drops.guard();
        let request = Request::get("/x").on_progress(move |_| {
            let _keep = &guard;
        });
        drop(request.into_future());
        drop(sleep(Duration::MAX));
        run();
        assert_eq!((drops.count(), stats()), (1, before));
    };
    // The thread allocates some things once.
    never_polled();
    let before = alloc::live();
    never_polled();
    assert_eq!((script.sent().len(), alloc::live()), (0, before));
}
