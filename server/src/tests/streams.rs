//! The rules that every stream keeps, and the transcripts of particular ones.

use std::collections::HashMap;

use async_openai::types::responses::{Response, ResponseStreamEvent};
use serde_json::{Value, json};

use super::Server;
use super::script::Line;

/// Reads a stream and checks every rule that holds for all of them. Returns the events.
pub(super) fn check(body: &[u8]) -> Vec<Value> {
    let text = std::str::from_utf8(body).unwrap();
    assert!(!text.contains('\r'));
    let events = text.strip_suffix("data: [DONE]\n\n").expect("the last line is [DONE]");
    let events: Vec<Value> = events.split_terminator("\n\n").map(parse).collect();
    for (number, event) in events.iter().enumerate() {
        assert_eq!(event["sequence_number"], number, "sequence numbers have no gaps");
        serde_json::from_value::<ResponseStreamEvent>(event.clone())
            .unwrap_or_else(|error| panic!("async-openai does not read {event}: {error}"));
    }
    check_lifecycle(&events);
    check_items(&events);
    events
}

fn parse(event: &str) -> Value {
    let lines: Vec<_> = event.lines().collect();
    let [name, data] = lines.as_slice() else { panic!("an event has two lines: {event}") };
    let data: Value = serde_json::from_str(data.strip_prefix("data: ").unwrap()).unwrap();
    assert_eq!(data["type"], name.strip_prefix("event: ").unwrap());
    data
}

fn kind(event: &Value) -> &str {
    event["type"].as_str().unwrap()
}

fn check_lifecycle(events: &[Value]) {
    let terminal = ["response.completed", "response.incomplete", "response.failed"];
    assert_eq!(kind(&events[0]), "response.created");
    assert_eq!(kind(&events[1]), "response.in_progress");
    assert_eq!(events[0]["response"]["output"], json!([]));
    let last = events.iter().position(|event| terminal.contains(&kind(event)));
    assert_eq!(last, Some(events.len() - 1), "one terminal event, and it is the last");
    for snapshot in events.iter().filter_map(|event| event.get("response")) {
        assert_eq!(snapshot["id"], events[0]["response"]["id"]);
        check_response(snapshot);
    }
}

/// The keys of a response, and what they say of each other.
pub(super) fn check_response(response: &Value) {
    const KEYS: [&str; 31] = [
        "id",
        "object",
        "created_at",
        "completed_at",
        "status",
        "incomplete_details",
        "model",
        "previous_response_id",
        "instructions",
        "output",
        "error",
        "tools",
        "tool_choice",
        "truncation",
        "parallel_tool_calls",
        "text",
        "top_p",
        "presence_penalty",
        "frequency_penalty",
        "top_logprobs",
        "temperature",
        "reasoning",
        "usage",
        "max_output_tokens",
        "max_tool_calls",
        "store",
        "background",
        "service_tier",
        "metadata",
        "safety_identifier",
        "prompt_cache_key",
    ];
    for key in KEYS {
        assert!(response.get(key).is_some(), "{key} is missing in {response}");
    }
    let status = response["status"].as_str().unwrap();
    assert_eq!(response["error"].is_null(), status != "failed");
    assert_eq!(response["incomplete_details"].is_null(), status != "incomplete");
    assert_eq!(response["completed_at"].is_null(), status != "completed");
    if let Some(usage) = response["usage"].as_object() {
        let number = |key: &str| usage[key].as_u64().unwrap();
        assert_eq!(number("input_tokens") + number("output_tokens"), number("total_tokens"));
        assert!(
            usage["input_tokens_details"]["cached_tokens"].as_u64().unwrap()
                <= number("input_tokens")
        );
        assert!(
            usage["output_tokens_details"]["reasoning_tokens"].as_u64().unwrap()
                <= number("output_tokens")
        );
    } else {
        assert_eq!(status, "in_progress");
    }
    let items = response["output"].as_array().unwrap();
    for (place, item) in items.iter().enumerate() {
        assert_no_nulls(item);
        let complete = item["status"] == "completed";
        let last = place + 1 == items.len();
        assert!(
            complete || (last && status != "completed"),
            "{item} in a response that is {status}"
        );
    }
    serde_json::from_value::<Response>(response.clone())
        .unwrap_or_else(|error| panic!("async-openai does not read {response}: {error}"));
}

