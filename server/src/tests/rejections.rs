//! What is refused, and at which place.

use gpt_oss_engine::SubmitError;
use serde_json::{Value, json};

use super::Server;
use super::script::{Line, ScriptedEngine};

const TYPE: &str = "invalid_type";
const VALUE: &str = "invalid_value";
const MISSING: &str = "missing_required_parameter";
const UNSUPPORTED: &str = "unsupported_value";

/// One field beside a sound input.
fn with(key: &str, value: Value) -> Value {
    let mut body = json!({"input": "x"});
    body[key] = value;
    body
}

fn items(items: Value) -> Value {
    json!({"input": items})
}

fn function(name: &str) -> Value {
    json!({"type": "function", "name": name})
}

#[expect(clippy::too_many_lines, reason = "a table")]
fn cases() -> Vec<(Value, &'static str, &'static str)> {
    let tools = |tools: Value| with("tools", tools);
    let forced =
        |choice: Value| json!({"input": "x", "tools": [function("f")], "tool_choice": choice});
    let long = "k".repeat(65);
    let pairs: serde_json::Map<_, _> = (0..17).map(|key| (key.to_string(), json!("v"))).collect();
    let many: Vec<_> = (0..129).map(|number| function(&format!("f{number}"))).collect();
    vec![
        (json!([]), TYPE, ""),
        (json!({}), MISSING, "input"),
        (with("model", json!(7)), TYPE, "model"),
        (with("input", json!(7)), TYPE, "input"),
        (with("stream", json!("yes")), TYPE, "stream"),
        (with("temperature", json!(2.5)), VALUE, "temperature"),
        (with("temperature", json!("hot")), TYPE, "temperature"),
        (with("top_p", json!(-0.1)), VALUE, "top_p"),
        (with("max_output_tokens", json!(0)), VALUE, "max_output_tokens"),
        (with("max_output_tokens", json!(-5)), VALUE, "max_output_tokens"),
        (with("max_output_tokens", json!(1.5)), VALUE, "max_output_tokens"),
        (
            with("max_output_tokens", json!(18_446_744_073_709_551_615_u64)),
            VALUE,
            "max_output_tokens",
        ),
        (with("top_logprobs", json!(21)), VALUE, "top_logprobs"),
        (with("presence_penalty", json!(3)), VALUE, "presence_penalty"),
        (with("stop", json!(["a", "b", "c", "d", "e"])), VALUE, "stop"),
        (with("stop", json!(["a", ""])), VALUE, "stop[1]"),
        (with("truncation", json!("some")), VALUE, "truncation"),
        (with("reasoning", json!({"effort": "enormous"})), VALUE, "reasoning.effort"),
        (with("reasoning", json!("high")), TYPE, "reasoning"),
        (with("include", json!(["everything"])), VALUE, "include[0]"),
        (with("metadata", json!({"a": 1})), TYPE, "metadata.a"),
        (
            with("metadata", json!({long.as_str(): "v"})),
            VALUE,
            &*Box::leak(format!("metadata.{long}").into_boxed_str()),
        ),
        (with("metadata", Value::Object(pairs)), VALUE, "metadata"),
        (with("text", json!({"format": {"type": "xml"}})), VALUE, "text.format.type"),
        (
            with("text", json!({"format": {"type": "json_schema", "schema": {}}})),
            MISSING,
            "text.format.name",
        ),
        (with("text", json!({"verbosity": "chatty"})), VALUE, "text.verbosity"),
        (with("prompt", json!({"id": "p"})), UNSUPPORTED, "prompt"),
        (with("background", json!(true)), UNSUPPORTED, "background"),
        (with("conversation", json!("conv_1")), UNSUPPORTED, "conversation"),
        (
            with("context_management", json!([{"type": "magic"}])),
            VALUE,
            "context_management[0].type",
        ),
        (
            with("previous_response_id", json!("resp_unknown")),
            "previous_response_not_found",
            "previous_response_id",
        ),
        (tools(json!({})), TYPE, "tools"),
        (tools(json!([{"name": "f"}])), MISSING, "tools[0].type"),
        (tools(json!([function("f"), {"type": "function"}])), MISSING, "tools[1].name"),
        (tools(json!([function("no spaces")])), VALUE, "tools[0].name"),
        (tools(json!([function(&"x".repeat(1 << 20))])), VALUE, "tools[0].name"),
        (
            tools(json!([{"type": "function", "name": "f", "parameters": "none"}])),
            TYPE,
            "tools[0].parameters",
        ),
        (
            tools(json!([{"type": "namespace", "name": "n", "tools": [{"type": "function"}]}])),
            MISSING,
            "tools[0].tools[0].name",
        ),
        (tools(json!(many)), VALUE, "tools"),
        (forced(json!("required")), UNSUPPORTED, "tool_choice"),
        (forced(json!({"type": "function", "name": "f"})), UNSUPPORTED, "tool_choice"),
        (forced(json!({"type": "function", "name": "g"})), VALUE, "tool_choice"),
        (forced(json!({"type": "function"})), MISSING, "tool_choice.name"),
        (forced(json!({"type": "web_search_preview"})), UNSUPPORTED, "tool_choice.type"),
        (
            forced(
                json!({"type": "allowed_tools", "mode": "auto", "tools": [{"type": "function", "name": "g"}]}),
            ),
            VALUE,
            "tool_choice",
        ),
        (forced(json!("always")), VALUE, "tool_choice"),
        (items(json!([{"type": "dance"}])), VALUE, "input[0].type"),
        (items(json!([{"content": "x"}])), MISSING, "input[0].type"),
        (items(json!(["x"])), TYPE, "input[0]"),
        (items(json!([{"role": "robot", "content": "x"}])), VALUE, "input[0].role"),
        (items(json!([{"role": "user"}])), MISSING, "input[0].content"),
        (items(json!([{"role": "user", "content": 7}])), TYPE, "input[0].content"),
        (
            items(json!([{"role": "user", "content": [{"type": "smell"}]}])),
            VALUE,
            "input[0].content[0].type",
        ),
        (
            items(json!([{"role": "user", "content": [{"type": "input_text"}]}])),
            MISSING,
            "input[0].content[0].text",
        ),
        (
            items(
                json!([{"role": "user", "content": "a"}, {"role": "user", "content": [{"type": "input_text", "text": "b"}, {"type": "input_image", "image_url": "data:"}]}]),
            ),
            UNSUPPORTED,
            "input[1].content[1].type",
        ),
        (
            items(json!([{"type": "function_call", "name": "f", "arguments": "{}"}])),
            MISSING,
            "input[0].call_id",
        ),
        (
            items(json!([{"type": "function_call_output", "call_id": "c", "output": "x"}])),
            VALUE,
            "input[0].call_id",
        ),
        (items(json!([{"id": "rs_unknown"}])), "item_not_found", "input[0].id"),
        (items(json!([{"type": "compaction_trigger"}])), UNSUPPORTED, "input[0].type"),
        (
            items(json!([{"type": "additional_tools", "tools": [{"type": "function"}]}])),
            MISSING,
            "input[0].tools[0].name",
        ),
        (items(json!(vec![json!({"role": "user", "content": "x"}); 10_001])), VALUE, "input"),
    ]
}

