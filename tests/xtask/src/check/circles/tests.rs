//! Small crates, with circles and without.

use std::fs;

use super::faults_of;

/// The faults of a crate made of these files.
fn faults(files: &[(&str, &str)], folders: &[&[&str]]) -> Vec<String> {
    let source = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let file = source.path().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }
    faults_of(source.path(), folders).unwrap()
}

#[test]
fn files_without_a_circle() {
    let files = [
        ("lib.rs", "mod a; mod b; pub use a::A; pub use b::{B, stats}; mod stats;"),
        ("a.rs", "pub struct A; #[cfg(test)] mod tests { use crate::B; fn f(_: B) {} }"),
        ("b.rs", "use crate::A; pub struct B(A); pub fn stats() -> std::fmt::Error { panic!() }"),
        ("stats.rs", "pub(crate) fn count() { crate::stats(); }"),
    ];
    assert_eq!(faults(&files, &[]), [""; 0]);
}

#[test]
fn a_circle_through_a_re_export() {
    let files = [
        ("lib.rs", "mod a; mod b; mod c; pub use a::A; pub use b::B as Renamed;"),
        ("a.rs", "use crate::Renamed; pub struct A(Renamed);"),
        ("b.rs", "pub struct B; impl B { fn f() -> crate::A { panic!() } }"),
        ("c.rs", "use crate::{A, Renamed}; struct C(A, Renamed);"),
    ];
    let expected =
        "a circle of 2 files:\n    a.rs -> b.rs: crate::Renamed\n    b.rs -> a.rs: crate::A";
    assert_eq!(faults(&files, &[]), [expected]);
}

#[test]
fn a_circle_through_globs_and_a_macro_call() {
    let files = [
        ("lib.rs", "mod a; mod b;"),
        ("a/mod.rs", "mod inner; pub(crate) use inner::*; pub(crate) const N: u8 = 1;"),
        ("a/inner.rs", "pub(crate) fn f() { println!(\"{}\", crate::b::LIMIT) }"),
        ("b.rs", "use crate::a::*; pub(crate) const LIMIT: u8 = 2; fn g() { f() }"),
    ];
    let expected =
        "a circle of 2 files:\n    a/inner.rs -> b.rs: crate::b::LIMIT\n    b.rs -> a/inner.rs: f";
    assert_eq!(faults(&files, &[]), [expected]);
}

#[test]
fn a_parent_and_its_child() {
    let files = [
        ("lib.rs", "mod parent;"),
        ("parent.rs", "mod child; pub(super) struct P; fn f() { child::help() }"),
        ("parent/child.rs", "use super::P; pub(super) fn help() -> P { P }"),
    ];
    let found = faults(&files, &[]);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("parent.rs -> parent/child.rs: child::help"), "{found:?}");
    assert!(found[0].contains("parent/child.rs -> parent.rs: super::P"), "{found:?}");
}

#[test]
fn a_function_as_a_value_and_a_variable_of_its_name() {
    let lib = ("lib.rs", "mod check;");
    let url = ("check/url.rs", "use super::N; pub(crate) fn url(_: &str) -> u8 { N }");
    let value = "mod url; pub(crate) use url::url; const N: u8 = 1; const F: fn(&str) -> u8 = url;";
    assert_eq!(faults(&[lib, url, ("check.rs", value)], &[]).len(), 1);
    let variable = "mod url; pub(crate) use url::url; const N: u8 = 1; fn f(url: u8) -> u8 { url }";
    assert_eq!(faults(&[lib, url, ("check.rs", variable)], &[]), [""; 0]);
}

#[test]
fn modules_of_both_targets() {
    let files = [
        ("lib.rs", "mod sys; mod user;"),
        (
            "sys/mod.rs",
            "#[cfg(target_os = \"emscripten\")] #[path = \"web.rs\"] pub(crate) mod backend;
            #[cfg(not(target_os = \"emscripten\"))]
            #[path = \"native/mod.rs\"] pub(crate) mod backend;
            pub(crate) use backend::start;",
        ),
        ("sys/web.rs", "extern \"C\" { pub(crate) fn start(); }"),
        ("sys/native/mod.rs", "mod engine; pub(crate) use engine::start;"),
        ("sys/native/engine.rs", "pub(crate) fn start() { crate::user::call() }"),
        ("user.rs", "pub(crate) fn call() {} fn f() { crate::sys::start() }"),
    ];
    let found = faults(&files, &[]);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("a circle of 2 files:"), "{found:?}");
    assert!(found[0].contains("sys/native/engine.rs -> user.rs: crate::user::call"), "{found:?}");
}

#[test]
fn names_that_macros_make_count_for_their_module() {
    let files = [
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "thread_local! { pub(crate) static COUNT: u8 = crate::b::start() }"),
        ("b.rs", "pub(crate) fn start() -> u8 { crate::a::COUNT.get() }"),
    ];
    assert_eq!(faults(&files, &[]).len(), 1);
}

#[test]
fn a_folder_that_depends_on_a_later_one() {
    let files = [
        ("lib.rs", "mod sys; mod request; mod stats;"),
        ("sys/mod.rs", "use crate::request::Request; use crate::stats; fn f(_: Request) {}"),
        ("request/mod.rs", "pub(crate) struct Request;"),
        ("stats.rs", ""),
    ];
    let folders: &[&[&str]] = &[&["sys"], &["request"]];
    let expected = "a folder depends on a later one: \
        sys/mod.rs -> request/mod.rs: crate::request::Request";
    assert_eq!(faults(&files, folders), [expected]);
    assert_eq!(faults(&files, &[&["request"], &["sys"]]), [""; 0]);
}