/// What an item does not have is left out.
fn assert_no_nulls(item: &Value) {
    match item {
        Value::Null => panic!("null in an item"),
        Value::Array(values) => values.iter().for_each(assert_no_nulls),
        Value::Object(object) => object.values().for_each(assert_no_nulls),
        _ => {}
    }
}

/// What is known of an item while it streams.
#[derive(Default)]
struct Seen {
    id: String,
    text: String,
    parts: usize,
    part_open: bool,
    text_done: bool,
    done: Option<Value>,
}

fn check_items(events: &[Value]) {
    let mut items: Vec<Seen> = Vec::new();
    for event in events {
        let Some(index) = event.get("output_index").and_then(Value::as_u64) else { continue };
        let index = usize::try_from(index).unwrap();
        if kind(event) == "response.output_item.added" {
            assert_eq!(index, items.len(), "items are numbered in order");
            assert!(
                items.last().is_none_or(|item| item.done.is_some()),
                "one item is open at a time"
            );
            assert_eq!(event["item"]["status"], "in_progress");
            items
                .push(Seen { id: event["item"]["id"].as_str().unwrap().into(), ..Seen::default() });
            continue;
        }
        check_item_event(event, &mut items[index]);
    }
    let ids: HashMap<_, _> = items.iter().map(|item| (&item.id, ())).collect();
    assert_eq!(ids.len(), items.len(), "ids are unique");
    let done: Vec<_> =
        items.into_iter().map(|item| item.done.expect("every item is done")).collect();
    assert_eq!(events.last().unwrap()["response"]["output"], Value::Array(done));
}

fn check_item_event(event: &Value, item: &mut Seen) {
    assert!(item.done.is_none(), "nothing follows output_item.done: {event}");
    if let Some(id) = event.get("item_id") {
        assert_eq!(id, &item.id);
    }
    if let Some(index) = event.get("content_index") {
        assert_eq!(index, 0);
    }
    let kind = kind(event);
    if kind.ends_with(".delta") {
        let delta = event["delta"].as_str().unwrap();
        item.text.push_str(delta);
        assert!(!item.text_done);
        assert!(event.get("logprobs").is_some() == (kind == "response.output_text.delta"));
    } else if kind == "response.content_part.added" {
        assert_eq!((item.parts, event["part"]["text"].as_str()), (0, Some("")));
        (item.parts, item.part_open) = (1, true);
    } else if kind == "response.content_part.done" {
        assert!(item.part_open && item.text_done);
        assert_eq!(event["part"]["text"], item.text);
        item.part_open = false;
    } else if kind == "response.output_item.done" {
        assert!(!item.part_open && item.text_done);
        assert_eq!(event["item"]["id"], item.id);
        assert_eq!(said(&event["item"]), item.text);
        item.done = Some(event["item"].clone());
    } else {
        let text = ["text", "arguments", "input"].into_iter().find_map(|key| event.get(key));
        assert_eq!(text.unwrap(), &item.text);
        item.text_done = true;
    }
}

/// The text, arguments or input of an item.
pub(super) fn said(item: &Value) -> &str {
    let key = ["arguments", "input"].into_iter().find_map(|key| item.get(key));
    key.unwrap_or_else(|| &item["content"][0]["text"]).as_str().unwrap()
}

