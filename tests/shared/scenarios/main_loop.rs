//! A game's loop, on all platforms.

use std::cell::{Cell, RefCell};
use std::ops::ControlFlow;
use std::rc::Rc;

use fetch_runtime::{Request, main_loop, sleep, spawn_local, stats};

use crate::scenario::{Drops, Test};

scenarios! { $ for_each_main_loop_scenario:
    requests_and_tasks_go_on_between_the_frames
    inside_a_handler
    another_loop_takes_its_place
}

/// The loop goes on until what a frame has started is over.
fn requests_and_tasks_go_on_between_the_frames(t: &Test) {
    let (ended, test) = (RefCell::new(Some(t.expect())), t.clone());
    let (responded, slept) = (Rc::new(Cell::new(false)), Rc::new(Cell::new(false)));
    let drops = Drops::default();
    let guard = drops.guard();
    let mut frames = 0;
    main_loop(move || {
        let _owned = &guard;
        frames += 1;
        if frames == 3 {
            let responded = Rc::clone(&responded);
            test.send(Request::get(test.url("/bytes/5")), move |_, response| {
                assert!(response.is_success());
                responded.set(true);
            });
            let slept = Rc::clone(&slept);
            spawn_local(async move {
                sleep(std::time::Duration::from_millis(30)).await;
                slept.set(true);
            });
        }
        assert!(frames < 6000, "nothing goes on");
        if responded.get() && slept.get() {
            if let Some(ended) = ended.take() {
                ended();
            }
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    });
    t.then(move |_| assert_eq!((drops.count(), stats().live), (1, 0)));
}

/// The handler returns at once, on all platforms.
fn inside_a_handler(t: &Test) {
    let ended = RefCell::new(Some(t.expect()));
    let order = Rc::new(RefCell::new(Vec::new()));
    let seen = Rc::clone(&order);
    t.send(Request::get(t.url("/empty")), move |_, _| {
        let in_frame = Rc::clone(&seen);
        main_loop(move || {
            in_frame.borrow_mut().push("frame");
            if let Some(ended) = ended.take() {
                ended();
            }
            ControlFlow::Break(())
        });
        seen.borrow_mut().push("handler");
    });
    t.then(move |_| assert_eq!(*order.borrow(), ["handler", "frame"]));
}

fn another_loop_takes_its_place(t: &Test) {
    let ended = Rc::new(RefCell::new(Some(t.expect())));
    let order = Rc::new(RefCell::new(Vec::new()));
    let seen = Rc::clone(&order);
    let mut is_started = false;
    main_loop(move || {
        seen.borrow_mut().push("first");
        assert!(!std::mem::replace(&mut is_started, true), "the first loop goes on");
        let (seen, ended) = (Rc::clone(&seen), Rc::clone(&ended));
        let mut frames = 0;
        main_loop(move || {
            seen.borrow_mut().push("second");
            frames += 1;
            if frames < 3 {
                return ControlFlow::Continue(());
            }
            if let Some(ended) = ended.take() {
                ended();
            }
            ControlFlow::Break(())
        });
        ControlFlow::Continue(())
    });
    t.then(move |_| assert_eq!(*order.borrow(), ["first", "second", "second", "second"]));
}
