//! What `#[fetch_handler]` writes, and what it complains of.

use proc_macro2::TokenStream;

use super::{handler, parse, validate};
use crate::testing::{Random, prefixes, pretty, tokens};

fn errors(arguments: &str, item: &str) -> Vec<(String, String)> {
    match validate::validate(parse::parse(tokens(arguments), tokens(item))) {
        Ok(_) => Vec::new(),
        Err(rejected) => rejected.errors.listed(),
    }
}

#[track_caller]
fn check(arguments: &str, item: &str, expected: &[(&str, &str)]) {
    let errors = errors(arguments, item);
    let errors: Vec<_> = errors.iter().map(|(at, message)| (at.as_str(), message.as_str())).collect();
    assert_eq!(errors, expected, "#[fetch_handler({arguments})] {item}");
}

#[track_caller]
fn golden(arguments: &str, item: &str, expected: &str) {
    let expansion = pretty(handler(tokens(arguments), tokens(item)));
    assert_eq!(expansion, expected, "{expansion}");
}

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
        ) = ::fetch_runtime::__private::onsuccess::<Self>();
        /// For `emscripten_fetch_attr_t::onerror`.
        pub const onerror: unsafe extern "C" fn(
            *mut ::fetch_runtime::__private::emscripten_fetch_t,
        ) = ::fetch_runtime::__private::onerror::<Self>();
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
#[cfg(web)] #[inline] #[cfg_attr(x, inline, allow(a))] #[deprecated] #[expect(dead_code, deprecated)]
pub(in crate::a) fn r#type(mut result: Result<Response, Error>, context: Rc<World>) -> Result<(), Oops> { }",
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
fn what_never_returns_has_no_output() {
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
        ) = ::fetch_runtime::__private::onsuccess::<Self>();
        /// For `emscripten_fetch_attr_t::onerror`.
        pub const onerror: unsafe extern "C" fn(
            *mut ::fetch_runtime::__private::emscripten_fetch_t,
        ) = ::fetch_runtime::__private::onerror::<Self>();
    }
};
"##,
    );
}

