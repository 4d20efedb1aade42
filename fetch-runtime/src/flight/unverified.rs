//! Requests without integrity: each body is accepted. It stands in for `verify.rs`.

use super::InFlight;
use crate::Request;
use crate::sys::Accepts;

#[expect(clippy::unused_self, reason = "as in verify.rs")]
impl InFlight {
    pub(crate) const fn accepts(&self) -> Option<Accepts> {
        None
    }

    pub(crate) const fn refuses_received(&self) -> bool {
        false
    }

    pub(crate) const fn refuses_bytes(&self) -> bool {
        false
    }

    pub(crate) const fn refuses_record(&self) -> bool {
        false
    }

    pub(crate) const fn pass_integrity(&self, _: &mut Request) {}
}
