//! The procedural macros of `fetch-runtime`, which re-exports them: depend on that crate alone.
//!
//! [`#[fetch_handler]`](macro@fetch_handler) makes a function the handler of requests, [`fetch!`] starts one. Both
//! only write calls of `fetch-runtime`: whatever they can do, can be done without them.

mod errors;
mod handler;
mod krate;
mod nearest;
mod request;
#[cfg(test)]
mod testing;

use proc_macro::TokenStream;

/// Makes a function the handler of requests: called exactly once for each, however it ends, and after everything that
/// belongs to it in C was freed.
///
/// ```no_run
/// use fetch_runtime::{Error, Response, fetch, fetch_handler};
/// use std::rc::Rc;
///
/// #[fetch_handler]
/// fn loaded(response: Response) {
///     println!("{} {} bytes", response.status(), response.body().len());
/// }
///
/// #[fetch_handler]
/// fn checked(result: Result<Response, Error>) -> Result<(), Box<dyn std::error::Error>> {
///     let motd = String::from_utf8(result?.body().to_vec())?;
///     println!("{motd}");
///     Ok(())
/// }
///
/// #[fetch_handler]
/// fn counted(response: Response, name: Rc<str>) {
///     println!("{name}: {} bytes", response.body().len());
/// }
///
/// # fn main() -> Result<(), fetch_runtime::StartError> {
/// fetch!(GET "/data.bin" => loaded)?;
/// fetch!(GET "/motd" => checked)?;
/// fetch!(GET "/world.bin", context: Rc::from("world") => counted)?;
/// # Ok(())
/// # }
/// ```
///
/// # The function
///
/// - The first parameter is the response: a `Response`, whatever its outcome, or a `Result<Response, Error>`, where
///   `Error` is a response whose outcome is no success.
/// - The second, if there is one, is the context: any `'static` type, handed over where the request is started and
///   moved here. It must be as visible as the function is.
/// - It returns nothing, or `!`, or a `Result<(), E>` where `E` can be displayed: an `Err` is reported as a panic is.
///
/// Patterns, `mut`, attributes and any visibility are welcome; it can stand in a module or in another function, and come
/// from a `macro_rules!`.
///
/// # What it becomes
///
/// The function stays as it is: it can be called, and unit-tested. Beside it, in the namespace of types, there is now a
/// marker of its name and visibility that implements `Handler`. It is what `fetch!` and `Request::send` name. So no
/// other type and no module of that name can be there, and importing the function imports the marker, too.
///
/// The marker of a function without context also has two constants, `loaded::onsuccess` and `loaded::onerror`: function
/// pointers for the fields of those names in a `emscripten_fetch_attr_t`, with which C code hands a request of its own to
/// the handler (`userData` must be null).
///
/// `#[cfg]`, `#[deprecated]` and lint levels hold for what is generated as well. It needs no `unsafe`, nothing of the
/// prelude, and none of your lints looks at it.
///
/// # Arguments
///
/// `#[fetch_handler(crate = path)]` says where to find fetch-runtime if your users don't depend on it, but on a crate
/// that re-exports it. The default is `::fetch_runtime`.
///
/// # Errors
///
/// All mistakes of a function are reported by one compile.
///
/// | it says | do instead |
/// |---|---|
/// | takes the response | add the parameter: `fn loaded(response: Response)` |
/// | cannot take `T` | make the first parameter a `Response` or a `Result<Response, Error>` |
/// | cannot return `T` | use the value in the handler |
/// | take it by value | `Response`, not `&Response`: it is yours |
/// | at most one context | make a struct or a tuple of what the handler needs |
/// | the context outlives the caller | own it: `String` for `&str`, `Rc<T>` for `&T` |
/// | is a free function | take `self` as the context: `fn loaded(response: Response, game: Rc<Game>)` |
/// | has no generic parameters | write one handler a type, or use a closure, which can be generic |
/// | nobody awaits it | start the next request from within the handler |
/// | leave out `unsafe`, the ABI … | a handler is a plain safe function; C can be given `loaded::onsuccess` |
/// | would hide the primitive type | the marker is a type of the function's name: choose another |
/// | is defined multiple times | so is the marker: rename the function, or the type or module of its name |
#[proc_macro_attribute]
pub fn fetch_handler(arguments: TokenStream, item: TokenStream) -> TokenStream {
    handler::handler(arguments.into(), item.into()).into()
}

