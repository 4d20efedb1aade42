//! The expansions of `#[fetch_handler]`.

use crate::handler::handler;

use super::support::{VALID, errors, golden, survives};
use crate::testing::{prefixes, tokens};

#[test]
fn a_function_and_its_marker() {
    golden(
        "",
        "fn loaded(response: Response) { body!(); }",
        r##"#[allow(clippy::needless_pass_by_value)]
fn loaded(response: Response) {
    body!();
}
/// The handler `loaded`, as `fetch!` and `Request::send` name it.
enum loaded {}
const _: () = {
    #[automatically_derived]
    impl ::fetch_runtime::Handler for loaded {
        type Context = ();
        const NAME: &'static ::core::primitive::str = ::core::concat!(
            ::core::module_path!(), "::", "loaded"
        );
        fn handle(response: ::fetch_runtime::Response, (): Self::Context) {
            loaded(::fetch_runtime::__private::input::<Response>(response))
        }
    }
    impl loaded {
        /// For `emscripten_fetch_attr_t::onsuccess`.
        pub const onsuccess: unsafe extern "C" fn(
            *mut ::fetch_runtime::__private::emscripten_fetch_t,
        ) = ::fetch_runtime::__private::callback(
            ::fetch_runtime::__private::onsuccess_of_any::<Self>,
        );
        /// For `emscripten_fetch_attr_t::onerror`.
        pub const onerror: unsafe extern "C" fn(
            *mut ::fetch_runtime::__private::emscripten_fetch_t,
        ) = ::fetch_runtime::__private::callback(
            ::fetch_runtime::__private::onerror_of_any::<Self>,
        );
    }
};
"##,
    );
}

#[test]
fn everything_at_once() {
    golden(
        "crate = engine::fetch",
        "/// Docs.
#[cfg(web)] #[inline]
#[cfg_attr(x, inline, allow(a))] #[deprecated] #[expect(dead_code, deprecated)]
pub(in crate::a) fn r#type(mut result: Result<Response, Error>, context: Rc<World>)
-> Result<(), Oops> { }",
        r##"#[allow(clippy::needless_pass_by_value)]
/// Docs.
#[cfg(web)]
#[inline]
#[cfg_attr(x, inline, allow(a))]
#[deprecated]
#[expect(dead_code, deprecated)]
pub(in crate::a) fn r#type(
    mut result: Result<Response, Error>,
    context: Rc<World>,
) -> Result<(), Oops> {}
/// The handler `type`, as `fetch!` and `Request::send` name it.
#[cfg(web)]
#[deprecated]
pub(in crate::a) enum r#type {}
#[cfg(web)]
#[cfg_attr(x, allow(a))]
#[allow(deprecated)]
#[allow(deprecated)]
const _: () = {
    #[automatically_derived]
    impl engine::fetch::Handler for r#type {
        type Context = Rc<World>;
        const NAME: &'static ::core::primitive::str = ::core::concat!(
            ::core::module_path!(), "::", "type"
        );
        fn handle(response: engine::fetch::Response, context: Self::Context) {
            engine::fetch::__private::output::<
                Self,
                Result<(), Oops>,
            >(
                r#type(
                    engine::fetch::__private::input::<Result<Response, Error>>(response),
                    context,
                ),
            )
        }
    }
};
"##,
    );
}

