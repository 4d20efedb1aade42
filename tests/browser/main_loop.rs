//! A handler that starts a main loop, as a game does, and never returns.

use std::cell::Cell;
use std::rc::Rc;

use fetch_runtime::{Request, Response, fetch, fetch_handler, stats};
use fetch_shared::scenario::Test;

use crate::driver::Run;
use crate::js;

pub(crate) fn tests() -> Vec<(String, Run)> {
    tests![a_handler_that_never_returns]
}

thread_local! {
    static FRAMES: Cell<usize> = const { Cell::new(0) };
    static STARTED: Cell<Option<Rc<Test>>> = const { Cell::new(None) };
    static RETURNED: Cell<bool> = const { Cell::new(false) };
}

#[fetch_handler]
fn game(response: Response, (called, test): (Box<dyn FnOnce()>, Rc<Test>)) {
    assert!(response.is_success());
    STARTED.set(Some(test));
    called();
    js::main_loop(frame);
}

/// One of a game's frames: in the third, the next level is loaded.
extern "C-unwind" fn frame() {
    FRAMES.set(FRAMES.get() + 1);
    if FRAMES.get() == 3 {
        let test = STARTED.take().expect("the game has started");
        test.send(Request::get(test.url("/bytes/5")), |_, response| {
            assert!(response.is_success());
            RETURNED.set(true);
        });
    }
    if RETURNED.get() {
        js::end_main_loop();
    }
}

fn a_handler_that_never_returns(t: &Test) {
    let context: (Box<dyn FnOnce()>, _) = (Box::new(t.expect()), Rc::new(t.clone()));
    fetch!(GET t.url("/bytes/4"), context: context => game).unwrap();
    for _ in 0..200 {
        // The page lives on: frames go by, requests come and go.
        t.then(|t| {
            drop(
                t.send(Request::get(t.url("/slow/5")), |_, response| {
                    assert!(response.is_success())
                }),
            )
        });
    }
    t.then(|_| {
        assert!(FRAMES.get() >= 3 && RETURNED.get(), "{} frames", FRAMES.get());
        assert_eq!(stats().live, 0);
    });
}