fn complete(body: Value, stream: &Value) -> Value {
    if !body.is_object() {
        return body;
    }
    let mut body = super::with_model(body);
    if body.get("stream").is_none() {
        body["stream"] = stream.clone();
    }
    body
}

#[tokio::test]
async fn a_rejection_names_the_place() {
    let server = Server::new([]);
    for (body, code, param) in cases() {
        let shown = body.to_string().chars().take(200).collect::<String>();
        for stream in [json!(false), json!(true)] {
            let body = complete(body.clone(), &stream);
            let answer = server.post(body).await;
            let error = answer.json()["error"].take();
            assert_eq!(answer.status.as_u16(), 400, "{shown}: {error}");
            assert_eq!(
                (error["code"].as_str(), error["param"].as_str().unwrap_or("")),
                (Some(code), param),
                "{shown}"
            );
            assert_eq!(error["type"], "invalid_request_error");
            assert!(error["message"].as_str().unwrap().len() < 1_000);
        }
    }
    assert!(server.engine.jobs().is_empty(), "nothing was queued");
}

#[tokio::test]
async fn the_model_is_named_and_known() {
    let server = Server::new([Line::says("<|channel|>final<|message|>a<|return|>")]);
    let missing = server.post(json!({"input": "x"})).await;
    assert_eq!(
        (missing.status.as_u16(), &missing.json()["error"]["param"]),
        (400, &json!("model"))
    );
    let unknown = server.refused(json!({"input": "x", "model": "../etc/passwd"})).await;
    assert_eq!(unknown, (404, "model_not_found".into(), "model".into()));
    let response = server.create(json!({"input": "x", "model": "openai/gpt-oss-20b"})).await;
    assert_eq!(response["model"], "gpt-oss-20b");
}

