//! What `#[fetch_handler]` complains of: every message, and where it points.

use super::errors;

#[track_caller]
pub(super) fn check(arguments: &str, item: &str, expected: &[(&str, &str)]) {
    let errors = errors(arguments, item);
    let errors: Vec<_> =
        errors.iter().map(|(at, message)| (at.as_str(), message.as_str())).collect();
    assert_eq!(errors, expected, "#[fetch_handler({arguments})] {item}");
}

#[test]
fn a_handler_is_a_plain_function() {
    check(
        "",
        "struct S;",
        &[(
            "struct",
            "`#[fetch_handler]` goes on a function: `fn loaded(response: Response) { … }`",
        )],
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
        &[(
            "const",
            "`#[fetch_handler]` goes on a function: `fn loaded(response: Response) { … }`",
        )],
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
        &[(
            "extern",
            "a handler is a Rust function: leave out the ABI, `f::onsuccess` is what C can call",
        )],
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
        &[(
            "char",
            "the handler's marker would hide the primitive type `char`: choose another name",
        )],
    );
    check(
        "",
        "fn r#str(a: Response) {}",
        &[(
            "r#str",
            "the handler's marker would hide the primitive type `str`: choose another name",
        )],
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
    for borrowed in [
        "Option<&str>",
        "(u8, &mut World)",
        "Cow<'_, str>",
        "Vec<(&'static str, &str)>",
        "*const &u8",
    ] {
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
fn all_errors_are_reported_together() {
    check(
        "what",
        r#"const async unsafe extern "C" fn f<T>(a: &Response, b: &str, c: C) where T: X {}"#,
        &[
            (
                "what",
                "unknown argument `what`: there are `crate = path`, `on_progress = path` and `export = \"name\"`",
            ),
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
            (
                "<T>",
                "a handler has no generic parameters: when the response comes, nobody can choose them",
            ),
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
