//! The layers around all routes.

use std::any::Any;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::time::Instant;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::cors::{AllowOrigin, Any as AnyHeader, CorsLayer};
use tracing::Instrument;

use crate::app::AppState;
use crate::error::ApiError;
use crate::id;
use crate::store::Owner;
use crate::wire::node::clip;

/// Gives the request an id, which stands on its answer and in every line of the log that it causes, and logs the answer.
pub async fn identify(request: Request, next: Next) -> Response {
    let id = id::mint("req_");
    let (method, path) = (request.method().clone(), clip(request.uri().path()));
    let span = tracing::info_span!("request", request_id = id, %method, path);
    let begun = Instant::now();
    let answered = async {
        let answer = next.run(request).await;
        let milliseconds = begun.elapsed().as_millis();
        tracing::info!(status = answer.status().as_u16(), milliseconds, "answered");
        answer
    };
    let mut answer = answered.instrument(span).await;
    if let Ok(value) = HeaderValue::from_str(&id) {
        answer.headers_mut().insert("x-request-id", value);
    }
    answer
}

/// Finds out whose request it is, and refuses what has no accepted key where keys are set. Everything is refused but `/health`,
/// also paths that do not exist.
///
/// # Errors
/// 401 `invalid_api_key`.
pub async fn authenticate(
    State(state): State<AppState>,
    mut request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    let open = matches!(request.uri().path().trim_end_matches('/'), "/health" | "/v1/health");
    let owner = if state.keys().is_empty() {
        Owner::of(None)
    } else {
        match bearer(request.headers()).filter(|key| is_accepted(key, state.keys())) {
            Some(key) => Owner::of(Some(key)),
            None if open => Owner::of(None),
            None => return Err(ApiError::invalid_api_key()),
        }
    };
    request.extensions_mut().insert(owner);
    Ok(next.run(request).await)
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, key) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
}

/// Compares with all keys, whichever matches, in a time that depends only on their number.
fn is_accepted(key: &str, digests: &[[u8; 32]]) -> bool {
    let digest: [u8; 32] = Sha256::digest(key.as_bytes()).into();
    let none = Choice::from(0);
    digests.iter().fold(none, |found, accepted| found | accepted.ct_eq(&digest)).into()
}

/// Refuses host names that this server was not told of. An IP address is safe: no name can be rebound to it.
///
/// # Errors
/// 403 `host_not_allowed`.
pub async fn check_host(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    let header = request.headers().get(header::HOST).map(|host| host.to_str().unwrap_or("?"));
    let target = request.uri().authority().map(|authority| authority.as_str());
    for host in [header, target].into_iter().flatten() {
        if !is_allowed(host, &state.settings().allowed_hosts) {
            return Err(ApiError::host_not_allowed(&clip(host)));
        }
    }
    Ok(next.run(request).await)
}

fn is_allowed(host: &str, names: &[String]) -> bool {
    let (name, port) = match host.rsplit_once(':') {
        // The colons of a bare IPv6 address are inside its brackets.
        Some((name, port)) if !port.ends_with(']') => (name, port),
        _ => (host, ""),
    };
    if !port.bytes().all(|byte| byte.is_ascii_digit()) {
        return false;
    }
    if let Some(address) = name.strip_prefix('[') {
        return address
            .strip_suffix(']')
            .is_some_and(|address| address.parse::<Ipv6Addr>().is_ok());
    }
    let name = name.strip_suffix('.').unwrap_or(name);
    name.eq_ignore_ascii_case("localhost")
        || name.parse::<Ipv4Addr>().is_ok()
        || names.iter().any(|allowed| allowed.eq_ignore_ascii_case(name))
}

/// Lets web pages of `origins` read answers, never with credentials. `None` without origins: then nothing says a word of CORS.
pub fn cors(origins: &[String]) -> Option<CorsLayer> {
    if origins.is_empty() {
        return None;
    }
    let allowed = match origins.iter().any(|origin| origin == "*") {
        true => AllowOrigin::any(),
        false => AllowOrigin::list(origins.iter().filter_map(|origin| origin.parse().ok())),
    };
    let methods = [Method::GET, Method::POST, Method::DELETE];
    let exposed = [header::HeaderName::from_static("x-request-id")];
    let layer = CorsLayer::new().allow_origin(allowed).allow_methods(methods);
    Some(layer.allow_headers(AnyHeader).expose_headers(exposed))
}

/// A panic in a handler is a 500 in the usual shape, and nobody else's matter.
pub fn catch_panics() -> CatchPanicLayer<OnPanic> {
    CatchPanicLayer::custom(answer_panic as OnPanic)
}

/// From a panic's message to the answer.
pub type OnPanic = fn(Box<dyn Any + Send>) -> Response<Body>;

fn answer_panic(_: Box<dyn Any + Send>) -> Response<Body> {
    tracing::error!("a handler panicked");
    ApiError::internal("The server made a mistake.").into_response()
}

/// 404 in OpenAI's shape.
pub async fn unknown_route(method: Method, uri: Uri) -> ApiError {
    ApiError::unknown_url(method.as_str(), &clip(uri.path()))
}

/// 405 in OpenAI's shape.
pub async fn wrong_method(method: Method, uri: Uri) -> ApiError {
    ApiError::method_not_allowed(method.as_str(), &clip(uri.path()))
}
