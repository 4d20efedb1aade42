//! The turn of the event loop in which a task goes on.

use std::cell::RefCell;
use std::rc::Rc;

use fetch_runtime::native::script::{Answer, Script, Stage};
use fetch_runtime::{Fetch, Request, run, spawn_local};

/// Aborts a request when it is dropped. That request's handler is called by a timer of 0 ms.
struct Aborts(Fetch, Order);

type Order = Rc<RefCell<Vec<&'static str>>>;

impl Drop for Aborts {
    fn drop(&mut self) {
        self.1.borrow_mut().push("end");
        self.0.abort();
    }
}

/// The scenario of that name shows it against a real server, whose last event wakes the task, too.
/// Here the end of the request alone does.
#[test]
fn goes_on_in_the_terminal_callback() {
    let script = Script::install();
    script.answer("GET", "/x", Answer::new(200));
    script.answer("GET", "/held", Answer::new(200).hold(Stage::Head));
    let order = Order::default();
    let (by_timer, by_task) = (Rc::clone(&order), Rc::clone(&order));
    let held = Request::get("/held").send_fn(move |_| by_timer.borrow_mut().push("timer"));
    // It is dropped in the terminal callback, before the task goes on.
    let aborts = Aborts(held.expect("it begins"), Rc::clone(&order));
    let request = Request::get("/x").on_progress(move |_| {
        let _keep = &aborts;
    });
    spawn_local(async move {
        drop(request.await);
        by_task.borrow_mut().push("task");
    });
    run();
    assert_eq!(*order.borrow(), ["end", "task", "timer"]);
}
