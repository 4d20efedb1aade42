//! The messages about the arguments, and where they point.

use super::support::check;

#[track_caller]
fn check_arguments(arguments: &str, expected: &[(&str, &str)]) {
    check(arguments, "fn f(a: Response) {}", expected);
}

const ALL: &str = "`crate = path`, `on_progress = path` or `export = \"name\"`";
const PATH: &str = "`crate =` needs a path, such as `crate = my_engine::fetch_runtime`";
const FUNCTION: &str = "`on_progress =` needs the path of a function that takes a `Progress`";
const NAME: &str = "`export =` needs a name in quotes: C calls `name_onsuccess` and `name_onerror`";
const CLOSURE: &str = "`on_progress` takes the path of a function here; pass closures to `fetch!`";

#[test]
fn there_are_three() {
    check_arguments("", &[]);
    check_arguments(r#"export = "_a1", crate = ::x, on_progress = a::b,"#, &[]);
    check_arguments("name", &[("name", &format!("unknown argument `name`: use {ALL}"))]);
    check_arguments(
        "name = a::b(c), crate = x",
        &[("name", &format!("unknown argument `name`: use {ALL}"))],
    );
    check_arguments("krate = x", &[("krate", "unknown argument `krate`: did you mean `crate`?")]);
    check_arguments(
        "progress = x",
        &[("progress", "unknown argument `progress`: did you mean `on_progress`?")],
    );
    check_arguments("5", &[("5", &format!("expected an argument: {ALL}"))]);
    check_arguments(
        r#"export = "a", export = "b", crate = x, crate = y"#,
        &[
            ("export", "`export` is given twice: remove one of the two"),
            ("crate", "`crate` is given twice: remove one of the two"),
        ],
    );
    check_arguments(r#"crate = x export = "a""#, &[("export", "missing `,` between arguments")]);
    check_arguments("crate = x y", &[("y", "missing `,` between arguments")]);
}

#[test]
fn each_mistake_is_one_error() {
    check_arguments(
        r#"crate = "x", on_progress: show, export = 5, what"#,
        &[
            (r#""x""#, "`crate =` takes a path: remove the quotes"),
            (":", "expected `on_progress = path`"),
            ("5", NAME),
            ("what", &format!("unknown argument `what`: use {ALL}")),
        ],
    );
}

#[test]
fn a_crate_is_a_path() {
    check_arguments("crate", &[("crate", "expected `crate = path`")]);
    check_arguments("crate =", &[("crate", PATH)]);
    check_arguments(r#"crate = "x""#, &[(r#""x""#, "`crate =` takes a path: remove the quotes")]);
    check_arguments("crate = 5", &[("5", PATH)]);
    check_arguments("crate = x::<u8>", &[("<", PATH)]);
}

#[test]
fn on_progress_is_the_path_of_a_function() {
    check_arguments("on_progress", &[("on_progress", "expected `on_progress = path`")]);
    check_arguments("on_progress(show)", &[("(", "expected `on_progress = path`")]);
    check_arguments("on_progress =", &[("on_progress", FUNCTION)]);
    check_arguments("on_progress = 5", &[("5", FUNCTION)]);
    check_arguments(
        r#"on_progress = "show""#,
        &[(r#""show""#, "`on_progress =` takes a path: remove the quotes")],
    );
    check_arguments("on_progress = |p| show(p), crate = x", &[("|", CLOSURE)]);
    check_arguments("on_progress = move || {}", &[("move", CLOSURE)]);
}

#[test]
fn an_export_is_a_name_for_c() {
    check_arguments("export", &[("export", "expected `export = \"name\"`")]);
    check_arguments("export =", &[("export", NAME)]);
    check_arguments("export = loaded", &[("loaded", NAME)]);
    for name in ["", "1a", "a-b", "a b", "é", "a::b"] {
        let message = format!(
            "{name:?} is not a C identifier: use ASCII letters, digits and `_`, \
             and no digit at the start"
        );
        check_arguments(&format!("export = {name:?}"), &[(&format!("{name:?}"), &message)]);
    }
    check(
        r#"export = "a""#,
        "fn f(a: Response, b: B) {}",
        &[(
            r#""a""#,
            "C code has no context to pass: remove `export`, or the handler's second parameter",
        )],
    );
}
