//! The result of a check.

/// Whether a string is valid.
pub(crate) type CheckResult = Result<(), Invalid>;

/// Why a string is invalid, and what to do instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Invalid {
    pub(crate) reason: &'static str,
    /// The byte where the character begins that makes it invalid, if it is one character.
    pub(crate) at: Option<usize>,
}

impl Invalid {
    pub(crate) const fn new(reason: &'static str) -> Self {
        Self { reason, at: None }
    }

    pub(super) const fn at(at: usize, reason: &'static str) -> Self {
        Self { reason, at: Some(at) }
    }

    /// As [`at`](Self::at), of a part of the string that begins at `start`.
    pub(super) const fn within(self, start: usize) -> Self {
        match self.at {
            Some(at) => Self::at(start + at, self.reason),
            None => self,
        }
    }
}
