//! All signatures that a handler can have.
#![deny(warnings)]

use std::error::Error as StdError;
use std::fmt;

use fetch_runtime::{self as web, Error, Response as R, Response, StartError, fetch, fetch_handler};

type Answer = Result<R, Error>;
type Done = Result<(), Box<dyn StdError>>;

struct Oops;

impl fmt::Display for Oops {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("oops")
    }
}

struct Point {
    x: u32,
    y: u32,
}

#[fetch_handler]
fn alias(_: R) {}

#[fetch_handler]
fn alias_of_result(answer: Answer) -> Done {
    answer?;
    Ok(())
}

#[fetch_handler]
fn path(_: web::Response) -> () {}

#[fetch_handler]
fn result(result: core::result::Result<web::Response, web::Error>) -> Result<(), Oops> {
    result.map(drop).map_err(|_| Oops)
}

#[fetch_handler]
fn mutable(mut response: Response, mut count: u32) {
    count += 1;
    let _ = count;
    response = std::convert::identity(response);
    drop(response);
}

#[fetch_handler]
fn patterns(_: Response, Point { x, y: 0..=9 | _ }: Point) {
    let _ = x;
}

#[fetch_handler]
fn attributes(
    #[allow(unused_variables)] response: Response,
    #[allow(unused_variables)] context: [u8; 2],
) {
}

#[fetch_handler]
fn never(_: Response) -> ! {
    panic!("never returns")
}

#[fetch_handler]
fn borrowed(_: Response, _: &'static str) {}

#[fetch_handler]
fn callback(response: Response, then: Box<dyn FnOnce(&Response) -> &str>) {
    println!("{}", then(&response));
}

#[fetch_handler]
fn unnamed(_: Response) -> Result<(), impl fmt::Display> {
    Err("oops")
}

#[fetch_handler]
fn r#match(_: Response) {}

#[fetch_handler]
fn r#type(r#struct: Response, r#fn: u32) {
    let _ = (r#struct, r#fn);
}

/// A handler can be called like any function.
fn call(response: Response) {
    mutable(response, 1);
}

fn start() -> Result<(), StartError> {
    fetch!(GET "/" => alias)?;
    fetch!(GET "/" => alias_of_result)?;
    fetch!(GET "/" => path)?;
    fetch!(GET "/" => result)?;
    fetch!(GET "/", context: 1 => mutable)?;
    fetch!(GET "/", context: Point { x: 1, y: 2 } => patterns)?;
    fetch!(GET "/", context: [1, 2] => attributes)?;
    fetch!(GET "/" => never)?;
    fetch!(GET "/", context: "static" => borrowed)?;
    fetch!(GET "/", context: Box::new(|response| response.url()) => callback)?;
    fetch!(GET "/" => unnamed)?;
    fetch!(GET "/" => r#match)?;
    fetch!(GET "/", context: 1 => r#type)?;
    fetch!(GET "/" => |response| -> ! { panic!("{}", response.status()) })?;
    fetch!(GET "/" => (call)).map(drop)
}

fn main() {
    assert!(<r#match as fetch_runtime::Handler>::NAME.ends_with("::match"));
    if std::hint::black_box(false) {
        start().unwrap();
    }
}
