//! The credentials mode of a request.

/// Whether cookies go to other origins ([`XMLHttpRequest.withCredentials`][with]).
///
/// [with]: https://xhr.spec.whatwg.org/#the-withcredentials-attribute
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Credentials {
    /// Cookies go only to the page's own origin; on the desktop, to that of the base URL. This is
    /// the default.
    #[default]
    SameOrigin,
    /// Cookies go to every origin. The server must allow it by `Access-Control-Allow-Credentials`.
    Include,
}
