//! Challenges: Basic, and Digest as the crate digest_auth checks it.

use axum::Router;
use axum::body::Bytes;
use axum::extract::Path;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use digest_auth::{AuthContext, AuthorizationHeader, HttpMethod, WwwAuthenticateHeader};

pub(super) fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new()
        .route("/auth", any(basic))
        .route("/auth/any", any(any_credentials))
        .route("/auth/digest/{algorithm}/{qop}", any(digest))
}

/// Only for `user` with the password `secret`.
async fn basic(headers: HeaderMap, _: Bytes) -> Response {
    // Basic, the base64 of user:secret
    if headers.get(header::AUTHORIZATION).is_some_and(|value| value == "Basic dXNlcjpzZWNyZXQ=") {
        "welcome".into_response()
    } else {
        challenge(&["Basic realm=\"test\""])
    }
}

/// For all credentials. Answers with them.
async fn any_credentials(headers: HeaderMap, _: Bytes) -> Response {
    match headers.get(header::AUTHORIZATION) {
        Some(value) => value.as_bytes().to_vec().into_response(),
        None => challenge(&["Basic realm=\"test\""]),
    }
}

/// Only for `user` with the password `secret`, by Digest. It offers Basic as well, and refuses
/// all who show their password.
async fn digest(
    Path((algorithm, qop)): Path<(String, String)>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let digest = format!(
        "Digest realm=\"a \\\"test\\\"\", nonce=\"0123456789abcdef\", opaque=\"o\", \
         algorithm={algorithm}, qop=\"{qop}\""
    );
    let Some(given) = headers.get(header::AUTHORIZATION) else {
        return challenge(&["Basic realm=\"test\"", &digest]);
    };
    let given = given.to_str().unwrap_or_default();
    let target = uri.path_and_query().map_or("/", |target| target.as_str());
    let is_right = AuthorizationHeader::parse(given).is_ok_and(|mut given| {
        let asked = WwwAuthenticateHeader::parse(&digest).expect("a challenge of its own");
        let method = HttpMethod(method.as_str().into());
        let context =
            AuthContext::new_with_method("user", "secret", target, Some(&body[..]), method);
        let response = given.response.clone();
        given.digest(&context);
        given.response == response
            && given.nonce == asked.nonce
            && given.realm == asked.realm
            && given.uri == target
            && given.algorithm == asked.algorithm
    });
    match is_right {
        true => ([("x-authorization", given.to_owned())], "welcome").into_response(),
        false => (StatusCode::FORBIDDEN, given.to_owned()).into_response(),
    }
}

fn challenge(schemes: &[&str]) -> Response {
    let mut response = (StatusCode::UNAUTHORIZED, "no credentials").into_response();
    for scheme in schemes {
        let value = scheme.parse().expect("a header's value");
        response.headers_mut().append(header::WWW_AUTHENTICATE, value);
    }
    response
}
