//! `GET /openapi.json`

use axum::Json;
use serde_json::{Value, json};

/// The description of this API.
pub async fn document() -> Json<Value> {
    Json(
        json!({"openapi": "3.1.0", "info": {"title": "gpt-oss", "version": env!("CARGO_PKG_VERSION")}, "paths": {}}),
    )
}
