//! Keys, hosts, bodies, routes: what stands before every handler.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{Request, StatusCode};
use futures_util::future::BoxFuture;
use futures_util::stream;
use gpt_oss_harmony::Tokenizer;
use serde_json::{Value, json};

use super::script::Line;
use super::{Answer, Server};
use crate::app::{ApiSettings, AppState, app};
use crate::store::{Owner, Store, StoreError, StoredItem, StoredResponse};

fn answer() -> Line {
    Line::says("<|channel|>final<|message|>ok<|return|>")
}

fn keyed() -> Server {
    let settings =
        ApiSettings { api_keys: vec!["alpha".into(), "beta".into()], ..ApiSettings::default() };
    Server::with(settings, [answer(), answer(), answer(), answer()])
}

/// Every refusal has OpenAI's shape and an id.
fn code(answer: &Answer) -> (u16, String) {
    assert!(answer.headers["x-request-id"].to_str().unwrap().starts_with("req_"));
    let error = answer.json()["error"].take();
    let keys: Vec<_> = error.as_object().expect("an error object").keys().cloned().collect();
    assert_eq!(keys, ["message", "type", "param", "code"]);
    (answer.status.as_u16(), error["code"].as_str().unwrap().to_owned())
}

async fn as_user(server: &Server, key: &str, body: Value) -> Answer {
    let request = Request::post("/v1/responses").header("content-type", "application/json");
    let request = request.header("authorization", format!("Bearer {key}"));
    server.send(request.body(Body::from(super::with_model(body).to_string())).unwrap()).await
}

