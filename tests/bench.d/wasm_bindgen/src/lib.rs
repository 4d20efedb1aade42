//! The page that the programs run in.

/// The page's origin: reqwest has no relative URLs.
///
/// # Panics
/// Outside a page.
#[must_use]
pub fn origin() -> String {
    let window = web_sys::window().expect("it runs in a page");
    window.location().origin().expect("a page has an origin")
}