/// (type, text, status) of each output item.
fn outline(events: &[Value]) -> Vec<(String, String, String)> {
    let items = events.last().unwrap()["response"]["output"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let outline =
        |item: &Value| (text(&item["type"]), said(item).to_owned(), text(&item["status"]));
    items.iter().map(outline).collect()
}

fn triple(kind: &str, text: &str, status: &str) -> (String, String, String) {
    (kind.into(), text.into(), status.into())
}

/// A stream as a golden text: a line for each event, ids replaced by their prefix and a count, snapshots by their status.
fn transcript(events: &[Value]) -> String {
    let mut names = HashMap::new();
    let lines = events.iter().map(|event| {
        let mut event = event.clone();
        let object = event.as_object_mut().unwrap();
        let number = object.shift_remove("sequence_number").unwrap();
        let kind = object.shift_remove("type").unwrap();
        if let Some(response) = object.get_mut("response") {
            let items = response["output"].as_array().unwrap().len();
            *response = format!("{}, {items} items", response["status"].as_str().unwrap()).into();
        }
        rename_ids(&mut event, &mut names);
        format!("{number} {} {event}", kind.as_str().unwrap())
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn rename_ids(value: &mut Value, names: &mut HashMap<String, String>) {
    match value {
        Value::String(text) => {
            let Some((prefix, random)) = text.split_once('_') else { return };
            if random.len() == 32 && random.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                let count = names.len();
                let name = format!("{prefix}_{count}");
                *text = names.entry(text.clone()).or_insert(name).clone();
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| rename_ids(value, names)),
        Value::Object(object) => object.values_mut().for_each(|value| rename_ids(value, names)),
        _ => {}
    }
}

fn weather() -> Value {
    json!([{"type": "function", "name": "get_weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}}])
}

const CALL: &str = "<|channel|>commentary to=functions.get_weather <|constrain|>json<|message|>{\"city\":\"Bern\"}<|call|>";

#[tokio::test]
async fn transcripts() {
    let thought = "<|channel|>analysis<|message|>Look it up.<|end|><|start|>assistant";
    let preamble = "<|channel|>commentary<|message|>One moment.<|end|><|start|>assistant";
    let cases = [
        ("answer", format!("{thought}<|channel|>final<|message|>Hello there!<|return|>")),
        ("call", format!("{thought}{CALL}")),
        ("preamble_and_call", format!("{thought}{preamble}{CALL}")),
        (
            "bad_header",
            format!(
                "{thought}<|channel|>commentary to=functions.get_weather<|channel|>analysis json<|message|>{{}}<|call|>"
            ),
        ),
        (
            "undeclared_tool",
            format!(
                "{thought}<|channel|>analysis to=browser.search code<|message|>{{\"query\":\"x\"}}<|call|>"
            ),
        ),
        ("no_header", "Just text.<|return|>".to_owned()),
    ];
    for (name, line) in cases {
        let server = Server::new([Line::says(&line)]);
        let events = server.stream(json!({"input": "Weather?", "tools": weather()})).await;
        insta::assert_snapshot!(name, transcript(&events));
    }
}

#[tokio::test]
async fn a_limit_leaves_the_open_item_incomplete() {
    let cases = [
        ("<|channel|>analysis<|message|>one two three four five", 6, "reasoning"),
        ("<|channel|>final<|message|>one two three four five", 6, "message"),
        (
            "<|channel|>commentary to=functions.get_weather <|constrain|>json<|message|>{\"city\":\"Bern and Basel",
            15,
            "function_call",
        ),
    ];
    for (line, limit, kind) in cases {
        let server = Server::new([Line::says(line)]);
        let body = json!({"input": "x", "tools": weather(), "max_output_tokens": limit});
        let events = server.stream(body).await;
        let last = events.last().unwrap();
        assert_eq!(last["type"], "response.incomplete");
        assert_eq!(last["response"]["incomplete_details"]["reason"], "max_output_tokens");
        assert_eq!(last["response"]["usage"]["output_tokens"], limit);
        let items = outline(&events);
        assert_eq!((items[0].0.as_str(), items[0].2.as_str()), (kind, "incomplete"));
        assert!(!items[0].1.is_empty() && line.contains(&items[0].1));
    }
}

#[tokio::test]
async fn a_limit_inside_the_first_header_leaves_no_item() {
    let server = Server::new([Line::says("<|channel|>analysis<|message|>never")]);
    let events = server.stream(json!({"input": "x", "max_output_tokens": 2})).await;
    assert_eq!(events.last().unwrap()["type"], "response.incomplete");
    assert!(outline(&events).is_empty());
}

#[tokio::test]
async fn failures_end_in_an_error_in_both_shapes_and_a_failed_response() {
    let begun = "<|channel|>final<|message|>Half an ans";
    let cases = [
        (vec![Line::fails(begun, "NaN logits")], "server_error", 1),
        (vec![Line::vanishes(begun)], "server_error", 1),
        (vec![], "recording_exhausted", 0),
    ];
    for (lines, code, items) in cases {
        let server = Server::new(lines);
        let events = server.stream(json!({"input": "x"})).await;
        let [.., error, failed] = events.as_slice() else { panic!("at least two events") };
        assert_eq!((&error["type"], &error["code"]), (&json!("error"), &json!(code)));
        assert_eq!(
            (&error["error"]["code"], &error["error"]["message"]),
            (&json!(code), &error["message"])
        );
        assert_eq!(failed["type"], "response.failed");
        assert_eq!(failed["response"]["error"]["code"], code);
        let outline = outline(&events);
        assert_eq!(outline.len(), items);
        assert!(outline.iter().all(|item| *item == triple("message", "Half an ans", "incomplete")));
    }
}

#[tokio::test]
async fn an_answer_in_one_piece_is_the_folded_stream() {
    let line =
        || Line::says(&format!("<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant{CALL}"));
    let server =
        Server::new([line(), line(), Line::fails("<|channel|>final<|message|>a", "broken")]);
    let body = json!({"input": "x", "tools": weather(), "seed": 1, "metadata": {"a": "b"}});
    let mut whole = server.create(body.clone()).await;
    let mut streamed = server.stream(body).await.pop().unwrap()["response"].take();
    check_response(&whole);
    for response in [&mut whole, &mut streamed] {
        response["created_at"] = 0.into();
        response["completed_at"] = 0.into();
        rename_ids(response, &mut HashMap::new());
    }
    assert_eq!(whole, streamed);
    insta::assert_snapshot!("response", serde_json::to_string_pretty(&whole).unwrap());
    let failed = server.create(json!({"input": "x"})).await;
    check_response(&failed);
    assert_eq!(
        (&failed["status"], &failed["error"]["code"]),
        (&json!("failed"), &json!("server_error"))
    );
}

#[tokio::test]
async fn silence_is_filled_with_snapshots_until_the_client_leaves() {
    use futures_util::StreamExt;
    let settings = crate::ApiSettings {
        heartbeat: std::time::Duration::from_millis(20),
        ..Default::default()
    };
    let server = Server::with(settings, [Line::hangs("<|channel|>final<|message|>Well")]);
    let body = with_stream(json!({"input": "x"}));
    let request =
        axum::http::Request::post("/v1/responses").header("content-type", "application/json");
    let request = request.body(axum::body::Body::from(body.to_string())).unwrap();
    let answer = tower::ServiceExt::oneshot(server.router.clone(), request).await.unwrap();
    let mut chunks = answer.into_body().into_data_stream();
    let mut beats = Vec::new();
    while beats.len() < 3 {
        // One event is one chunk.
        let chunk = chunks.next().await.unwrap().unwrap();
        let event = parse(std::str::from_utf8(&chunk).unwrap().strip_suffix("\n\n").unwrap());
        if kind(&event) == "response.in_progress" && event["sequence_number"] != 1 {
            beats.push(event);
        }
    }
    assert!(!server.engine.is_abandoned());
    for pair in beats.windows(2) {
        let number = |event: &Value| event["sequence_number"].as_u64().unwrap();
        assert_eq!(number(&pair[0]) + 1, number(&pair[1]));
        assert_eq!(pair[1]["response"]["output"][0]["content"][0]["text"], "Well");
    }
    drop(chunks);
    assert!(server.engine.is_abandoned(), "dropping the body gives up the work");
}

fn with_stream(mut body: Value) -> Value {
    body["stream"] = true.into();
    super::with_model(body)
}

#[tokio::test]
async fn stop_strings_end_the_answer_and_are_not_part_of_it() {
    let line = || {
        Line::says(
            "<|channel|>analysis<|message|>STOP here? no.<|end|><|start|>assistant<|channel|>final<|message|>One two STOP three<|return|>",
        )
    };
    let server = Server::new([line(), line()]);
    let events = server.stream(json!({"input": "x", "stop": ["wo ST", "never"]})).await;
    let expected = [
        triple("reasoning", "STOP here? no.", "completed"),
        triple("message", "One t", "completed"),
    ];
    assert_eq!(outline(&events), expected);
    assert_eq!(events.last().unwrap()["type"], "response.completed");
    let whole = server.create(json!({"input": "x", "stop": "three<"})).await;
    assert_eq!(said(&whole["output"][1]), "One two STOP three");
}

#[tokio::test]
async fn log_probabilities_come_with_the_text_that_they_belong_to() {
    let server = Server::new([Line::says(
        "<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>final<|message|>Grüezi 👋🏽!<|return|>",
    )]);
    let body =
        json!({"input": "x", "top_logprobs": 1, "include": ["message.output_text.logprobs"]});
    let events = server.stream(body).await;
    let of = |kind: &str| events.iter().filter(|event| event["type"] == kind).collect::<Vec<_>>();
    let deltas = of("response.output_text.delta");
    let bytes = |entries: &Value| -> Vec<u8> {
        let entries = entries.as_array().unwrap().iter();
        entries
            .flat_map(|entry| serde_json::from_value::<Vec<u8>>(entry["bytes"].clone()).unwrap())
            .collect()
    };
    let joined: Vec<u8> = deltas.iter().flat_map(|event| bytes(&event["logprobs"])).collect();
    assert_eq!(String::from_utf8(joined).unwrap(), "Grüezi 👋🏽!");
    let part = &events.last().unwrap()["response"]["output"][1]["content"][0];
    assert_eq!(bytes(&part["logprobs"]), part["text"].as_str().unwrap().as_bytes());
    assert_eq!(part["logprobs"][0]["top_logprobs"][0]["logprob"], -0.5);
    assert_eq!(server.engine.jobs()[0].sampling.logprobs, Some(1));
}

#[tokio::test]
async fn custom_and_namespaced_tools_are_called_by_the_clients_names() {
    let tools = json!([
        {"type": "custom", "name": "sql", "format": {"type": "text"}},
        {"type": "namespace", "name": "agents", "description": "d", "tools": [{"type": "function", "name": "close"}]},
        {"type": "web_search", "external_web_access": true}
    ]);
    let call = |name: &str, arguments: &str| {
        Line::says(&format!(
            "<|channel|>commentary to=functions.{name} <|constrain|>json<|message|>{arguments}<|call|>"
        ))
    };
    let server = Server::new([
        call("sql", r#"{"input":"select \"a\""}"#),
        call("sql", "select 1"),
        call("agents__close", "{}"),
    ]);
    let ask = || json!({"input": "x", "tools": tools.clone()});
    for input in ["select \"a\"", "select 1"] {
        let events = server.stream(ask()).await;
        assert_eq!(outline(&events), [triple("custom_tool_call", input, "completed")]);
    }
    let events = server.stream(ask()).await;
    let item = &events.last().unwrap()["response"]["output"][0];
    assert_eq!((&item["name"], &item["namespace"]), (&json!("close"), &json!("agents")));
    assert_eq!(events.last().unwrap()["response"]["tools"], tools, "tools are echoed as they came");
    let prompt = &server.engine.prompts()[0];
    assert!(prompt.contains("type sql =") && prompt.contains("type agents__close ="), "{prompt}");
}

#[tokio::test]
async fn reasoning_tokens_are_counted() {
    let server = Server::new([Line::says(
        "<|channel|>analysis<|message|>one two three<|end|><|start|>assistant<|channel|>final<|message|>four<|return|>",
    )]);
    let response = server.create(json!({"input": "x"})).await;
    // Three words and their end token; the three headers' tokens are nobody's thoughts.
    assert_eq!(response["usage"]["output_tokens_details"]["reasoning_tokens"], 4);
    assert_eq!(response["usage"]["input_tokens_details"]["cached_tokens"], 7);
}

#[tokio::test]
async fn a_client_that_leaves_gives_up_the_work_also_without_a_stream() {
    let server = Server::new([Line::hangs("<|channel|>final<|message|>Well")]);
    let patience = std::time::Duration::from_millis(100);
    assert!(tokio::time::timeout(patience, server.create(json!({"input": "x"}))).await.is_err());
    assert_eq!(server.engine.jobs().len(), 1);
    assert!(server.engine.is_abandoned());
}
