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
#[utoipa::path(
    post,
    path = "/v1/responses",
    request_body(content = ref("#/components/schemas/CreateResponse"), content_type = "application/json"),
    responses(
        (status = 200, description = "The response; with `stream: true` its events.", content(
            (ref("#/components/schemas/Response") = "application/json"),
            (ref("#/components/schemas/StreamEvent") = "text/event-stream"),
        )),
        (status = 400, description = "The request is wrong; `param` says where.", body = ref("#/components/schemas/Error")),
        (status = 401, description = "No accepted key.", body = ref("#/components/schemas/Error")),
        (status = 403, description = "The Host header is not one that this server answers to.", body = ref("#/components/schemas/Error")),
        (status = 404, description = "The model is not served.", body = ref("#/components/schemas/Error")),
        (status = 408, description = "The body stopped coming.", body = ref("#/components/schemas/Error")),
        (status = 413, description = "The body is too large.", body = ref("#/components/schemas/Error")),
        (status = 415, description = "The body is not application/json.", body = ref("#/components/schemas/Error")),
        (status = 500, description = "The server made a mistake.", body = ref("#/components/schemas/Error")),
        (status = 503, description = "The queue is full; Retry-After says when to come back.", body = ref("#/components/schemas/Error")),
    )
)]
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