#[test]
fn a_mistake_leaves_a_marker_that_does_nothing() {
    golden(
        "",
        "async fn wrong(response: Response, context: u8) { }",
        r##"async fn wrong(response: Response, context: u8) {}
::core::compile_error! {
    "a handler is called, and nobody awaits it: make it a plain `fn`, and start what comes next from within it"
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
fn a_handler_is_a_plain_function() {
    check(
        "",
        "struct S;",
        &[("struct", "`#[fetch_handler]` goes on a function: `fn loaded(response: Response) { … }`")],
    );
    check(
        "",
        "pub enum E {}",
        &[("enum", "`#[fetch_handler]` goes on a function: `fn loaded(response: Response) { … }`")],
    );
    check(
        "",
        "impl T for S {}",
        &[("impl", "`#[fetch_handler]` goes on a function: `fn loaded(response: Response) { … }`")],
    );
    check(
        "",
        "const C: u8 = 1;",
        &[("const", "`#[fetch_handler]` goes on a function: `fn loaded(response: Response) { … }`")],
    );
    check(
        "",
        "async fn f(a: Response) {}",
        &[(
            "async",
            "a handler is called, and nobody awaits it: make it a plain `fn`, and start what comes next from within it",
        )],
    );
    check(
        "",
        "const fn f(a: Response) {}",
        &[("const", "a handler is called at run time only: leave out `const`")],
    );
    check(
        "",
        "unsafe fn f(a: Response) {}",
        &[(
            "unsafe",
            "a handler is called by safe code: leave out `unsafe`, its body may have `unsafe` blocks",
        )],
    );
    check(
        "",
        r#"extern "C" fn f(a: Response) {}"#,
        &[(
            r#"extern "C""#,
            "a handler is a Rust function: leave out the ABI, `f::onsuccess` is what C can call",
        )],
    );
    check(
        "",
        "extern fn f(a: Response) {}",
        &[("extern", "a handler is a Rust function: leave out the ABI, `f::onsuccess` is what C can call")],
    );
    check(
        "",
        "fn f(a: Response, ...) {}",
        &[("...", "a handler takes the response and at most one context, nothing variadic")],
    );
    check(
        "",
        "fn f(...) {}",
        &[("...", "a handler takes the response and at most one context, nothing variadic")],
    );
    check("", "fn f(a: Response);", &[("fn", "a handler needs a body")]);
    check(
        "",
        "fn f<T: X, 'a, const N: usize>(a: Response) where T: Y {}",
        &[(
            "<T: X, 'a, const N: usize>",
            "a handler has no generic parameters: when the response comes, nobody can choose them",
        )],
    );
    check(
        "",
        "fn f(a: Response) where u8: Y {}",
        &[("where u8: Y", "a handler has no generic parameters, so it needs no `where` clause")],
    );
    check(
        "",
        "fn char(a: Response) {}",
        &[("char", "the handler's marker would hide the primitive type `char`: choose another name")],
    );
    check(
        "",
        "fn r#str(a: Response) {}",
        &[("r#str", "the handler's marker would hide the primitive type `str`: choose another name")],
    );
    check(
        "",
        "#[fetch_handler] fn f(a: Response) {}",
        &[("#[fetch_handler]", "`#[fetch_handler]` is given twice")],
    );
    check("", "fn f(a Response) {}", &[("Response", "expected `:`")]);
}

#[test]
fn a_handler_takes_the_response_and_one_context() {
    check("", "fn f() {}", &[("()", "a handler takes the response: `fn f(response: Response)`")]);
    check(
        "",
        "fn f(a: Response, b: B, c: C, d: D) {}",
        &[(
            "c: C",
            "a handler takes the response and at most one context: make one struct or tuple of what it needs",
        )],
    );
    check(
        "",
        "fn f(&self, a: Response) {}",
        &[(
            "&self",
            "a handler is a free function, without `self`: what it needs can come as its second parameter",
        )],
    );
    check(
        "",
        "fn f(self: Rc<Self>) {}",
        &[(
            "self: Rc<Self>",
            "a handler is a free function, without `self`: what it needs can come as its second parameter",
        )],
    );
    check(
        "",
        "fn f(a: &Response) {}",
        &[("&Response", "the response is the handler's own: take it by value, without `&`")],
    );
    check(
        "",
        "fn f(a: impl Into<Response>) {}",
        &[(
            "impl Into<Response>",
            "`impl Trait` makes a function generic: take `Response` or `Result<Response, Error>`",
        )],
    );
    check("", "fn f(a: Response, b: &'a str) {}", &[]);
    check(
        "",
        "fn f(a: Response, b: (&str)) {}",
        &[(
            "(&str)",
            "the context outlives the caller: own it (`String`, `Rc<…>`), or borrow it for `'static`",
        )],
    );
    for owned in [
        "&'static str",
        "Box<dyn Fn(&str) -> &str>",
        "fn(&[u8])",
        "[u8; N & 1]",
        "*const (u8, Rc<str>)",
        "t!(&str)",
    ] {
        check("", &format!("fn f(a: Response, b: {owned}) {{}}"), &[]);
    }
    for borrowed in
        ["Option<&str>", "(u8, &mut World)", "Cow<'_, str>", "Vec<(&'static str, &str)>", "*const &u8"]
    {
        check(
            "",
            &format!("fn f(a: Response, b: {borrowed}) {{}}"),
            &[(
                borrowed,
                "the context outlives the caller: own it (`String`, `Rc<…>`), or borrow it for `'static`",
            )],
        );
    }
    check(
        "",
        "fn f(a: Response, b: Box<impl Fn()>) {}",
        &[(
            "Box<impl Fn()>",
            "`impl Trait` makes a function generic: name the context's type, or make it a `Box<dyn Trait>`",
        )],
    );
    check(
        "",
        "fn f(#[cfg(x)] a: Response) {}",
        &[(
            "#[cfg(x)]",
            "a handler's parameter has no conditions: put them on the function, and write it twice",
        )],
    );
}

#[test]
fn the_only_argument_is_a_path() {
    check(
        "name",
        "fn f(a: Response) {}",
        &[("name", "`#[fetch_handler]` takes one argument, `crate = path`: where to find fetch-runtime")],
    );
    check(
        "krate = x, y",
        "fn f(a: Response) {}",
        &[(
            "krate = x, y",
            "`#[fetch_handler]` takes one argument, `crate = path`: where to find fetch-runtime",
        )],
    );
    check("crate", "fn f(a: Response) {}", &[("crate", "expected `crate = path`")]);
    check(
        "crate =",
        "fn f(a: Response) {}",
        &[("crate", "`crate =` needs a path, such as `crate = my_engine::fetch_runtime`")],
    );
    check(
        r#"crate = "x""#,
        "fn f(a: Response) {}",
        &[(r#""x""#, "`crate = path` takes a path, without quotes")],
    );
    check(
        "crate = 5",
        "fn f(a: Response) {}",
        &[("5", "`crate =` needs a path, such as `crate = my_engine::fetch_runtime`")],
    );
    check(
        "crate = x y",
        "fn f(a: Response) {}",
        &[("y", "`#[fetch_handler]` takes one argument, `crate = path`: where to find fetch-runtime")],
    );
    check(
        "crate = x::<u8>",
        "fn f(a: Response) {}",
        &[("<", "`crate =` needs a path, such as `crate = my_engine::fetch_runtime`")],
    );
}

#[test]
fn all_errors_are_reported_together() {
    check(
        "what",
        r#"const async unsafe extern "C" fn f<T>(a: &Response, b: &str, c: C) where T: X {}"#,
        &[
            ("what", "`#[fetch_handler]` takes one argument, `crate = path`: where to find fetch-runtime"),
            ("const", "a handler is called at run time only: leave out `const`"),
            (
                "async",
                "a handler is called, and nobody awaits it: make it a plain `fn`, and start what comes next from within it",
            ),
            (
                "unsafe",
                "a handler is called by safe code: leave out `unsafe`, its body may have `unsafe` blocks",
            ),
            (
                r#"extern "C""#,
                "a handler is a Rust function: leave out the ABI, `f::onsuccess` is what C can call",
            ),
            ("<T>", "a handler has no generic parameters: when the response comes, nobody can choose them"),
            ("&Response", "the response is the handler's own: take it by value, without `&`"),
            (
                "&str",
                "the context outlives the caller: own it (`String`, `Rc<…>`), or borrow it for `'static`",
            ),
            (
                "c: C",
                "a handler takes the response and at most one context: make one struct or tuple of what it needs",
            ),
        ],
    );
}

const VALID: [(&str, &str); 4] = [
    ("", "fn loaded(response: Response) { body!(); }"),
    (
        "crate = a::b",
        "#[cfg_attr(x, inline)] pub(in a) fn r#type((Ok(a) | Err(a)): Result<Response, Error>, mut c: Rc<W>) -> R {}",
    ),
    (
        "crate = crate,",
        "/// Docs.\n pub fn never(_: Response, (x, Point { y, .. }): (X, Point)) -> ! { #![allow(a)] loop {} }",
    ),
    ("", "#[must_use] pub(crate) fn f(#[allow(unused)] _: Response) -> impl Output { match 1 { _ => () } }"),
];

/// The item is emitted as it came; whatever is added to it must be a row of items.
#[track_caller]
fn survives(arguments: TokenStream, item: TokenStream) {
    let expansion = handler(arguments.clone(), item.clone());
    let refused = validate::validate(parse::parse(arguments, item.clone())).is_err();
    assert_eq!(expansion.to_string().contains("compile_error !"), refused);
    if syn::parse2::<syn::Item>(item).is_ok() {
        assert!(syn::parse2::<syn::File>(expansion.clone()).is_ok(), "{expansion}");
    }
}

#[test]
fn no_prefix_is_too_much() {
    for (arguments, item) in VALID {
        assert_eq!(errors(arguments, item), []);
        prefixes(tokens(arguments)).into_iter().for_each(|prefix| survives(prefix, tokens(item)));
        prefixes(tokens(item)).into_iter().for_each(|prefix| survives(tokens(arguments), prefix));
    }
}

#[test]
fn no_spoiled_input_is_too_much() {
    let mut random = Random(0x5eed);
    for round in 0..20_000 {
        let (arguments, item) = VALID[round % VALID.len()];
        let (mut arguments, mut item) = (tokens(arguments), tokens(item));
        for _ in 0..=random.below(4) {
            item = random.spoil(item);
        }
        if random.below(4) == 0 {
            arguments = random.spoil(arguments);
        }
        survives(arguments, item);
    }
}
