//! The crate oauth2 as a client of an OAuth server, through a `Client` of tower.

use bytes::Bytes;
use fetch_runtime::{Client, ClientError, fetch};
use http_body_util::{BodyExt, Full};
use oauth2::basic::{BasicClient, BasicErrorResponseType, BasicRequestTokenError};
use oauth2::url::Url;
use oauth2::{
    AccessToken, AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointNotSet,
    EndpointSet, HttpRequest, HttpResponse, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl,
    RequestTokenError, Scope, TokenResponse, TokenUrl,
};
use tower::{ServiceBuilder, ServiceExt};
use tower_http::auth::AddAuthorizationLayer;

use super::tower::{assert_authorization, get, read};
use crate::engine::Difference;
use crate::scenario::Test;

scenarios! { $ for_each_oauth_scenario:
    a_code_becomes_a_token
    a_code_without_its_verifier
    a_client_with_a_secret
    a_token_of_no_server
}

type OAuth = BasicClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet>;

fn client(origin: &str, id: &str) -> OAuth {
    let url = |path| format!("{origin}{path}");
    BasicClient::new(ClientId::new(id.into()))
        .set_auth_uri(AuthUrl::new(url("/oauth/authorize")).unwrap())
        .set_token_uri(TokenUrl::new(url("/oauth/token")).unwrap())
        .set_redirect_uri(RedirectUrl::new(url("/uri/callback")).unwrap())
}

/// The trait `AsyncHttpClient` is implemented for functions like this one.
async fn send(request: HttpRequest) -> Result<HttpResponse, ClientError> {
    let response = Client::new().oneshot(request.map(Full::<Bytes>::from)).await?;
    let (head, body) = response.into_parts();
    Ok(HttpResponse::from_parts(head, body.collect().await?.to_bytes().into()))
}

/// Asks for a code. The server redirects to a page that answers with its own URL.
async fn authorize(oauth: &OAuth) -> (AuthorizationCode, PkceCodeVerifier) {
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let (url, state) = oauth
        .authorize_url(CsrfToken::new_random)
        .add_scope(Scope::new("scores".into()))
        .set_pkce_challenge(challenge)
        .url();
    let page = fetch!(GET url.as_str()).await.unwrap().into_result().unwrap();
    let page = Url::parse("http://page/").unwrap().join(&page.text()).unwrap();
    let of_name = |name| page.query_pairs().find(|(found, _)| found == name).unwrap().1.into();
    assert_eq!(state.into_secret(), of_name("state"));
    (AuthorizationCode::new(of_name("code")), verifier)
}

/// The answer of the resource to a request with this token.
async fn scope(origin: &str, token: &AccessToken) -> (u16, String) {
    let layer = AddAuthorizationLayer::bearer(token.secret());
    let service = ServiceBuilder::new().layer(layer).service(Client::new());
    let response = service.oneshot(get(format!("{origin}/oauth/scope"))).await.unwrap();
    (response.status().as_u16(), String::from_utf8(read(response).await.into()).unwrap())
}

fn a_code_becomes_a_token(t: &Test) {
    let origin = t.url("");
    t.spawn(async move {
        let oauth = client(&origin, "game");
        let (code, verifier) = authorize(&oauth).await;
        let request = oauth.exchange_code(code).set_pkce_verifier(verifier);
        let token = request.request_async(&send).await.unwrap();
        let refresh = token.refresh_token().unwrap();
        let fresh = oauth.exchange_refresh_token(refresh).request_async(&send).await.unwrap();
        assert_ne!(token.access_token().secret(), fresh.access_token().secret());
        let secret = fresh.access_token().secret();
        let layer = AddAuthorizationLayer::bearer(secret);
        assert_authorization(&origin, layer, &format!("Bearer {secret}")).await;
        if Difference::KnownPasswordSent.is_here() {
            return; // the resource cannot get the token
        }
        let granted = (200, "owner of game: scores".to_owned());
        assert_eq!(scope(&origin, fresh.access_token()).await, granted);
        assert_eq!(scope(&origin, &AccessToken::new("made up".into())).await.0, 401);
    });
}

/// The server refuses it with an error of OAuth.
fn a_code_without_its_verifier(t: &Test) {
    let origin = t.url("");
    t.spawn(async move {
        let oauth = client(&origin, "game");
        let (code, _) = authorize(&oauth).await;
        let (_, other) = authorize(&oauth).await;
        let request = oauth.exchange_code(code).set_pkce_verifier(other);
        let error = request.request_async(&send).await.unwrap_err();
        let RequestTokenError::ServerResponse(error) = error else { panic!("{error:?}") };
        assert_eq!(*error.error(), BasicErrorResponseType::InvalidRequest);
    });
}

/// The client's name and password go into `Authorization`.
fn a_client_with_a_secret(t: &Test) {
    let origin = t.url("");
    t.spawn(async move {
        let layer = AddAuthorizationLayer::basic("robot", "secret");
        assert_authorization(&origin, layer, "Basic cm9ib3Q6c2VjcmV0").await;
        if Difference::KnownPasswordSent.is_here() {
            return; // the server cannot get the client's
        }
        let with = |secret: &str| {
            client(&origin, "robot").set_client_secret(ClientSecret::new(secret.into()))
        };
        let oauth = with("secret");
        let token = oauth.exchange_client_credentials().request_async(&send).await.unwrap();
        let granted = (200, "owner of robot: scores".to_owned());
        assert_eq!(scope(&origin, token.access_token()).await, granted);

        if cfg!(target_os = "emscripten") {
            // A browser asks its user for another password, and waits.
            return;
        }
        let oauth = with("wrong");
        let error = oauth.exchange_client_credentials().request_async(&send).await.unwrap_err();
        let RequestTokenError::ServerResponse(error) = error else { panic!("{error:?}") };
        assert_eq!(*error.error(), BasicErrorResponseType::InvalidClient);
    });
}

fn a_token_of_no_server(t: &Test) {
    t.spawn(async {
        let oauth = client("http://127.0.0.1:1", "game");
        let code = AuthorizationCode::new("1".into());
        let error: BasicRequestTokenError<ClientError> =
            oauth.exchange_code(code).request_async(&send).await.unwrap_err();
        let RequestTokenError::Request(ClientError::Unanswered(error)) = error else {
            panic!("{error:?}")
        };
        assert_eq!(error.to_string(), "http://127.0.0.1:1/oauth/token: network error");
    });
}
