//! `POST /v1/responses`

use axum::Json;
use axum::body::Body;
use axum::extract::{Extension, State};
use axum::http::Request as HttpRequest;
use axum::response::{IntoResponse, Response};

use super::body::read_json;
use crate::app::AppState;
use crate::error::ApiError;
use crate::fold::fold;
use crate::request::Request;
use crate::sse;
use crate::store::Owner;
use crate::turn::Turn;
use crate::wire::request::CreateResponse;

/// Creates a response: JSON, or events with `stream: true`.
///
/// # Errors
/// Whatever is wrong with the request, before the first byte of an answer.
pub async fn create(
    State(state): State<AppState>,
    Extension(owner): Extension<Owner>,
    request: HttpRequest<Body>,
) -> Result<Response, ApiError> {
    let body = read_json(request, state.settings()).await?;
    let wire = CreateResponse::parse(&body)?;
    // A body of megabytes is not kept for as long as the answer takes.
    drop(body);
    let stream = wire.mode.stream;
    let request = Request::new(wire, state.settings())?;
    let heartbeat = stream.then_some(state.settings().heartbeat);
    let turn = Turn::begin(&state, owner, request, heartbeat).await?;
    if stream {
        return Ok(sse::answer(turn.events()));
    }
    let response = fold(turn.events()).await;
    let response = response.ok_or_else(|| ApiError::internal("The response was not completed."))?;
    Ok(Json(response).into_response())
}
