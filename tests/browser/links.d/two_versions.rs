//! Two versions of the crate in one program, as dependencies bring them together: each has its own
//! JS functions, and does a request. `cargo xtask linking` makes the package, whose `older` is a
//! copy with another version.

use std::cell::Cell;
use std::rc::Rc;

fn main() {
    let left = Rc::new(Cell::new(2));
    let over = move |good: bool| {
        assert!(good);
        left.set(left.get() - 1);
        if left.get() == 0 {
            std::process::exit(0);
        }
    };
    let other = over.clone();
    // Each asks JS whether the URL can be parsed.
    let bad = String::from("http://[");
    assert!(fetch_runtime::Request::get(bad.clone()).send_fn(|_| ()).is_err());
    assert!(older::Request::get(bad).send_fn(|_| ()).is_err());
    fetch_runtime::Request::get("/bytes/1000")
        .send_fn(move |response| over(response.body().len() == 1000))
        .expect("it starts");
    older::Request::get("/bytes/2000")
        .send_fn(move |response| other(response.body().len() == 2000))
        .expect("it starts");
}
