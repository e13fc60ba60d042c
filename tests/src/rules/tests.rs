//! A good stream passes; each way to spoil it is noticed. Without this, a rule that never fires would go unnoticed.

use serde_json::{Value, json};

use super::check_stream;
use crate::sse::{Event, Transcript};

fn response(status: &str, output: &Value) -> Value {
    json!({
        "id": "resp_1", "object": "response", "created_at": 1,
        "completed_at": (status == "completed").then_some(2), "status": status,
        "incomplete_details": null, "model": "m", "previous_response_id": null, "instructions": null,
        "output": output, "error": null, "tools": [], "tool_choice": "auto", "truncation": "disabled",
        "parallel_tool_calls": true, "text": {"format": {"type": "text"}}, "top_p": 1.0,
        "presence_penalty": 0.0, "frequency_penalty": 0.0, "top_logprobs": 0, "temperature": 1.0,
        "reasoning": {"effort": "medium", "summary": null}, "usage": usage(status),
        "max_output_tokens": null, "max_tool_calls": null, "store": true, "background": false,
        "service_tier": "default", "metadata": {}, "safety_identifier": null, "prompt_cache_key": null,
    })
}

fn usage(status: &str) -> Value {
    if status == "in_progress" {
        return Value::Null;
    }
    json!({
        "input_tokens": 3, "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
        "output_tokens": 4, "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": 7,
    })
}

fn good() -> Transcript {
    let at = json!({"item_id": "msg_1", "output_index": 0, "content_index": 0});
    let with = |more: Value| {
        let mut data = at.clone();
        data.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        data
    };
    let part = |text: &str| json!({"type": "output_text", "text": text, "annotations": [], "logprobs": []});
    let item = |status: &str, content: Value| json!({"id": "msg_1", "type": "message", "role": "assistant", "status": status, "content": content});
    let whole = item("completed", json!([part("ab")]));
    let call = |status: &str, arguments: &str| json!({"id": "fc_1", "type": "function_call", "status": status, "call_id": "call_1", "name": "f", "arguments": arguments});
    let output = json!([whole, call("completed", "{}")]);
    let events = [
        ("response.created", json!({"response": response("in_progress", &json!([]))})),
        ("response.in_progress", json!({"response": response("in_progress", &json!([]))})),
        (
            "response.output_item.added",
            json!({"output_index": 0, "item": item("in_progress", json!([]))}),
        ),
        ("response.content_part.added", with(json!({"part": part("")}))),
        ("response.output_text.delta", with(json!({"delta": "a", "logprobs": []}))),
        ("response.output_text.delta", with(json!({"delta": "b", "logprobs": []}))),
        ("response.output_text.done", with(json!({"text": "ab", "logprobs": []}))),
        ("response.content_part.done", with(json!({"part": part("ab")}))),
        ("response.output_item.done", json!({"output_index": 0, "item": whole})),
        ("response.output_item.added", json!({"output_index": 1, "item": call("in_progress", "")})),
        (
            "response.function_call_arguments.delta",
            json!({"item_id": "fc_1", "output_index": 1, "delta": "{}"}),
        ),
        (
            "response.function_call_arguments.done",
            json!({"item_id": "fc_1", "output_index": 1, "name": "f", "arguments": "{}"}),
        ),
        ("response.output_item.done", json!({"output_index": 1, "item": call("completed", "{}")})),
        ("response.completed", json!({"response": response("completed", &output)})),
    ];
    let events = events.into_iter().enumerate().map(|(number, (name, mut data))| {
        data["type"] = name.into();
        data["sequence_number"] = number.into();
        Event { name: name.into(), data }
    });
    Transcript { events: events.collect(), done: true }
}

#[test]
fn a_good_stream_passes() {
    assert_eq!(check_stream(&good()).unwrap()["output"][1]["arguments"], "{}");
}

#[test]
fn a_missing_or_doubled_event_is_noticed() {
    let length = good().events.len();
    for index in (0..length).filter(|&index| good().events[index].name != "response.in_progress") {
        let mut less = good();
        less.events.remove(index);
        renumber(&mut less);
        assert!(check_stream(&less).is_err(), "without event {index}");
        let mut more = good();
        more.events.insert(index, more.events[index].clone());
        renumber(&mut more);
        assert!(check_stream(&more).is_err(), "event {index} twice");
    }
    let mut cut = good();
    cut.done = false;
    assert!(check_stream(&cut).is_err());
}

#[test]
fn a_changed_field_is_noticed() {
    let spoiled: [(usize, &str, Value); 18] = [
        (4, "/sequence_number", json!(9)),
        (4, "/type", json!("response.output_text.done")),
        (4, "/content_index", json!(1)),
        (4, "/output_index", json!(1)),
        (4, "/item_id", json!("msg_2")),
        (4, "/delta", json!("x")),
        (4, "/logprobs", Value::Null),
        (6, "/text", json!("abc")),
        (7, "/part/text", json!("a")),
        (8, "/item/id", json!("msg_2")),
        (8, "/item/status", json!("incomplete")),
        (9, "/item/id", json!("msg_1")),
        (11, "/name", json!("g")),
        (13, "/response/id", json!("resp_2")),
        (13, "/response/output", json!([])),
        (13, "/response/status", json!("failed")),
        (13, "/response/usage/total_tokens", json!(8)),
        (13, "/response/completed_at", Value::Null),
    ];
    for (index, pointer, value) in spoiled {
        let mut transcript = good();
        *transcript.events[index].data.pointer_mut(pointer).unwrap() = value;
        assert!(check_stream(&transcript).is_err(), "event {index}, {pointer}");
    }
    for key in super::KEYS {
        let mut transcript = good();
        transcript.events[13].data["response"].as_object_mut().unwrap().remove(key);
        assert!(check_stream(&transcript).is_err(), "without {key}");
    }
}

fn renumber(transcript: &mut Transcript) {
    for (number, event) in transcript.events.iter_mut().enumerate() {
        event.data["sequence_number"] = number.into();
    }
}
