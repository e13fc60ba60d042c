//! What surrounds a response: routes, refusals, keys, hosts, limits, leaving and stopping.

use std::time::{Duration, Instant};

use futures_util::StreamExt;
use gpt_oss_tests::{process::Server, rules, scenario::check_error, sse};
use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::{Value, json};

const HELLO: &str = r#"{"completion":"<|channel|>final<|message|>Hello there!<|return|>"}"#;
/// Eleven tokens, a tenth of a second each.
const SLOW: &str = r#"{"interval_ms":100,"completion":"<|channel|>final<|message|>one two three four five six seven<|return|>"}"#;

fn hello() -> (Server, tempfile::NamedTempFile) {
    Server::scripted(HELLO, &["--cycle"])
}

fn create(server: &Server) -> RequestBuilder {
    let url = format!("{}/v1/responses", server.base);
    Client::new().post(url).json(&json!({"model": server.model(), "input": "Hi."}))
}

fn create_stream(server: &Server) -> RequestBuilder {
    create(server).json(&json!({"model": server.model(), "input": "Hi.", "stream": true}))
}

/// Sends a request that is refused; status and code.
async fn refused(request: RequestBuilder) -> (u16, String) {
    let response = request.send().await.unwrap();
    assert!(response.headers().contains_key("x-request-id"));
    let status = response.status().as_u16();
    let body: Value = response.json().await.unwrap();
    check_error(status, &body).unwrap();
    (status, body["error"]["code"].as_str().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn models_are_listed() {
    let (server, _file) = hello();
    let get = async |path: &str| -> Value {
        let response = reqwest::get(format!("{}{path}", server.base)).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        response.json().await.unwrap()
    };
    let list = get("/v1/models").await;
    assert_eq!(list["object"], "list");
    let model = &list["data"][0];
    assert_eq!(model["object"], "model");
    assert!(model["created"].is_i64() && model["owned_by"].is_string());
    let id = model["id"].as_str().unwrap();
    assert_eq!(&get(&format!("/v1/models/{id}")).await, model);
    assert_eq!(&get(&format!("/models/{id}")).await, model);
    assert_eq!(get("/health").await["status"], "ok");
    let api = get("/openapi.json").await;
    assert!(api["openapi"].as_str().unwrap().starts_with("3."));
    for path in ["/v1/responses", "/v1/models", "/health"] {
        assert!(api["paths"].get(path).is_some(), "{path} is not described");
    }
}

#[tokio::test]
async fn routes_that_are_not() {
    let (server, _file) = hello();
    let client = Client::new();
    let at = |path: &str| format!("{}{path}", server.base);
    let expect = |status: u16, code: &str| (status, code.to_owned());
    assert_eq!(refused(client.get(at("/v1/files"))).await, expect(404, "unknown_url"));
    assert_eq!(refused(client.get(at("/"))).await, expect(404, "unknown_url"));
    assert_eq!(refused(client.delete(at("/v1/models"))).await, expect(405, "method_not_allowed"));
    assert_eq!(refused(client.get(at("/v1/models/nobody"))).await, expect(404, "model_not_found"));
}

#[tokio::test]
async fn bodies_that_cannot_be_read() {
    let (server, _file) = Server::scripted(HELLO, &["--cycle", "--max-body", "2KiB"]);
    let post = |body: String| {
        let request = Client::new().post(format!("{}/v1/responses", server.base));
        request.header("content-type", "application/json").body(body)
    };
    for body in
        ["", "{", "[]", "null", "{\"a\":1}{}", "{\"model\":\"x\",\"model\":\"y\"}", "\u{feff}{}"]
    {
        assert_eq!(refused(post(body.into())).await.0, 400, "{body:?}");
    }
    let deep = format!("{{\"input\":{}", "[".repeat(1000));
    assert_eq!(refused(post(deep)).await.0, 400);
    assert_eq!(refused(post(" ".repeat(4096))).await.0, 413);
    let text = Client::new().post(format!("{}/v1/responses", server.base)).body("{}");
    assert_eq!(refused(text.header("content-type", "text/plain")).await.0, 415);
    let long = create(&server).header("x-long", "x".repeat(64 * 1024)).send().await.unwrap();
    assert_eq!(long.status(), StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
    assert_eq!(create(&server).send().await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn without_the_key_only_health_answers() {
    let (server, _file) = Server::scripted(HELLO, &["--cycle", "--api-key", "right-key"]);
    let get = |path: &str| Client::new().get(format!("{}{path}", server.base));
    let model = {
        let list = get("/v1/models").bearer_auth("right-key").send().await.unwrap();
        list.json::<Value>().await.unwrap()["data"][0]["id"].clone()
    };
    let create = || {
        let request = Client::new().post(format!("{}/v1/responses", server.base));
        request.json(&json!({"model": model, "input": "Hi."}))
    };
    let denied = (401, "invalid_api_key".to_owned());
    for path in ["/v1/models", "/openapi.json", "/nowhere", "/v1/responses"] {
        assert_eq!(refused(get(path)).await, denied, "{path}");
    }
    assert_eq!(refused(create()).await, denied);
    for key in ["wrong-key", "right-ke", "right-keyx", ""] {
        assert_eq!(refused(create().bearer_auth(key)).await, denied, "{key:?}");
    }
    assert_eq!(refused(create().basic_auth("right-key", None::<&str>)).await, denied);
    assert_eq!(create().bearer_auth("right-key").send().await.unwrap().status(), StatusCode::OK);
    assert_eq!(get("/health").send().await.unwrap().status(), StatusCode::OK);
    assert!(!server.log.lock().unwrap().contains("right-key"), "the key is in the log");
}

#[tokio::test]
async fn a_foreign_host_name_is_refused() {
    let (server, _file) = Server::scripted(HELLO, &["--cycle", "--allow-host", "models.example"]);
    let port = server.base.rsplit(':').next().unwrap().to_owned();
    for host in ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80", "[::1"] {
        assert_eq!(refused(create(&server).header("host", host)).await.0, 403, "{host}");
    }
    for host in [format!("localhost:{port}"), "models.example".into(), "[::1]:80".into()] {
        let response = create(&server).header("host", &host).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK, "{host}");
    }
}

#[tokio::test]
async fn web_pages_may_call_only_where_they_are_named() {
    let page = "http://localhost:3000";
    let (closed, _file) = hello();
    let (open, _other) = Server::scripted(HELLO, &["--cycle", "--cors-origin", page]);
    let allowed = async |server: &Server, origin: &str| {
        let response = create(server).header("origin", origin).send().await.unwrap();
        response
            .headers()
            .get("access-control-allow-origin")
            .map(|value| value.to_str().unwrap().to_owned())
    };
    assert_eq!(allowed(&closed, page).await, None);
    assert_eq!(allowed(&open, page).await.as_deref(), Some(page));
    assert_eq!(allowed(&open, "http://evil.example").await, None);
}

#[tokio::test]
async fn a_full_queue_says_when_to_come_back() {
    let (server, _file) = Server::scripted(r#"{"refuse":"queue_full"}"#, &["--cycle"]);
    for request in [create(&server), create_stream(&server)] {
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        let seconds: u64 = response.headers()["retry-after"].to_str().unwrap().parse().unwrap();
        assert!(seconds > 0);
    }
}

#[tokio::test]
async fn a_prompt_that_cannot_fit_is_refused_before_the_stream() {
    let (server, _file) = hello();
    // More words than the context has tokens.
    let long = "word ".repeat(140_000);
    let request = json!({"model": server.model(), "input": long, "stream": true});
    let expected = (400, "context_length_exceeded".to_owned());
    assert_eq!(refused(create(&server).json(&request)).await, expected);
    let short = json!({"role": "user", "content": "Hi."});
    let items = json!([{"role": "user", "content": long}, short]);
    let cut = json!({"model": server.model(), "input": items, "truncation": "auto"});
    assert_eq!(create(&server).json(&cut).send().await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn a_client_that_leaves_frees_its_work() {
    let (server, _file) = Server::scripted(SLOW, &["--cycle"]);
    let mut body = create_stream(&server).send().await.unwrap().bytes_stream();
    body.next().await.unwrap().unwrap();
    assert_eq!(server.health().await["engine"]["running"], 1);
    drop(body);
    let left = Instant::now();
    while server.health().await["engine"]["running"] != 0 {
        assert!(left.elapsed() < Duration::from_secs(1), "the job goes on without its client");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    // The whole answer takes a second and more: it did not simply end.
    assert!(left.elapsed() < Duration::from_millis(600));
}

#[tokio::test]
async fn a_client_that_leaves_an_unstreamed_answer_frees_its_work() {
    let (server, _file) = Server::scripted(SLOW, &["--cycle"]);
    let answer = tokio::spawn(create(&server).send());
    let begun = Instant::now();
    while server.health().await["engine"]["running"] != 1 {
        assert!(begun.elapsed() < Duration::from_secs(1), "the job never began");
    }
    answer.abort();
    let left = Instant::now();
    while server.health().await["engine"]["running"] != 0 {
        assert!(left.elapsed() < Duration::from_millis(600), "the job goes on without its client");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn sigterm_lets_running_answers_finish() {
    let (server, _file) = Server::scripted(SLOW, &["--cycle"]);
    let response = create_stream(&server).send().await.unwrap();
    server.terminate();
    let transcript = sse::read(response).await.unwrap();
    assert_eq!(rules::check_stream(&transcript).unwrap()["status"], "completed");
    assert!(create(&server).send().await.is_err(), "a stopping server takes no new requests");
    assert_eq!(server.wait(), Some(0));
}

#[tokio::test]
async fn prompts_stay_out_of_the_log() {
    let (server, _file) = hello();
    let request = json!({"model": server.model(), "input": "a-secret-word", "instructions": "another-secret"});
    let response = create(&server).json(&request).send().await.unwrap();
    let id = response.headers()["x-request-id"].to_str().unwrap().to_owned();
    response.bytes().await.unwrap();
    // The log arrives by a pipe of its own, somewhat later than the answer.
    let begun = Instant::now();
    while !server.log.lock().unwrap().contains(&id) {
        assert!(begun.elapsed() < Duration::from_secs(5), "the log does not name the request");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let log = server.log.lock().unwrap().clone();
    assert!(!log.contains("secret"), "{log}");
    assert!(!log.contains("Hello there"), "{log}");
}
