//! Whether cookies go with a request to another origin.

/// Whether cookies go with a request to another origin (`XMLHttpRequest.withCredentials`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Credentials {
    /// Cookies go only to the page's own origin; natively, to that of the base URL. The default.
    #[default]
    SameOrigin,
    /// Cookies go to every origin. The server must agree by `Access-Control-Allow-Credentials`.
    Include,
}
