//! The result of a check.

/// `Ok` if the string is valid.
pub(crate) type CheckResult = Result<(), Invalid>;

/// The reason why a string is invalid, and the remedy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Invalid {
    pub(crate) reason: &'static str,
    /// The byte position of the invalid character, if a single one makes the string invalid.
    pub(crate) at: Option<usize>,
}

impl Invalid {
    pub(crate) const fn new(reason: &'static str) -> Self {
        Self { reason, at: None }
    }

    pub(super) const fn at(at: usize, reason: &'static str) -> Self {
        Self { reason, at: Some(at) }
    }

    /// Converts the error of a part that begins at `start` into one of the whole string.
    pub(super) const fn within(self, start: usize) -> Self {
        match self.at {
            Some(at) => Self::at(start + at, self.reason),
            None => self,
        }
    }
}
