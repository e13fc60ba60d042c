//! `GET /v1/models` and `GET /v1/models/{id}`

use axum::Json;
use axum::extract::{Path, State};
use serde::Serialize;

use crate::app::AppState;
use crate::error::ApiError;

/// `object: "model"`
#[derive(Debug, Serialize)]
pub struct Model {
    id: String,
    object: &'static str,
    created: i64,
    owned_by: &'static str,
}

/// `object: "list"`
#[derive(Debug, Serialize)]
pub struct ModelList {
    object: &'static str,
    data: Vec<Model>,
}

fn model(state: &AppState) -> Model {
    let id = state.settings().model.clone();
    Model { id, object: "model", created: state.started(), owned_by: "local" }
}

/// The one model that is served.
#[utoipa::path(
    get,
    path = "/v1/models",
    responses((status = 200, description = "The models.", body = ref("#/components/schemas/ModelList")))
)]
pub async fn list(State(state): State<AppState>) -> Json<ModelList> {
    Json(ModelList { object: "list", data: vec![model(&state)] })
}

/// The model under any of its names.
///
/// # Errors
/// 404 `model_not_found`.
#[utoipa::path(
    get,
    path = "/v1/models/{id}",
    params(("id" = String, Path, description = "The model's id, which may hold slashes, or one of its other names.")),
    responses(
        (status = 200, description = "The model.", body = ref("#/components/schemas/Model")),
        (status = 404, description = "The model is not served.", body = ref("#/components/schemas/Error")),
    )
)]
pub async fn retrieve(
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<Json<Model>, ApiError> {
    state.settings().resolve_model(Some(id.trim_end_matches('/')))?;
    Ok(Json(model(&state)))
}
