//! HTTP authentication: answers the challenge of a server once, as browsers do.

use http_auth::{PasswordClient, PasswordParams};
use reqwest::header::{AUTHORIZATION, HeaderValue, WWW_AUTHENTICATE};
use reqwest::{Response, StatusCode, Url};

use super::clients::Clients;
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
    let challenges = response.headers().get_all(WWW_AUTHENTICATE).iter();
    let client = challenges
        .filter_map(|challenge| challenge.to_str().ok())
        .fold(PasswordClient::builder(), |client, challenge| client.challenges(challenge));
    let answer = client.build().ok()?.respond(&PasswordParams {
        username,
        password,
        uri: &target(url),
        method: request.method.as_str(),
        // As in browsers, the answer does not cover the body (`auth`, not `auth-int`).
        body: None,
    });
    let mut answer = HeaderValue::try_from(answer.ok()?).ok()?;
    answer.set_sensitive(true);
    Some(answer)
}

/// The path and the query, which the request line has.
fn target(url: &Url) -> String {
    match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    }
}