#[tokio::test]
async fn a_prompt_that_does_not_fit_is_refused_before_any_event_or_shortened_on_request() {
    let server = Server::new([Line::says("<|channel|>final<|message|>a<|return|>")]);
    let old = json!({"role": "user", "content": "old ".repeat(ScriptedEngine::MAX_TOKENS)});
    let call = json!({"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"});
    let output = json!({"type": "function_call_output", "call_id": "c", "output": "orphan"});
    let rule = json!({"role": "developer", "content": "The rule."});
    let input = json!([old, rule, call, output, {"role": "user", "content": "new"}]);
    for stream in [false, true] {
        let refused = server.refused(json!({"input": input, "stream": stream})).await;
        assert_eq!(refused, (400, "context_length_exceeded".into(), "input".into()));
    }
    let mut input = input;
    input[2]["arguments"] = "filler ".repeat(ScriptedEngine::MAX_TOKENS).into();
    server.create(json!({"input": input, "truncation": "auto"})).await;
    let prompt = server.engine.prompts().remove(0);
    assert!(prompt.contains("The rule.") && prompt.contains("<|message|>new<|end|>"), "{prompt}");
    assert!(
        !prompt.contains("old") && !prompt.contains("filler") && !prompt.contains("orphan"),
        "{prompt}"
    );
}

#[tokio::test]
async fn a_full_queue_is_a_503_that_says_when_to_come_back() {
    let full = || SubmitError::QueueFull { waiting: 3 };
    let server = Server::new([Line::refuses(full), Line::refuses(|| SubmitError::Stopped)]);
    for _ in 0..2 {
        let answer =
            server.post(json!({"input": "x", "model": "gpt-oss-20b", "stream": true})).await;
        assert_eq!(
            (answer.status.as_u16(), answer.json()["error"]["code"].as_str()),
            (503, Some("server_is_overloaded"))
        );
        assert!(answer.headers.contains_key("retry-after"));
    }
}

#[tokio::test]
async fn what_clients_send_beyond_the_specification_is_accepted() {
    let line = || Line::says("<|channel|>final<|message|>ok<|return|>");
    let bodies = [
        json!({"input": "x", "client_metadata": {"a": 1}, "include": ["reasoning.encrypted_content"], "reasoning": {}, "store": false, "stream_options": {"include_obfuscation": true}}),
        json!({"input": "x", "temperature": null, "tools": null, "metadata": null, "reasoning": null, "max_output_tokens": null, "text": null}),
        json!({"input": "x", "max_output_tokens": 9_000_000_000_000_000_i64, "service_tier": "flex", "prompt_cache_key": "k", "user": "u", "top_k": -1}),
        json!({"input": [
            {"role": "user", "content": "q"},
            {"type": "reasoning", "id": null, "summary": [], "encrypted_content": "sealed", "status": null},
            {"type": "web_search_call", "id": "ws_1", "status": "completed"},
            {"role": "assistant", "content": [{"type": "output_text", "text": "a", "annotations": null, "logprobs": null}]},
            {"type": "local_shell_call", "id": "x", "call_id": "s", "action": {"type": "exec", "command": ["ls"]}},
            {"type": "local_shell_call_output", "id": "s", "output": "files"},
            {"type": "shell_call", "call_id": "t", "action": {"commands": ["ls"]}},
            {"type": "shell_call_output", "call_id": "t", "output": [{"stdout": "files", "stderr": ""}]},
            {"type": "custom_tool_call", "call_id": "u", "name": "sql", "input": "select 1"},
            {"type": "custom_tool_call_output", "call_id": "u", "output": [{"type": "input_image", "image_url": "data:"}]},
            {"role": "assistant", "content": null},
        ]}),
    ];
    for body in bodies {
        let server = Server::new([line()]);
        let response = server.create(body.clone()).await;
        super::streams::check_response(&response);
        assert_eq!(response["status"], "completed", "{body}");
    }
}
