//! What the arguments may be.

use super::errors::check;

#[track_caller]
fn refuses(arguments: &str, expected: &[(&str, &str)]) {
    check(arguments, "fn f(a: Response) {}", expected);
}

const ALL: &str = "there are `crate = path`, `on_progress = path` and `export = \"name\"`";
const PATH: &str = "`crate =` needs a path, such as `crate = my_engine::fetch_runtime`";
const FUNCTION: &str = "`on_progress =` needs the path of a function that takes the `Progress`";
const QUOTES: &str =
    "`export =` needs a name in quotes: C finds the handler as `name_onsuccess` and `name_onerror`";
const IDENTIFIER: &str =
    "this is no C identifier: ASCII letters, digits and `_`, and no digit first";
const CLOSURE: &str = "a closure would have nobody to belong to: name a function here, or give the closure to `fetch!`";

#[test]
fn there_are_three() {
    refuses("", &[]);
    refuses(r#"export = "_a1", crate = ::x, on_progress = a::b,"#, &[]);
    refuses("name", &[("name", &format!("unknown argument `name`: {ALL}"))]);
    refuses("name = a::b(c), crate = x", &[("name", &format!("unknown argument `name`: {ALL}"))]);
    refuses("krate = x", &[("krate", "unknown argument `krate`: did you mean `crate`?")]);
    refuses(
        "progress = x",
        &[("progress", "unknown argument `progress`: did you mean `on_progress`?")],
    );
    refuses(
        "5",
        &[(
            "5",
            "expected an argument, `crate = path`, `on_progress = path` or `export = \"name\"`",
        )],
    );
    refuses(
        r#"export = "a", export = "b", crate = x, crate = y"#,
        &[("export", "`export` is given twice"), ("crate", "`crate` is given twice")],
    );
    refuses(r#"crate = x export = "a""#, &[("export", "a `,` goes between arguments")]);
    refuses("crate = x y", &[("y", "a `,` goes between arguments")]);
}

#[test]
fn each_mistake_is_one_error() {
    refuses(
        r#"crate = "x", on_progress: show, export = 5, what"#,
        &[
            (r#""x""#, "`crate = path` takes a path, without quotes"),
            (":", "expected `on_progress = path`"),
            ("5", QUOTES),
            ("what", &format!("unknown argument `what`: {ALL}")),
        ],
    );
}

#[test]
fn a_crate_is_a_path() {
    refuses("crate", &[("crate", "expected `crate = path`")]);
    refuses("crate =", &[("crate", PATH)]);
    refuses(r#"crate = "x""#, &[(r#""x""#, "`crate = path` takes a path, without quotes")]);
    refuses("crate = 5", &[("5", PATH)]);
    refuses("crate = x::<u8>", &[("<", PATH)]);
}

#[test]
fn on_progress_is_the_path_of_a_function() {
    refuses("on_progress", &[("on_progress", "expected `on_progress = path`")]);
    refuses("on_progress(show)", &[("(", "expected `on_progress = path`")]);
    refuses("on_progress =", &[("on_progress", FUNCTION)]);
    refuses("on_progress = 5", &[("5", FUNCTION)]);
    refuses(
        r#"on_progress = "show""#,
        &[(r#""show""#, "`on_progress = path` takes a path, without quotes")],
    );
    refuses("on_progress = |p| show(p), crate = x", &[("|", CLOSURE)]);
    refuses("on_progress = move || {}", &[("move", CLOSURE)]);
}

#[test]
fn an_export_is_a_name_for_c() {
    refuses("export", &[("export", "expected `export = \"name\"`")]);
    refuses("export =", &[("export", QUOTES)]);
    refuses("export = loaded", &[("loaded", QUOTES)]);
    for name in ["", "1a", "a-b", "a b", "é", "a::b"] {
        refuses(&format!("export = {name:?}"), &[(&format!("{name:?}"), IDENTIFIER)]);
    }
    check(
        r#"export = "a""#,
        "fn f(a: Response, b: B) {}",
        &[(
            r#""a""#,
            "a handler with a context is not for C, which has none to give: leave out `export`",
        )],
    );
}
