//! What compiles and what does not.

#[test]
fn misuse() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("ui/fail/*.rs");
}

#[test]
fn use_() {
    let cases = trybuild::TestCases::new();
    cases.pass("ui/pass/*.rs");
}
