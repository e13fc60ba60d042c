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

#[tokio::test]
async fn reasoning_and_answer() {
    let server = Server::new([Line::says(
        "<|channel|>analysis<|message|>Easy.<|end|><|start|>assistant<|channel|>final<|message|>Hello there!<|return|>",
    )]);
    let events = server.stream(json!({"input": "Hi"})).await;
    let expected =
        [triple("reasoning", "Easy.", "completed"), triple("message", "Hello there!", "completed")];
    assert_eq!(outline(&events), expected);
}