#[tokio::test]
async fn nothing_but_health_is_answered_without_a_key() {
    let server = keyed();
    for path in [
        "/v1/models",
        "/v1/models/x",
        "/openapi.json",
        "/nowhere",
        "/",
        "/healthy",
        "/v1/responses",
        "//health/x",
    ] {
        assert_eq!(code(&server.get(path).await), (401, "invalid_api_key".into()), "{path}");
    }
    for key in ["", "alph", "alphaa", "Alpha", "alpha,beta"] {
        let refused = as_user(&server, key, json!({"input": "x"})).await;
        assert_eq!(code(&refused), (401, "invalid_api_key".into()), "{key}");
    }
    assert_eq!(server.get("/health").await.status, StatusCode::OK);
    assert_eq!(as_user(&server, "beta", json!({"input": "x"})).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_key_cannot_continue_or_refer_to_what_another_key_stored() {
    let server = keyed();
    let first = as_user(&server, "alpha", json!({"input": "x"})).await.json();
    let next = json!({"input": "y", "previous_response_id": first["id"]});
    let reference = json!({"input": [{"type": "item_reference", "id": first["output"][0]["id"]}]});
    let refused = as_user(&server, "beta", next.clone()).await;
    assert_eq!(code(&refused), (400, "previous_response_not_found".into()));
    assert_eq!(
        code(&as_user(&server, "beta", reference.clone()).await),
        (400, "item_not_found".into())
    );
    assert_eq!(as_user(&server, "alpha", next).await.status, StatusCode::OK);
    assert_eq!(as_user(&server, "alpha", reference).await.status, StatusCode::OK);
    as_user(&server, "beta", json!({"input": "x"})).await;
    let salts: Vec<_> = server.engine.jobs().iter().map(|job| job.salt).collect();
    assert!(salts[0] == salts[1] && salts[0] != salts[3], "prefix caches are apart: {salts:?}");
}

#[tokio::test]
async fn only_known_hosts_are_answered() {
    let settings =
        ApiSettings { allowed_hosts: vec!["models.lan".into()], ..ApiSettings::default() };
    let server = Server::with(settings, []);
    let ask = async |host: &str| {
        let request = Request::get("/health").header("host", host);
        server.send(request.body(Body::empty()).unwrap()).await.status.as_u16()
    };
    for host in [
        "localhost",
        "LOCALHOST:8000",
        "127.0.0.1:80",
        "[::1]:8000",
        "192.168.1.7",
        "models.lan:1",
        "localhost.",
    ] {
        assert_eq!(ask(host).await, 200, "{host}");
    }
    for host in [
        "evil.com",
        "localhost.evil.com",
        "127.0.0.1.evil.com:80",
        "evil.com:127.0.0.1",
        "[::1].evil.com",
        "[evil]",
        "",
    ] {
        assert_eq!(ask(host).await, 403, "{host}");
    }
}

#[tokio::test]
async fn other_origins_may_read_only_what_the_operator_allows() {
    let preflight = async |origins: &[&str]| {
        let cors_origins = origins.iter().map(|origin| (*origin).to_owned()).collect();
        let settings =
            ApiSettings { cors_origins, api_keys: vec!["k".into()], ..ApiSettings::default() };
        let request = Request::options("/v1/responses").header("origin", "https://page.example");
        let request = request.header("access-control-request-method", "POST");
        let answer = Server::with(settings, []).send(request.body(Body::empty()).unwrap()).await;
        let allowed = answer
            .headers
            .get("access-control-allow-origin")
            .map(|value| value.to_str().unwrap().to_owned());
        assert!(!answer.headers.contains_key("access-control-allow-credentials"));
        (answer.status.as_u16(), allowed)
    };
    assert_eq!(preflight(&[]).await, (401, None));
    assert_eq!(
        preflight(&["https://page.example"]).await,
        (200, Some("https://page.example".into()))
    );
    assert_eq!(preflight(&["https://other.example"]).await, (200, None));
    assert_eq!(preflight(&["*"]).await, (200, Some("*".into())));
}

async fn send(server: &Server, headers: &[(&str, &str)], body: Body) -> Answer {
    let request = Request::post("/v1/responses");
    let request =
        headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    server.send(request.body(body).unwrap()).await
}

#[tokio::test]
async fn bodies_are_json_and_within_limits() {
    const JSON: (&str, &str) = ("content-type", "application/json");
    let body_idle = Duration::from_millis(50);
    let server = Server::with(
        ApiSettings { body_limit: 1_000, body_idle, ..ApiSettings::default() },
        [answer()],
    );
    let small = || Body::from(r#"{"model":"gpt-oss-20b","input":"x"}"#);
    for headers in [
        &[][..],
        &[("content-type", "text/plain")],
        &[("content-type", "application/json-seq")],
        &[JSON, ("content-encoding", "gzip")],
    ] {
        assert_eq!(
            code(&send(&server, headers, small()).await),
            (415, "unsupported_media_type".into())
        );
    }
    let announced = send(
        &server,
        &[JSON, ("content-length", "1001")],
        Body::from_stream(stream::pending::<Result<Bytes, std::io::Error>>()),
    )
    .await;
    assert_eq!(code(&announced), (413, "request_too_large".into()));
    let chunks = stream::repeat_with(|| Ok::<_, std::io::Error>(Bytes::from_static(&[b' '; 100])));
    assert_eq!(
        code(&send(&server, &[JSON], Body::from_stream(chunks)).await),
        (413, "request_too_large".into())
    );
    let stalled = Body::from_stream(stream::pending::<Result<Bytes, std::io::Error>>());
    assert_eq!(code(&send(&server, &[JSON], stalled).await), (408, "request_timeout".into()));
    for broken in ["", "{", "[1,]", "{\"a\":1,\"a\":2}", "\u{0}"] {
        assert_eq!(
            code(&send(&server, &[JSON], Body::from(broken)).await),
            (400, "invalid_json".into())
        );
    }
    let accepted = send(
        &server,
        &[("content-type", "Application/JSON; charset=utf-8"), ("content-encoding", "identity")],
        small(),
    )
    .await;
    assert_eq!(accepted.status, StatusCode::OK);
}

#[tokio::test]
async fn routes_are_found_with_and_without_prefix_and_slash() {
    let server = Server::new((0..4).map(|_| answer()));
    for path in ["/v1/responses", "/responses", "/v1/responses/", "/responses/"] {
        let request = Request::post(path).header("content-type", "application/json");
        let body = r#"{"model":"gpt-oss-20b","input":"x"}"#;
        assert_eq!(
            server.send(request.body(body.into()).unwrap()).await.status,
            StatusCode::OK,
            "{path}"
        );
    }
    let list = server.get("/v1/models/").await.json();
    assert_eq!((&list["object"], &list["data"][0]["id"]), (&json!("list"), &json!("gpt-oss-20b")));
    for id in ["gpt-oss-20b", "gpt-oss-20b/", "openai/gpt-oss-20b"] {
        let model = server.get(&format!("/v1/models/{id}")).await.json();
        assert_eq!((&model["id"], &model["object"]), (&json!("gpt-oss-20b"), &json!("model")));
    }
    assert_eq!(
        code(&server.get("/v1/models/..%2f..%2fetc").await),
        (404, "model_not_found".into())
    );
    assert_eq!(code(&server.get("/v1/files").await), (404, "unknown_url".into()));
    assert_eq!(code(&server.get("/v1").await), (404, "unknown_url".into()));
    assert_eq!(code(&server.get("/v1/responses").await), (405, "method_not_allowed".into()));
    assert_eq!(server.get("/v1/health").await.json()["status"], "ok");
}

/// A store that is broken in the worst way.
struct Broken;

impl Store for Broken {
    fn put(&self, _: StoredResponse) -> BoxFuture<'_, Result<(), StoreError>> {
        panic!("cannot put")
    }

    fn get<'a>(
        &'a self,
        _: Owner,
        _: &'a str,
    ) -> BoxFuture<'a, Result<Option<Arc<StoredResponse>>, StoreError>> {
        panic!("cannot get")
    }

    fn find_item<'a>(
        &'a self,
        _: Owner,
        _: &'a str,
    ) -> BoxFuture<'a, Result<Option<StoredItem>, StoreError>> {
        panic!("cannot find")
    }
}

#[tokio::test]
async fn a_panic_is_a_500_before_the_answer_and_does_not_spoil_it_afterwards() {
    let mut server = Server::new([Line::refuses(|| panic!("a broken engine")), answer(), answer()]);
    let body = json!({"input": "x", "model": "gpt-oss-20b"});
    assert_eq!(code(&server.post(body.clone()).await), (500, "server_error".into()));
    assert_eq!(server.post(body).await.status, StatusCode::OK);
    let tokenizer = Tokenizer::o200k_harmony();
    let state = AppState::with_store(
        server.engine.clone(),
        tokenizer,
        ApiSettings::default(),
        Arc::new(Broken),
    );
    server.router = app(state);
    let next = json!({"input": "x", "model": "gpt-oss-20b", "previous_response_id": "resp_1"});
    assert_eq!(code(&server.post(next).await), (500, "server_error".into()));
    let events = server.stream(json!({"input": "x"})).await;
    assert_eq!(events.last().unwrap()["type"], "response.completed");
}
