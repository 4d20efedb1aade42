//! An OAuth 2.0 server of the crate oxide-auth: codes with PKCE, client credentials, refreshed
//! tokens, and a resource that wants one.

use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use oxide_auth::endpoint::{
    AccessTokenFlow, AuthorizationFlow, ClientCredentialsFlow, Endpoint, OwnerConsent, RefreshFlow,
    ResourceFlow, Solicitation, WebRequest,
};
use oxide_auth::frontends::simple::endpoint::{Error, FnSolicitor, Generic, Vacant};
use oxide_auth::frontends::simple::extensions::{AddonList, Extended, Pkce};
use oxide_auth::primitives::authorizer::AuthMap;
use oxide_auth::primitives::generator::RandomGenerator;
use oxide_auth::primitives::issuer::TokenMap;
use oxide_auth::primitives::registrar::{
    Client, ClientMap, ExactUrl, PasswordPolicy, RegistrarError,
};
use oxide_auth::primitives::scope::Scope;
use oxide_auth_axum::{OAuthRequest, OAuthResource, OAuthResponse, WebError};

/// The codes and tokens that are valid.
struct Grants {
    authorizer: AuthMap<RandomGenerator>,
    issuer: TokenMap<RandomGenerator>,
}

type Shared = Arc<Mutex<Grants>>;

/// Its clients are `game`, a public one, and `robot`, with the secret `secret`. Their redirect URL
/// is `/uri/callback` of this server. The owner of the resource agrees to everything.
pub(super) fn router<S>() -> Router<S> {
    let grants = Grants {
        authorizer: AuthMap::new(RandomGenerator::new(16)),
        issuer: TokenMap::new(RandomGenerator::new(16)),
    };
    Router::new()
        .route("/oauth/authorize", get(authorize))
        .route("/oauth/token", post(token))
        .route("/oauth/scope", get(scope))
        .route("/oauth/origin", get(async |headers: HeaderMap| origin(&headers)))
        .with_state(Arc::new(Mutex::new(grants)))
}

/// Compares passwords as they are. The default is a hash that takes seconds in a debug build.
struct Plain;

impl PasswordPolicy for Plain {
    fn store(&self, _: &str, password: &[u8]) -> Vec<u8> {
        password.to_vec()
    }

    fn check(&self, _: &str, password: &[u8], stored: &[u8]) -> Result<(), RegistrarError> {
        if password == stored { Ok(()) } else { Err(RegistrarError::Unspecified) }
    }
}

fn parsed<T: std::str::FromStr>(text: &str) -> Result<T, WebError> {
    text.parse().map_err(|_| WebError::Encoding)
}

/// The server's own, by the name and port that the request has used.
fn origin(headers: &HeaderMap) -> Result<String, WebError> {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    Ok(format!("http://{}", host.ok_or(WebError::Encoding)?))
}

fn clients(headers: &HeaderMap) -> Result<ClientMap, WebError> {
    let url: ExactUrl = parsed(&format!("{}/uri/callback", origin(headers)?))?;
    let mut clients = ClientMap::new();
    clients.set_password_policy(Plain);
    clients.register_client(Client::public("game", url.clone().into(), parsed("scores")?));
    let robot = Client::confidential("robot", url.into(), parsed("scores")?, b"secret");
    clients.register_client(robot);
    Ok(clients)
}

fn endpoint<'a>(
    registrar: &'a ClientMap,
    grants: &'a mut Grants,
    scopes: &'a [Scope],
) -> impl Endpoint<OAuthRequest, Error = Error<OAuthRequest>> + use<'a> {
    let mut addons = AddonList::new();
    addons.push_code(Pkce::required());
    let solicitor = |_: &mut OAuthRequest, solicitation: Solicitation<'_>| {
        OwnerConsent::Authorized(format!("owner of {}", solicitation.pre_grant().client_id))
    };
    let generic = Generic {
        registrar,
        authorizer: &mut grants.authorizer,
        issuer: &mut grants.issuer,
        solicitor: FnSolicitor(solicitor),
        scopes,
        response: Vacant,
    };
    Extended::extend_with(generic, addons)
}

/// Redirects with a code.
async fn authorize(
    State(grants): State<Shared>,
    headers: HeaderMap,
    request: OAuthRequest,
) -> Result<OAuthResponse, WebError> {
    let clients = clients(&headers)?;
    let mut grants = grants.lock().unwrap_or_else(PoisonError::into_inner);
    let endpoint = endpoint(&clients, &mut grants, &[]);
    Ok(AuthorizationFlow::prepare(endpoint)?.execute(request)?)
}

/// A token for a code, for a token, or for the client itself.
async fn token(
    State(grants): State<Shared>,
    headers: HeaderMap,
    mut request: OAuthRequest,
) -> Result<OAuthResponse, WebError> {
    let kind = request.urlbody()?.unique_value("grant_type").map(|kind| kind.into_owned());
    let clients = clients(&headers)?;
    let mut grants = grants.lock().unwrap_or_else(PoisonError::into_inner);
    let endpoint = endpoint(&clients, &mut grants, &[]);
    Ok(match kind.as_deref() {
        Some("refresh_token") => RefreshFlow::prepare(endpoint)?.execute(request)?,
        Some("client_credentials") => ClientCredentialsFlow::prepare(endpoint)?.execute(request)?,
        _ => AccessTokenFlow::prepare(endpoint)?.execute(request)?,
    })
}

/// The owner and the scope of a token.
async fn scope(
    State(grants): State<Shared>,
    headers: HeaderMap,
    resource: OAuthResource,
) -> Result<Response, WebError> {
    let (clients, scopes) = (clients(&headers)?, [parsed("scores")?]);
    let mut grants = grants.lock().unwrap_or_else(PoisonError::into_inner);
    let endpoint = endpoint(&clients, &mut grants, &scopes);
    match ResourceFlow::prepare(endpoint)?.execute(resource.into()) {
        Ok(grant) => Ok(format!("{}: {}", grant.owner_id, grant.scope).into_response()),
        Err(refused) => Ok(refused?.into_response()),
    }
}
