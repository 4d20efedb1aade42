//! A cell without a handler: a task awaits the request, or its future is dropped.

use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;

use fetch_runtime::{AbortController, block_on, spawn_local, stats};

use super::cell::{World, abort_later, request};
use super::expectations::Expectations;
use super::handle::{Handle, Means};
use super::{At, Column, Platform, Row};
use crate::scenario::Test;

/// A task awaits the request, which the row's abort ends by a signal.
pub(super) fn awaited(t: &Test, row: &'static Row, platform: Rc<dyn Platform>) {
    let column = Column::Awaited;
    let expectations = Expectations::new(&platform);
    let url = platform.prepare(row, row.moment(column));
    let ends = row.ends_if_aborted();
    let controller = AbortController::new();
    let signal = controller.signal();
    let handle = Rc::new(Handle::new(Means::Controller(controller)));
    let mut request = request(row, column, &url, &handle, &expectations);
    if row.abort.is_some() {
        request = request.signal(&signal);
    }
    let world = World::new(&handle, &expectations);
    let (test, expected, own) = (t.clone(), expectations.clone(), Rc::clone(&handle));
    t.spawn(async move {
        let mut future = pin!(request.into_future());
        let first = poll_fn(|context| Poll::Ready(future.as_mut().poll(context))).await;
        assert!(first.is_pending(), "the response is there before the start has returned");
        abort_later(&test, row, &own, &expected);
        let response = future.await.expect("it begins");
        expected.entered(row, &world, ends, &response);
    });
    drop(handle);
    t.then(move |_| expectations.ended(row, column, ends));
}

/// The thread waits for the future.
pub(super) fn awaited_by_the_thread(t: &Test, row: &'static Row, platform: Rc<dyn Platform>) {
    let column = Column::Awaited;
    let expectations = Expectations::new(&platform);
    let url = platform.prepare(row, None);
    let world = World::new(&Rc::default(), &expectations);
    let response = block_on((row.request)(&url)).expect("it may wait").expect("it begins");
    expectations.entered(row, &world, row.ends, &response);
    drop(world);
    t.then(move |_| expectations.ended(row, column, row.ends));
}

/// The future is dropped. From then on nothing is called or woken.
pub(super) fn dropped(t: &Test, row: &'static Row, platform: Rc<dyn Platform>) {
    let column = Column::FutureDropped;
    let expectations = Expectations::new(&platform);
    let url = platform.prepare(row, Some(row.drop_at));
    let handle = Rc::new(Handle::new(Means::Future(None)));
    let request = request(row, column, &url, &handle, &expectations);
    handle.put_future(Box::pin(request.into_future()));
    let world = World::new(&handle, &expectations);
    let (own, expected) = (Rc::clone(&handle), expectations.clone());
    let mut is_first = true;
    let task = spawn_local(poll_fn(move |context| {
        let _keep = &world;
        assert!(!own.has_ended_it(), "the task of a dropped future is woken");
        if row.drop_at == At::End && !is_first && own.is_finished() {
            drop_it(row, &own, &expected);
            return Poll::Ready(());
        }
        let mut future = own.take_future().expect("it has not been dropped");
        assert!(future.as_mut().poll(context).is_pending(), "it is over before its moment");
        own.put_future(future);
        if std::mem::replace(&mut is_first, false) {
            let (own, expected) = (Rc::clone(&own), expected.clone());
            let drop_it = move || drop_it(row, &own, &expected);
            match row.drop_at {
                At::Upload | At::Progress | At::Chunk | At::End => {}
                At::Start => drop_it(),
                moment => platform.at(moment, Box::new(drop_it)),
            }
        }
        Poll::Pending
    }));
    t.then(|t| when_it_is_over(t, handle));
    t.then(move |_| {
        task.abort();
        expectations.ended(row, column, row.ends_if_aborted());
    });
}

fn drop_it(row: &Row, handle: &Handle, expectations: &Expectations) {
    let was_over = matches!(row.drop_at, At::Start | At::End);
    assert_eq!(handle.is_finished(), was_over);
    handle.end(1);
    let is_over = row.drop_at.ends_at_once();
    assert_eq!(handle.is_finished(), is_over, "closed too early, or too late");
    if is_over {
        expectations.check_live(0);
    }
}

/// Goes on when the request whose future was dropped is over.
fn when_it_is_over(t: &Test, handle: Rc<Handle>) {
    let now = stats();
    if !handle.has_ended_it() || now.live > 0 || now.completed < now.started {
        t.then_first(|t| when_it_is_over(t, handle));
    }
}
