//! The API over a scripted engine, without a network.

mod document;
mod doors;
mod history;
mod logs;
mod rejections;
mod script;
mod streams;

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use gpt_oss_harmony::Tokenizer;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::app::{ApiSettings, AppState, app};
use script::{Line, ScriptedEngine};

/// A server whose engine says `lines`.
struct Server {
    router: Router,
    engine: Arc<ScriptedEngine>,
}

/// An answer, read to its end.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Server {
    fn new(lines: impl IntoIterator<Item = Line>) -> Self {
        Self::with(ApiSettings { date: Some("2026-11-22".into()), ..ApiSettings::default() }, lines)
    }

    fn with(settings: ApiSettings, lines: impl IntoIterator<Item = Line>) -> Self {
        let tokenizer = Tokenizer::o200k_harmony();
        let engine = Arc::new(ScriptedEngine::new(tokenizer.clone(), lines));
        let router = app(AppState::new(engine.clone(), tokenizer, settings));
        Self { router, engine }
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = answer.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    async fn post(&self, body: Value) -> Answer {
        let request = Request::post("/v1/responses").header("content-type", "application/json");
        self.send(request.body(Body::from(body.to_string())).unwrap()).await
    }

    async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    /// The response to `body` in one piece.
    async fn create(&self, body: Value) -> Value {
        let answer = self.post(with_model(body)).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.json());
        answer.json()
    }

    /// The events that answer `body`, which keep all the rules of streams.
    async fn stream(&self, mut body: Value) -> Vec<Value> {
        body["stream"] = true.into();
        let answer = self.post(with_model(body)).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.json());
        streams::check(&answer.body)
    }

    /// The rejection of `body`: status, code, param.
    async fn refused(&self, body: Value) -> (u16, String, String) {
        let answer = self.post(with_model(body)).await;
        let error = &answer.json()["error"];
        let text = |key: &str| error[key].as_str().unwrap_or("").to_owned();
        (answer.status.as_u16(), text("code"), text("param"))
    }
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|_| String::from_utf8_lossy(&self.body).into())
    }
}

fn with_model(mut body: Value) -> Value {
    if body.get("model").is_none() {
        body["model"] = json!("gpt-oss-20b");
    }
    body
}
