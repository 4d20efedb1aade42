//! The messages about the function, and where they point.

use super::support::check;

const NOT_A_FUNCTION: &str =
    "`#[fetch_handler]` goes on a function: `fn loaded(response: Response) { … }`";
const CONST: &str = "a handler is called at run time only: remove `const`";
const UNSAFE: &str =
    "safe code calls a handler: remove `unsafe`, and use `unsafe` blocks inside it";
const ABI: &str = "a handler is a Rust function: remove the ABI; C code can call `f::onsuccess`";
const VARIADIC: &str = "a handler takes the response and at most one context: remove `...`";
const GENERIC: &str = "a handler cannot be generic: write one for each type, or use a closure";
const SELF: &str = "a handler cannot take `self`: take the value as the second parameter instead";
const BY_REFERENCE: &str = "a handler owns its response: take it by value, without `&`";
const BORROWED: &str =
    "a context cannot borrow: use an owned type (`String`, `Rc<…>`) or `&'static`";
const THIRD: &str =
    "a handler takes the response and one context at most: use a struct or tuple for more";

#[test]
fn a_handler_is_a_plain_function() {
    check("", "struct S;", &[("struct", NOT_A_FUNCTION)]);
    check("", "pub enum E {}", &[("enum", NOT_A_FUNCTION)]);
    check("", "impl T for S {}", &[("impl", NOT_A_FUNCTION)]);
    check("", "const C: u8 = 1;", &[("const", NOT_A_FUNCTION)]);
    check("", "const fn f(a: Response) {}", &[("const", CONST)]);
    check("", "unsafe fn f(a: Response) {}", &[("unsafe", UNSAFE)]);
    check("", r#"extern "C" fn f(a: Response) {}"#, &[(r#"extern "C""#, ABI)]);
    check("", "extern fn f(a: Response) {}", &[("extern", ABI)]);
    check("", "fn f(a: Response, ...) {}", &[("...", VARIADIC)]);
    check("", "fn f(...) {}", &[("...", VARIADIC)]);
    check(
        "",
        "fn f(a: Response);",
        &[("fn", "a handler needs a body: write `{ … }` instead of `;`")],
    );
    check(
        "",
        "fn f<T: X, 'a, const N: usize>(a: Response) where T: Y {}",
        &[("<T: X, 'a, const N: usize>", GENERIC)],
    );
    check(
        "",
        "fn f(a: Response) where u8: Y {}",
        &[("where u8: Y", "a handler is not generic: remove the `where` clause")],
    );
    check(
        "",
        "fn char(a: Response) {}",
        &[(
            "char",
            "the handler's marker would hide the primitive type `char`: rename the function",
        )],
    );
    check(
        "",
        "fn r#str(a: Response) {}",
        &[(
            "r#str",
            "the handler's marker would hide the primitive type `str`: rename the function",
        )],
    );
    check(
        "",
        "#[fetch_handler] fn f(a: Response) {}",
        &[("#[fetch_handler]", "`#[fetch_handler]` is given twice: remove one of the two")],
    );
    check("", "fn f(a Response) {}", &[("Response", "expected `:`")]);
}

#[test]
fn a_handler_takes_the_response_and_one_context() {
    check(
        "",
        "fn f() {}",
        &[("()", "a handler needs a response parameter: `fn f(response: Response)`")],
    );
    check("", "fn f(a: Response, b: B, c: C, d: D) {}", &[("c: C", THIRD)]);
    check("", "fn f(&self, a: Response) {}", &[("&self", SELF)]);
    check("", "fn f(self: Rc<Self>) {}", &[("self: Rc<Self>", SELF)]);
    check("", "fn f(a: &Response) {}", &[("&Response", BY_REFERENCE)]);
    check(
        "",
        "fn f(a: impl Into<Response>) {}",
        &[(
            "impl Into<Response>",
            "`impl Trait` makes a function generic: take `Response` or `Result<Response, Error>`",
        )],
    );
    check("", "fn f(a: Response, b: &'a str) {}", &[]);
    check("", "fn f(a: Response, b: (&str)) {}", &[("(&str)", BORROWED)]);
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
        check("", &format!("fn f(a: Response, b: {borrowed}) {{}}"), &[(borrowed, BORROWED)]);
    }
    check(
        "",
        "fn f(a: Response, b: Box<impl Fn()>) {}",
        &[(
            "Box<impl Fn()>",
            "`impl Trait` makes a function generic: name the type, or use `Box<dyn Trait>`",
        )],
    );
    check(
        "",
        "fn f(#[cfg(x)] a: Response) {}",
        &[(
            "#[cfg(x)]",
            "a handler's parameter takes no `cfg`: write two functions with a `cfg` on each",
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
                "unknown argument `what`: use `crate = path`, `on_progress = path` \
                 or `export = \"name\"`",
            ),
            ("const", CONST),
            ("unsafe", UNSAFE),
            (r#"extern "C""#, ABI),
            ("<T>", GENERIC),
            ("&Response", BY_REFERENCE),
            ("&str", BORROWED),
            ("c: C", THIRD),
        ],
    );
}
