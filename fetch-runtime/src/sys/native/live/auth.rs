//! HTTP authentication: answers the challenge of a server once, as browsers do.

use http_auth::{ChallengeParser, ChallengeRef};
use hyper::StatusCode;
use hyper::header::{AUTHORIZATION, HeaderValue, WWW_AUTHENTICATE};
use url::Url;

use super::basic;
use super::clients::{Clients, Response};
use super::digest::{Asked, Digest};
use super::wire_request::WireRequest;
use crate::sys::native::machine::event::Cause;

/// Sends the request, without its password. If the server challenges it, sends it once more, with
/// the answer: that to Digest rather than that to Basic.
pub(super) async fn send(
    clients: &Clients,
    url: &Url,
    request: &mut WireRequest,
) -> Result<Response, Cause> {
    let response = clients.send(url, request).await?;
    let Some(answer) = answer(&response, url, request) else { return Ok(response) };
    drop(response);
    request.headers.insert(AUTHORIZATION, answer);
    let response = clients.send(url, request).await;
    // The answer is that to one challenge, for one URL.
    request.headers.remove(AUTHORIZATION);
    response
}

/// The value of `Authorization`. `None` if there is no challenge, or none that can be answered.
fn answer(response: &Response, url: &Url, request: &WireRequest) -> Option<HeaderValue> {
    let (username, password) = request.auth.as_ref()?;
    if response.status() != StatusCode::UNAUTHORIZED {
        return None;
    }
    let fields = response.headers().get_all(WWW_AUTHENTICATE).iter();
    let fields = fields.filter_map(|field| field.to_str().ok());
    let challenges: Vec<_> =
        fields.flat_map(|field| ChallengeParser::new(field).map_while(Result::ok)).collect();
    let answer = match challenges.iter().find_map(Digest::parse) {
        Some(digest) => digest.answer(&Asked {
            username,
            password,
            method: request.method.as_str(),
            target: &target(url),
        })?,
        None if challenges.iter().any(is_basic) => basic::answer(username, password),
        None => return None,
    };
    basic::header(&answer).ok()
}

fn is_basic(challenge: &ChallengeRef<'_>) -> bool {
    challenge.scheme.eq_ignore_ascii_case("Basic")
        && challenge.params.iter().any(|(name, _)| name.eq_ignore_ascii_case("realm"))
}

/// The path and the query, which the request line has.
fn target(url: &Url) -> String {
    match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    }
}