/// Starts a request.
///
/// ```no_run
/// use fetch_runtime::{Response, StartError, fetch, fetch_handler};
/// use std::time::Duration;
///
/// #[fetch_handler]
/// fn loaded(response: Response) {
///     println!("{}", response.status());
/// }
///
/// #[fetch_handler]
/// fn spawned(response: Response, level: u32) {
///     println!("level {level}: {} bytes", response.body().len());
/// }
///
/// # fn main() -> Result<(), StartError> {
/// fetch!(GET "/data.bin" => loaded)?;
/// fetch!(GET "/motd" => |response| println!("{}", response.status()))?;
///
/// let player = 7;
/// fetch!(POST format!("/players/{player}"),
///     headers: { "Content-Type": "application/json", "X-Player": player.to_string() },
///     body: r#"{"alive": true}"#,
///     timeout: Duration::from_secs(5),
///     => loaded
/// )?;
/// fetch!(GET "/world.bin",
///     cache: ForceCache,
///     on_progress: |progress| println!("{} of {:?}", progress.loaded, progress.total),
///     context: 1,
///     => spawned
/// )?;
///
/// fetch!(IDB_STORE "save/1", body: vec![1, 2, 3] => loaded)?;
/// fetch!(GET "save/1", cache: OnlyIfCached => loaded)?;
/// fetch!(IDB_DELETE "save/1" => loaded)?;
///
/// let request = fetch!(HEAD "/big.bin"); // without a handler: the `Request`, to be sent later
/// request.send::<loaded>()?;
/// # Ok(())
/// # }
/// ```
///
/// # Grammar
///
/// ```text
/// fetch!( [crate = path;] VERB url [, option: value]* [,] [=> handler] [,] )
/// ```
///
/// VERB is one of GET, HEAD, POST, PUT, PATCH, DELETE and OPTIONS, followed by a URL; or IDB_STORE or IDB_DELETE, followed by
/// the key of a record in the browser's IndexedDB.
///
/// **With a handler** it is a `Result<Fetch, StartError>`. A `Fetch` can `abort()` the request, and dropping it lets the
/// request run on. After a `StartError` the handler is not called. Otherwise it is called exactly once, and never before
/// `fetch!` has returned. The handler is
/// - a path: a function with [`#[fetch_handler]`](macro@fetch_handler);
/// - anything else: a closure that takes the `Response`. To use a variable that holds one, put it in parentheses:
///   `=> (closure)`.
///
/// **Without** it is the `Request`, which has a method for each option, and `send`, `send_with` and `send_fn`.
///
/// # Options
///
/// In any order, each at most once.
///
/// | option | value | verbs |
/// |---|---|---|
/// | `headers` | `{ name: value, … }`, or anything that iterates over such pairs | all over HTTP |
/// | `body` | `&'static str`, `String`, `Vec<u8>` … | POST, PUT, PATCH, DELETE, OPTIONS; IDB_STORE, where it is required |
/// | `timeout` | a `Duration` | all over HTTP |
/// | `cache` | `NoStore` (the default), `Reload`, `ForceCache`, `OnlyIfCached`, or a `CacheMode` | GET |
/// | `cache_key` | the key of the cached copy, instead of the URL | all over HTTP |
/// | `credentials` | `SameOrigin` (the default), `Include`, or a `Credentials` | all over HTTP |
/// | `auth` | `(user, password)` | all over HTTP |
/// | `mime_type` | the type to treat the body as | all over HTTP |
/// | `on_progress` | a closure that takes the `Progress` | all over HTTP |
/// | `context` | what the handler takes as its second parameter | all; needs a handler that is a path |
///
/// Values are expressions. Each is evaluated once: the URL first, then the options as written, and `context` last. `?` and
/// `return` work in them as anywhere.
///
/// String literals that are URLs, keys, names or values of headers, media types, user names or passwords are checked at
/// compile time; other strings are checked when the request is sent.
///
/// ```compile_fail
/// # use fetch_runtime::fetch;
/// fetch!(GET "/motd", headers: { "Accept Language": "en" }); // no header has a space in its name
/// ```
///
/// Where fetch-runtime is re-exported by another crate, `crate = path;` comes first:
///
/// ```no_run
/// # mod my_engine { pub use fetch_runtime; }
/// use my_engine::fetch_runtime::fetch;
/// # fn main() -> Result<(), fetch_runtime::StartError> {
/// fetch!(crate = my_engine::fetch_runtime; GET "/motd" => |_| {})?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// All mistakes of a request are reported by one compile.
///
/// | it says | do instead |
/// |---|---|
/// | unknown verb, unknown option | see the lists above; verbs are in upper case |
/// | needs a URL, a key, a value | something is missing after this word |
/// | `:` goes between …, `:` is missing, `,` is missing | an option is `name: value`, and options are separated by commas |
/// | is given twice | each option has one value; several headers go into one `headers` |
/// | has no body, takes no …, does not use the cache | the table says which option goes with which verb |
/// | options come before `=>` | the handler is the last thing |
/// | `context` goes to a handler | add `=> handler`, or use `Request::send_with` |
/// | `auth` takes a pair | `auth: (user, password)` |
/// | there is no `CacheMode::…` | a word that is written like a variant must be one of those listed |
/// | a closure captures its context | write `move \|response\| …`, and use the value in the closure |
/// | a NUL character would end the string | C strings cannot hold it |
/// | expected type, found function | annotate the function with `#[fetch_handler]` |
/// | expected type, found local variable | put the variable that holds a closure in parentheses |
/// | mismatch resolving `Context == ()` | the handler takes a context: add `context: value` |
/// | evaluation panicked: invalid URL … | what the message says about this literal |
#[proc_macro]
pub fn fetch(input: TokenStream) -> TokenStream {
    request::request(input.into()).into()
}
