//! `GET /health`

use axum::Json;
use axum::extract::State;
use gpt_oss_engine::EngineStats;
use serde::Serialize;

use crate::app::AppState;

/// The server answers; and how busy the engine is.
#[derive(Debug, Serialize)]
pub struct Health {
    status: &'static str,
    model: String,
    engine: EngineStats,
}

/// Answered without a key.
#[utoipa::path(
    get,
    path = "/health",
    responses((status = 200, description = "The server answers.", body = ref("#/components/schemas/Health")))
)]
pub async fn health(State(state): State<AppState>) -> Json<Health> {
    let model = state.settings().model.clone();
    Json(Health { status: "ok", model, engine: state.engine().stats() })
}
