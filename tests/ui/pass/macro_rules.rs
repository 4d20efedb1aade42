//! Both macros, written by other macros.
#![deny(warnings)]

use std::time::Duration;

use fetch_runtime::{Response, StartError, fetch, fetch_handler};

macro_rules! handlers {
    ($($visibility:vis $name:ident($response:pat $(, $context:ty)?) $body:block)*) => {$(
        #[fetch_handler]
        $visibility fn $name($response: Response $(, _: $context)?) $body
    )*};
}

handlers! {
    pub(crate) loaded(response) { drop(response) }
    spawned(_, (u32, &'static str)) {}
}

/// The names in generated code do not clash with the user's.
macro_rules! hygienic {
    ($response:ident, $context:ident) => {
        #[fetch_handler]
        fn $response($context: Response, $response: u32) {
            let _ = ($context, $response);
        }
    };
}

hygienic!(response, context);

/// The arguments can be fragments.
macro_rules! shown {
    ($krate:path, $show:path, $symbol:literal, $name:ident) => {
        #[fetch_handler(crate = $krate, on_progress = $show, export = $symbol)]
        fn $name(_: Response) {}
    };
}

fn show(_: fetch_runtime::Progress) {}

shown!(::fetch_runtime, self::show, "macro_rules_shown", bar);

macro_rules! get {
    ($url:expr $(, $option:ident: $value:expr)* => $handler:path) => {
        fetch!(GET $url $(, $option: $value)* => $handler)
    };
}

macro_rules! send {
    ($verb:ident $url:literal $($rest:tt)*) => { fetch!($verb $url $($rest)*) };
}

fn start() -> Result<(), StartError> {
    let x = "captured by the caller's literal";
    get!("/data.bin" => loaded)?;
    get!(format!("/{}", 7),
        timeout: Duration::from_secs(5),
        context: (1, "one") => crate::spawned)?;
    get!("/", context: 1 => response)?;
    get!("/{x}" => bar)?;
    send!(GET "/{x}?{x}" => bar)?;
    send!(POST "/score", body: "7" => |_| {})?;
    send!(IDB_DELETE "save/1" => loaded)?;
    Ok(())
}

fn main() {
    if std::hint::black_box(false) {
        start().unwrap();
    }
}
