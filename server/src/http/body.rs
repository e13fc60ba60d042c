//! Reading a JSON body within limits.

use axum::body::Body;
use axum::http::{HeaderMap, Request, header};
use futures_util::StreamExt;
use serde_json::Value;

use crate::app::ApiSettings;
use crate::error::ApiError;
use crate::wire::json;

/// The JSON of a request.
///
/// # Errors
/// 415 for other media types and for compressed bodies, 413 above the limit (before anything is read when the length is
/// announced), 408 when the body stalls, 400 when it is not JSON.
pub(super) async fn read_json(
    request: Request<Body>,
    settings: &ApiSettings,
) -> Result<Value, ApiError> {
    check_media(request.headers())?;
    json::parse(&read(request, settings).await?)
}

fn check_media(headers: &HeaderMap) -> Result<(), ApiError> {
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    // A web page can send any other type across origins without asking.
    let kind = text(header::CONTENT_TYPE).unwrap_or("");
    let kind = kind.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
    if kind != "application/json" {
        return Err(ApiError::unsupported_media(
            "Send the body with 'Content-Type: application/json'.",
        ));
    }
    match text(header::CONTENT_ENCODING) {
        None | Some("identity") => Ok(()),
        Some(_) => Err(ApiError::unsupported_media("Send the body without a Content-Encoding.")),
    }
}

async fn read(request: Request<Body>, settings: &ApiSettings) -> Result<Vec<u8>, ApiError> {
    let limit = settings.body_limit;
    let announced = request.headers().get(header::CONTENT_LENGTH);
    let announced = announced.and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|bytes| usize::try_from(bytes).map_or(true, |bytes| bytes > limit)) {
        return Err(ApiError::too_large(limit));
    }
    let mut body = Vec::new();
    let mut chunks = request.into_body().into_data_stream();
    loop {
        let chunk = tokio::time::timeout(settings.body_idle, chunks.next()).await;
        match chunk.map_err(|_| ApiError::body_timeout())? {
            None => return Ok(body),
            Some(Ok(chunk)) if body.len() + chunk.len() <= limit => body.extend_from_slice(&chunk),
            Some(Ok(_)) => return Err(ApiError::too_large(limit)),
            Some(Err(_)) => {
                let message = "The request body ended before it was complete.";
                return Err(ApiError::bad_request(Some("incomplete_body"), message));
            }
        }
    }
}
