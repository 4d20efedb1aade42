//! Logs in to an OAuth server with the crate oauth2, and shows the token to a resource:
//! `cargo run --example oauth`.
//!
//! The server is a real one, of the crate oxide-auth. An error that the task returns ends the
//! program with status 101.

use std::error::Error;
use std::time::Duration;

use bytes::Bytes;
use fetch_examples::Files;
use fetch_runtime::{Client, ClientError, fetch, spawn_local};
use http_body_util::{BodyExt, Full};
use oauth2::basic::BasicClient;
use oauth2::url::Url;
use oauth2::{
    AuthUrl, AuthorizationCode, ClientId, CsrfToken, HttpRequest, HttpResponse, PkceCodeChallenge,
    RedirectUrl, Scope, TokenResponse, TokenUrl,
};
use tower::{ServiceBuilder, ServiceExt};

/// The HTTP client of oauth2. It takes and gives whole bodies.
async fn send(request: HttpRequest) -> Result<HttpResponse, ClientError> {
    let client = Client::new().with_options(|request| request.timeout(Duration::from_secs(20)));
    let service = ServiceBuilder::new().map_request(log).service(client);
    let response = service.oneshot(request.map(Full::<Bytes>::from)).await?;
    let (head, body) = response.into_parts();
    Ok(HttpResponse::from_parts(head, body.collect().await?.to_bytes().into()))
}

fn log<B>(request: http::Request<B>) -> http::Request<B> {
    println!("oauth2 sends {} {}", request.method(), request.uri().path());
    request
}

async fn log_in(files: Files) -> Result<(), Box<dyn Error>> {
    // The URLs of OAuth are absolute. This page answers with its own.
    let origin = fetch!(GET "/oauth/origin").await?.into_result()?;
    let url = |path| format!("{}{path}", origin.text());
    let client = BasicClient::new(ClientId::new("game".into()))
        .set_auth_uri(AuthUrl::new(url("/oauth/authorize"))?)
        .set_token_uri(TokenUrl::new(url("/oauth/token"))?)
        .set_redirect_uri(RedirectUrl::new(url("/uri/callback"))?);

    // A page would open the URL in a window, where the user agrees. This server asks no user, and
    // redirects to a page that answers with its own URL.
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let (authorize, state) = client
        .authorize_url(CsrfToken::new_random)
        .add_scope(Scope::new("scores".into()))
        .set_pkce_challenge(challenge)
        .url();
    let callback = fetch!(GET authorize.as_str()).await?.into_result()?;
    let callback = Url::parse(&url(&callback.text()))?;
    let parameter = |name| callback.query_pairs().find(|(found, _)| found == name);
    let (_, returned) = parameter("state").ok_or("no state")?;
    if returned != *state.secret() {
        return Err("the state is not that of the request".into());
    }
    let (_, code) = parameter("code").ok_or("no code")?;

    let code = AuthorizationCode::new(code.into_owned());
    let token = client.exchange_code(code).set_pkce_verifier(verifier).request_async(&send).await?;
    show(token.access_token().secret()).await?;
    let refresh = token.refresh_token().ok_or("no refresh token")?;
    let token = client.exchange_refresh_token(refresh).request_async(&send).await?;
    show(token.access_token().secret()).await?;
    drop(files);
    Ok(())
}

/// Shows the token to the resource.
async fn show(token: &str) -> Result<(), Box<dyn Error>> {
    let response = fetch!(
        GET "/oauth/scope",
        headers: { "Authorization": format!("Bearer {token}") }
    );
    println!("ok     {}", response.await?.into_result()?.text());
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    spawn_local(log_in(Files::serve()?));
    fetch_runtime::run();
    Ok(())
}
