//! `GET /openapi.json`: OpenAPI 3.1. The routes are described where they are; the schemas are JSON beside this file, because requests are
//! read by hand. Tests compare them with what is answered.

use std::sync::LazyLock;

use axum::Json;
use serde_json::{Value, json};
use utoipa::OpenApi;

use super::{health, models, responses};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "gpt-oss",
        description = "gpt-oss models through the OpenAI Responses API. Every path is also served without `/v1` and with a slash at its end."
    ),
    paths(responses::create, models::list, models::retrieve, health::health, document),
    security((), ("key" = []))
)]
struct Routes;

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
    let schemas = include_str!("openapi/schemas.json");
    let schemas: Value =
        serde_json::from_str(schemas).expect("the schemas are JSON, a test says so");
    let mut document = serde_json::to_value(Routes::openapi()).expect("the routes are plain data");
    let description =
        "Where the server was started with keys, every path but /health asks for one.";
    document["components"] = json!({
        "schemas": schemas,
        "securitySchemes": {"key": {"type": "http", "scheme": "bearer", "description": description}}
    });
    document
});

/// The description of this API.
#[utoipa::path(get, path = "/openapi.json", responses((status = 200, description = "This document.")))]
pub async fn document() -> Json<&'static Value> {
    Json(&DOCUMENT)
}
