//! The options of a run: environment variables, by which the caller also says how this program was
//! built.

/// Whether the variable is `yes`.
pub(crate) fn says_yes(variable: &str) -> bool {
    std::env::var(variable).is_ok_and(|value| value == "yes")
}

/// Whether this program is linked with `-sFETCH_STREAMING`.
pub(crate) fn streams() -> bool {
    says_yes("FETCH_TEST_STREAMING")
}