#[test]
fn progress_and_symbols_for_c() {
    golden(
        r#"on_progress = game::show, export = "game_loaded", crate = engine"#,
        "#[cfg(web)] fn onerror(response: Response) { }",
        r##"#[allow(clippy::needless_pass_by_value)]
#[cfg(web)]
fn onerror(response: Response) {}
/// The handler `onerror`, as `fetch!` and `Request::send` name it.
#[cfg(web)]
enum onerror {}
#[cfg(web)]
const _: () = {
    #[automatically_derived]
    impl engine::Handler for onerror {
        type Context = ();
        const NAME: &'static ::core::primitive::str = ::core::concat!(
            ::core::module_path!(), "::", "onerror"
        );
        const ON_PROGRESS: ::core::option::Option<fn(engine::Progress)> = {
            let on_progress: fn(engine::Progress) = game::show;
            ::core::option::Option::Some(on_progress)
        };
        fn handle(response: engine::Response, (): Self::Context) {
            onerror(engine::__private::input::<Response>(response))
        }
    }
    impl onerror {
        /// For `emscripten_fetch_attr_t::onsuccess`.
        pub const onsuccess: unsafe extern "C" fn(
            *mut engine::__private::emscripten_fetch_t,
        ) = engine::__private::callback(engine::__private::onsuccess_of_any::<Self>);
        /// For `emscripten_fetch_attr_t::onerror`.
        pub const onerror: unsafe extern "C" fn(
            *mut engine::__private::emscripten_fetch_t,
        ) = engine::__private::callback(engine::__private::onerror_of_any::<Self>);
        /// For `emscripten_fetch_attr_t::onprogress`.
        pub const onprogress: unsafe extern "C" fn(
            *mut engine::__private::emscripten_fetch_t,
        ) = engine::__private::callback(engine::__private::onprogress_of_any::<Self>);
    }
    const _: () = {
        #[unsafe(export_name = "game_loaded_onsuccess")]
        unsafe extern "C-unwind" fn onsuccess(
            fetch: *mut engine::__private::emscripten_fetch_t,
        ) {
            unsafe { engine::__private::onsuccess_of_any::<onerror>(fetch) }
        }
        #[unsafe(export_name = "game_loaded_onerror")]
        unsafe extern "C-unwind" fn onerror(
            fetch: *mut engine::__private::emscripten_fetch_t,
        ) {
            unsafe { engine::__private::onerror_of_any::<onerror>(fetch) }
        }
        #[unsafe(export_name = "game_loaded_onprogress")]
        unsafe extern "C-unwind" fn onprogress(
            fetch: *mut engine::__private::emscripten_fetch_t,
        ) {
            unsafe { engine::__private::onprogress_of_any::<onerror>(fetch) }
        }
    };
};
"##,
    );
}

#[test]
fn a_function_that_never_returns_has_no_output() {
    golden(
        "",
        "fn never(response: Response) -> ! { }",
        r##"#[allow(clippy::needless_pass_by_value)]
fn never(response: Response) -> ! {}
/// The handler `never`, as `fetch!` and `Request::send` name it.
enum never {}
const _: () = {
    #[automatically_derived]
    impl ::fetch_runtime::Handler for never {
        type Context = ();
        const NAME: &'static ::core::primitive::str = ::core::concat!(
            ::core::module_path!(), "::", "never"
        );
        fn handle(response: ::fetch_runtime::Response, (): Self::Context) {
            never(::fetch_runtime::__private::input::<Response>(response))
        }
    }
    impl never {
        /// For `emscripten_fetch_attr_t::onsuccess`.
        pub const onsuccess: unsafe extern "C" fn(
            *mut ::fetch_runtime::__private::emscripten_fetch_t,
        ) = ::fetch_runtime::__private::callback(
            ::fetch_runtime::__private::onsuccess_of_any::<Self>,
        );
        /// For `emscripten_fetch_attr_t::onerror`.
        pub const onerror: unsafe extern "C" fn(
            *mut ::fetch_runtime::__private::emscripten_fetch_t,
        ) = ::fetch_runtime::__private::callback(
            ::fetch_runtime::__private::onerror_of_any::<Self>,
        );
    }
};
"##,
    );
}

