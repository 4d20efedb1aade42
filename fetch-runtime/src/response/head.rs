//! A response up to its body.

use super::{FinalUrl, Headers};

/// A response up to its body.
pub(crate) struct Head {
    pub(crate) status: u16,
    pub(crate) headers: Headers,
    pub(crate) final_url: FinalUrl,
}
