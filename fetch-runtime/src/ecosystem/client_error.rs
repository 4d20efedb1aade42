//! The errors of a [`Client`](crate::Client).

use std::error::Error as StdError;
use std::fmt;

use crate::{Error, StartError};

/// The reason why a [`Client`](crate::Client) has no response. A response with any HTTP status is
/// no error.
#[derive(Debug)]
#[non_exhaustive]
pub enum ClientError {
    /// The request did not start: one of its values is invalid, or the program cannot send
    /// requests.
    Start(StartError),
    /// The request's body failed before all of it was there.
    RequestBody(Box<dyn StdError + Send + Sync>),
    /// The request ended without a response: a network error, a timeout, an abort. Its
    /// [`outcome`](crate::Response::outcome) says which.
    Unanswered(Error),
}

impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Start(error) => fmt::Display::fmt(error, f),
            Self::RequestBody(_) => f.write_str("the request's body failed"),
            Self::Unanswered(error) => fmt::Display::fmt(error, f),
        }
    }
}

impl StdError for ClientError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Start(error) => error.source(),
            Self::RequestBody(error) => Some(&**error),
            Self::Unanswered(error) => error.source(),
        }
    }
}

impl From<StartError> for ClientError {
    fn from(error: StartError) -> Self {
        Self::Start(error)
    }
}

impl From<Error> for ClientError {
    fn from(error: Error) -> Self {
        Self::Unanswered(error)
    }
}