#[test]
fn the_future_of_an_async_function_is_spawned() {
    golden(
        "",
        "async fn loaded(response: Response) { body!().await; }",
        r##"#[allow(clippy::needless_pass_by_value)]
async fn loaded(response: Response) {
    body!().await;
}
/// The handler `loaded`, as `fetch!` and `Request::send` name it.
enum loaded {}
const _: () = {
    #[automatically_derived]
    impl ::fetch_runtime::Handler for loaded {
        type Context = ();
        const NAME: &'static ::core::primitive::str = ::core::concat!(
            ::core::module_path!(), "::", "loaded"
        );
        fn handle(response: ::fetch_runtime::Response, (): Self::Context) {
            ::fetch_runtime::__private::call_async::<
                Self,
                Response,
                (),
                _,
            >(response, loaded)
        }
    }
    impl loaded {
        /// For `emscripten_fetch_attr_t::onsuccess`.
        pub const onsuccess: unsafe extern "C" fn(
            *mut ::fetch_runtime::__private::emscripten_fetch_t,
        ) = ::fetch_runtime::__private::callback(
            ::fetch_runtime::__private::onsuccess_of_any::<Self>,
        );
        /// For `emscripten_fetch_attr_t::onerror`.
        pub const onerror: unsafe extern "C" fn(
            *mut ::fetch_runtime::__private::emscripten_fetch_t,
        ) = ::fetch_runtime::__private::callback(
            ::fetch_runtime::__private::onerror_of_any::<Self>,
        );
    }
};
"##,
    );
    golden(
        "crate = engine",
        "pub async fn saved(result: Result<Response, Error>, save: Save) -> Result<(), Oops> { }",
        r##"#[allow(clippy::needless_pass_by_value)]
pub async fn saved(result: Result<Response, Error>, save: Save) -> Result<(), Oops> {}
/// The handler `saved`, as `fetch!` and `Request::send` name it.
pub enum saved {}
const _: () = {
    #[automatically_derived]
    impl engine::Handler for saved {
        type Context = Save;
        const NAME: &'static ::core::primitive::str = ::core::concat!(
            ::core::module_path!(), "::", "saved"
        );
        fn handle(response: engine::Response, context: Self::Context) {
            engine::__private::call_async::<
                Self,
                Result<Response, Error>,
                Result<(), Oops>,
                _,
            >(response, move |response| saved(response, context))
        }
    }
};
"##,
    );
}

#[test]
fn the_output_of_an_async_function() {
    for (output, expected) in [
        ("", "()"),
        ("-> ()", "()"),
        ("-> Result<(), E>", "Result < () , E >"),
        ("-> !", "_"),
        ("-> Result<(), impl Display>", "_"),
    ] {
        let item = format!("async fn f(r: Response) {output} {{ }}");
        let expansion = handler(tokens(""), tokens(&item)).to_string();
        let call = format!("call_async :: < Self , Response , {expected} , _ > (response , f)");
        assert!(expansion.contains(&call), "{expansion}");
    }
}

#[test]
fn a_mistake_leaves_a_marker_that_does_nothing() {
    golden(
        "",
        "const async fn wrong(response: Response, context: u8) { }",
        r##"const async fn wrong(response: Response, context: u8) {}
::core::compile_error! {
    "a handler is called at run time only: remove `const`"
}
/// The handler `wrong`, as `fetch!` and `Request::send` name it.
enum wrong {}
const _: () = {
    #[automatically_derived]
    impl ::fetch_runtime::Handler for wrong {
        type Context = u8;
        const NAME: &'static ::core::primitive::str = ::core::concat!(
            ::core::module_path!(), "::", "wrong"
        );
        fn handle(_: ::fetch_runtime::Response, _: Self::Context) {
            loop {}
        }
    }
};
"##,
    );
}

#[test]
fn every_prefix_has_an_expansion() {
    for (arguments, item) in VALID {
        assert_eq!(errors(arguments, item), []);
        for prefix in prefixes(tokens(arguments)) {
            survives(prefix, tokens(item));
        }
        for prefix in prefixes(tokens(item)) {
            survives(tokens(arguments), prefix);
        }
    }
}
