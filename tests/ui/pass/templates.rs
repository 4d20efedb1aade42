//! Variables in URLs and keys.
#![forbid(unsafe_code)]
#![deny(warnings, clippy::pedantic)]

use std::fmt::{self, Display};
use std::rc::Rc;

use fetch_runtime::{Request, Response, StartError, fetch, fetch_handler};

#[fetch_handler]
fn loaded(_: Response) {}

const TEMPLATE: &str = "a constant";
static TEXT: u8 = 7;

struct Player {
    id: u32,
}

impl Display for Player {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.id)
    }
}

impl Player {
    fn request(&self) -> Request {
        fetch!(GET "/players/{self}")
    }
}

/// The literal belongs to the caller, and so do its captures.
macro_rules! get {
    ($url:literal) => {{
        #[allow(unused_variables)]
        let id = "the macro's own";
        fetch!(GET $url)
    }};
    (any $url:expr) => {
        fetch!(GET $url)
    };
    (own $value:expr) => {{
        let id = $value;
        fetch!(GET "/own/{id}")
    }};
}

#[track_caller]
fn expect(request: &Request, url: &str) {
    let shown = format!("{request:?}");
    assert!(shown.contains(&format!("{url:?}")), "{shown}: {url}");
}

fn unsized_value(name: &str, value: &dyn Display) -> Request {
    fetch!(PUT "/files/{name}?by={value}#{name}")
}

fn start(context: String) -> Result<(), StartError> {
    // Captures are by reference, and come before the evaluation of the options.
    fetch!(GET "/{context}", cache_key: "{context}", cache: Reload => loaded)?;
    fetch!(GET "/{context}" => move |_| drop(context))?;
    let slot = 1;
    fetch!(IDB_STORE "save/{slot}", body: "7" => loaded)?;
    fetch!(IDB_DELETE "save/{slot}" => loaded).map(drop)
}

fn main() {
    let (id, r#type) = (7, Rc::from("a/b"));
    let r#type: Rc<str> = r#type;
    expect(
        &fetch!(GET "/users/{id}?type={type}&again={r#type}#{id}"),
        "/users/7?type=a%2Fb&again=a%2Fb#7",
    );
    expect(&fetch!(GET "/{TEMPLATE}/{TEXT}"), "/a%20constant/7");
    expect(&fetch!(GET "/{{{id}}}/{{}}"), "/{7}/{}");
    expect(&Player { id }.request(), "/players/%237");
    expect(&get!("/{id}"), "/7");
    expect(&get!(any "/{id}"), "/7");
    expect(&get!(own "x"), "/own/x");
    expect(&unsized_value("a b", &'ü'), "/files/a%20b?by=%C3%BC#a%20b");
    expect(&fetch!(POST format!("/{id}")), "/7");
    expect(&fetch!(POST concat!("/{", "id}")), "/{id}");
    if std::hint::black_box(false) {
        start("motd".to_owned()).unwrap();
    }
}
