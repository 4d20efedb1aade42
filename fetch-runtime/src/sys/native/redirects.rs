//! Which redirects are followed. All others are network errors.

use reqwest::header::LOCATION;
use reqwest::redirect::{Action, Attempt, Policy};
use reqwest::{Response, Url};

/// As many are followed, says the Fetch standard.
const AT_MOST: usize = 20;

/// The HTTP client goes nowhere but to `http:` and `https:`, and takes `Authorization` to no other origin.
pub(super) fn policy() -> Policy {
    Policy::custom(follow)
}

fn follow(attempt: Attempt<'_>) -> Action {
    let from_https = attempt.previous().last().is_some_and(|url| url.scheme() == "https");
    let refused = if attempt.previous().len() > AT_MOST {
        "too many redirects"
    } else if from_https && attempt.url().scheme() != "https" {
        "from https: to something that anybody can read"
    } else if has_credentials(attempt.url()) {
        "to a URL with a user name or password"
    } else {
        return attempt.follow();
    };
    attempt.error(refused)
}

pub(super) fn has_credentials(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

/// Whether the HTTP client has not followed a redirect, as it goes nowhere.
pub(super) fn is_left(response: &Response) -> bool {
    matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308)
        && response.headers().contains_key(LOCATION)
}
