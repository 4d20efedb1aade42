//! Null body statuses, of the Fetch standard.

/// Whether a response with this status has no body:
/// <https://fetch.spec.whatwg.org/#null-body-status>
pub(crate) const fn is_null_body_status(status: u16) -> bool {
    matches!(status, 101 | 103 | 204 | 205 | 304)
}
