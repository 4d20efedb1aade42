//! Everything that can follow `=>`: a function with or without the attribute, an associated
//! function, and a variable that holds a closure.
#![deny(warnings)]

use std::cell::Cell;
use std::fmt;
use std::rc::Rc;

use fetch_runtime::native::script::{Answer, Script};
use fetch_runtime::{Error, Fetch, Progress, Response, StartError, fetch, fetch_handler};

thread_local! {
    static LAST: Cell<&'static str> = const { Cell::new("") };
}

fn called(name: &'static str) {
    LAST.set(name);
}

#[fetch_handler]
fn attributed(_: Response) {
    called("attributed");
}

#[fetch_handler(on_progress = progressed)]
fn with_progress(_: Response) {}

fn progressed(_: Progress) {
    called("progressed");
}

fn plain(_: Response) {
    called("plain");
}

fn of_a_result(result: Result<Response, Error>) -> Result<(), Error> {
    called("of_a_result");
    result.map(drop)
}

fn with_context(_: Response, name: &'static str) {
    called(name);
}

fn result_and_context(_: Result<Response, Error>, name: Rc<str>) -> Result<(), fmt::Error> {
    assert_eq!(&*name, "shared");
    called("result_and_context");
    Ok(())
}

fn generic<T: Default>(_: Response) {
    drop(T::default());
    called("generic");
}

mod handlers {
    use super::{Response, called, fetch_handler};

    #[fetch_handler]
    pub fn attributed(_: Response) {
        called("handlers::attributed");
    }

    pub fn plain(_: Response) {
        called("handlers::plain");
    }

    #[fetch_handler]
    pub fn imported(_: Response) {
        called("imported");
    }

    pub fn imported_plain(_: Response) {
        called("imported_plain");
    }

    pub mod deep {
        #[super::fetch_handler]
        pub fn renamed(_: super::Response) {
            super::called("renamed");
        }
    }
}

use handlers::deep::renamed as another;
use handlers::{imported, imported_plain};

// Macros or attributes have these names, too.
#[fetch_handler]
fn test(_: Response) {
    called("test");
}

fn vec(_: Response) {
    called("vec");
}

struct Game;

impl Game {
    fn loaded(_: Response) {
        called("Game::loaded");
    }

    fn spawned(_: Response, name: &'static str) {
        called(name);
    }

    fn start() -> Result<Fetch, StartError> {
        fetch!(GET "/" => Self::loaded)
    }
}

trait Load {
    fn load(response: Response);
}

impl Load for Game {
    fn load(_: Response) {
        called("Load::load");
    }
}

fn of_any<F: FnOnce(Response) + 'static>(closure: F) -> Result<Fetch, StartError> {
    fetch!(GET "/" => closure)
}

macro_rules! send {
    (own) => {{
        let own = |_| called("own");
        fetch!(GET "/" => own)
    }};
    (crate) => {
        fetch!(GET "/" => $crate::attributed)
    };
    ($handler:ident) => {
        fetch!(GET "/" => $handler)
    };
    (path $handler:path) => {
        fetch!(GET "/" => $handler)
    };
}

#[track_caller]
fn calls(name: &str, started: Result<Fetch, StartError>) {
    started.unwrap();
    fetch_runtime::run();
    assert_eq!(LAST.replace(""), name);
}

fn main() -> Result<(), StartError> {
    #[fetch_handler]
    fn inner(_: Response) {
        called("inner");
    }
    fn inner_plain(_: Response) {
        called("inner_plain");
    }

    let script = Script::install();
    script.answer("GET", "/", Answer::new(200).body("body"));

    calls("attributed", fetch!(GET "/" => attributed));
    calls("progressed", fetch!(GET "/" => with_progress));
    calls("plain", fetch!(GET "/" => plain));
    calls("of_a_result", fetch!(GET "/" => of_a_result));
    calls("context", fetch!(GET "/", context: "context" => with_context));
    calls("result_and_context", fetch!(GET "/", context: Rc::from("shared") => result_and_context));
    calls("generic", fetch!(GET "/" => generic::<u8>));
    calls("handlers::attributed", fetch!(GET "/" => handlers::attributed));
    calls("handlers::plain", fetch!(GET "/" => handlers::plain));
    calls("plain", fetch!(GET "/" => self::plain));
    calls("plain", fetch!(GET "/" => crate::plain));
    calls("imported", fetch!(GET "/" => imported));
    calls("imported_plain", fetch!(GET "/" => imported_plain));
    calls("renamed", fetch!(GET "/" => another));
    calls("renamed", fetch!(GET "/" => handlers::deep::renamed));
    calls("test", fetch!(GET "/" => test));
    calls("vec", fetch!(GET "/" => vec));
    calls("inner", fetch!(GET "/" => inner));
    calls("inner_plain", fetch!(GET "/" => inner_plain));
    {
        fn innermost(_: Response) {
            called("innermost");
        }
        calls("innermost", fetch!(GET "/" => innermost));
        calls("inner", fetch!(GET "/" => inner));
    }

    calls("Game::loaded", fetch!(GET "/" => Game::loaded));
    calls("Game::loaded", fetch!(GET "/" => crate::Game::loaded));
    calls("Game::loaded", Game::start());
    calls("context", fetch!(GET "/", context: "context" => Game::spawned));
    calls("Load::load", fetch!(GET "/" => <Game as Load>::load));
    calls("Load::load", fetch!(GET "/" => Game::load));

    let closure = |_| called("closure");
    calls("closure", fetch!(GET "/" => closure));
    let name = "moved".to_owned();
    let moving = move |response: Response| {
        assert_eq!((response.body(), &*name), (&b"body"[..], "moved"));
        called("moving");
    };
    calls("moving", fetch!(GET "/" => moving));
    let of_a_result = |result: Result<Response, Error>| {
        called("closure of a result");
        result.map(drop)
    };
    calls("closure of a result", fetch!(GET "/" => of_a_result));
    let pointer: fn(Response) = plain;
    calls("plain", fetch!(GET "/" => pointer));
    let boxed: Box<dyn FnOnce(Response)> = Box::new(|_| called("boxed"));
    calls("boxed", fetch!(GET "/" => boxed));
    calls("any", of_any(|_| called("any")));
    // A type has this name, too.
    let str = |_| called("str");
    calls("str", fetch!(GET "/" => str));
    let two = |_: Response, name| called(name);
    calls("two", fetch!(GET "/", context: "two" => two));
    let closure = |_| called("in parentheses");
    calls("in parentheses", fetch!(GET "/" => (closure)));

    calls("attributed", send!(attributed));
    calls("plain", send!(plain));
    calls("closure", send!(closure).and_then(|_| fetch!(GET "/" => |_| called("closure"))));
    calls("handlers::attributed", send!(path handlers::attributed));
    calls("handlers::plain", send!(path handlers::plain));
    calls("Game::loaded", send!(path Game::loaded));
    calls("own", send!(own));
    calls("attributed", send!(crate));
    Ok(())
}
