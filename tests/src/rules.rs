//! The rules that every stream and every response keeps, whatever the model said.
//!
//! They are what the SDKs' accumulators and the strictest clients rely on: numbers without gaps, one item open at a time, stable ids,
//! deltas that add up, one terminal event, and a final response that says the same as the events before it.

mod open;

use std::collections::HashSet;

use async_openai::types::responses::{Response, ResponseStreamEvent};
use serde_json::Value;

use crate::sse::{Event, Transcript};
use open::OpenItem;

/// The keys that every response has, null or not.
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

type Rule = Result<(), String>;

/// Fails with `message` unless `holds`.
#[expect(clippy::fn_params_excessive_bools, reason = "an assertion takes its condition")]
fn rule(holds: bool, message: impl FnOnce() -> String) -> Rule {
    if holds { Ok(()) } else { Err(message()) }
}

/// Checks a whole stream; gives the response of its terminal event.
///
/// # Errors
/// The rule that is broken, and where.
pub fn check_stream(transcript: &Transcript) -> Result<Value, String> {
    let mut walk = Walk::default();
    for (index, event) in transcript.events.iter().enumerate() {
        walk.event(index, event)
            .map_err(|error| format!("event {index} ({}): {error}", event.name))?;
    }
    rule(transcript.done, || "no [DONE] at the end".into())?;
    walk.terminal.ok_or_else(|| "no terminal event".into())
}

/// What the events so far add up to.
#[derive(Default)]
struct Walk {
    id: Option<String>,
    open: Option<OpenItem>,
    done: Vec<Value>,
    ids: HashSet<String>,
    errors: usize,
    terminal: Option<Value>,
}

impl Walk {
    fn event(&mut self, index: usize, event: &Event) -> Rule {
        let data = &event.data;
        rule(data["type"] == event.name.as_str(), || format!("type is {}", data["type"]))?;
        rule(data["sequence_number"] == index, || format!("number {}", data["sequence_number"]))?;
        rule(self.terminal.is_none(), || "after the terminal event".into())?;
        serde_json::from_value::<ResponseStreamEvent>(data.clone())
            .map_err(|error| format!("async-openai does not read it: {error}: {data}"))?;
        match event.name.as_str() {
            "response.created" => self.created(index, &data["response"]),
            "response.in_progress" => self.in_progress(index, &data["response"]),
            "response.output_item.added" => self.added(data),
            "response.output_item.done" => self.item_done(data),
            "response.completed" | "response.incomplete" | "response.failed" => {
                self.terminal(&event.name, &data["response"])
            }
            "error" => {
                self.errors += 1;
                check_error_event(data)
            }
            name => match &mut self.open {
                Some(open) => open.event(name, data),
                None => Err("no item is open".into()),
            },
        }
    }

    fn created(&mut self, index: usize, response: &Value) -> Rule {
        rule(index == 0, || "response.created is the first event".into())?;
        check_response(response)?;
        rule(response["status"] == "in_progress", || format!("status {}", response["status"]))?;
        rule(response["output"] == Value::Array(vec![]), || "output is not empty".into())?;
        self.id = response["id"].as_str().map(str::to_owned);
        Ok(())
    }

    fn in_progress(&self, index: usize, response: &Value) -> Rule {
        rule(index > 0, || "before response.created".into())?;
        check_response(response)?;
        rule(response["status"] == "in_progress", || format!("status {}", response["status"]))?;
        rule(response["id"].as_str() == self.id.as_deref(), || "the id changed".into())
    }

    fn added(&mut self, data: &Value) -> Rule {
        rule(self.id.is_some(), || "before response.created".into())?;
        rule(self.open.is_none(), || "another item is open".into())?;
        let expected = self.done.len();
        rule(data["output_index"] == expected, || format!("output_index is not {expected}"))?;
        let open = OpenItem::new(expected, &data["item"])?;
        rule(self.ids.insert(open.id.clone()), || format!("id {} is used twice", open.id))?;
        self.open = Some(open);
        Ok(())
    }

    fn item_done(&mut self, data: &Value) -> Rule {
        let open = self.open.take().ok_or("no item is open")?;
        open.close(data)?;
        let last = self.done.last();
        rule(last.is_none_or(|item| item["status"] != "incomplete"), || {
            "an item follows an incomplete one".into()
        })?;
        self.done.push(data["item"].clone());
        Ok(())
    }

    fn terminal(&mut self, name: &str, response: &Value) -> Rule {
        rule(self.open.is_none(), || "an item is still open".into())?;
        rule(response["id"].as_str() == self.id.as_deref(), || "the id changed".into())?;
        let status = name.strip_prefix("response.").unwrap_or(name);
        rule(response["status"] == status, || format!("status {}", response["status"]))?;
        check_response(response)?;
        rule(response["output"] == Value::Array(self.done.clone()), || {
            format!("output is {}, the items were {:?}", response["output"], self.done)
        })?;
        rule((self.errors > 0) == (status == "failed"), || {
            format!("{} error events before {name}", self.errors)
        })?;
        self.terminal = Some(response.clone());
        Ok(())
    }
}

/// An error event has the flat shape and the nested one, because clients read either.
fn check_error_event(data: &Value) -> Rule {
    for shape in [data, &data["error"]] {
        for key in ["code", "message", "param"] {
            rule(shape.get(key).is_some(), || format!("an error needs {key}: {data}"))?;
        }
        rule(shape["message"].as_str().is_some_and(|text| !text.is_empty()), || {
            format!("an error needs a message: {data}")
        })?;
    }
    rule(data["error"]["type"].is_string(), || format!("an error needs a type: {data}"))
}

/// Checks a response object by itself: of any status, streamed or not.
///
/// # Errors
/// The rule that is broken.
pub fn check_response(response: &Value) -> Result<(), String> {
    serde_json::from_value::<Response>(response.clone())
        .map_err(|error| format!("async-openai does not read the response: {error}: {response}"))?;
    for key in KEYS {
        rule(response.get(key).is_some(), || format!("the response has no {key}"))?;
    }
    rule(response["object"] == "response", || format!("object is {}", response["object"]))?;
    rule(response["created_at"].is_i64(), || "created_at is not a whole number".into())?;
    let status = response["status"].as_str().unwrap_or_default();
    let known = ["in_progress", "completed", "incomplete", "failed"];
    rule(known.contains(&status), || format!("status {status:?}"))?;
    let only_when = |key: &str, wanted: &str| {
        rule(response[key].is_null() != (status == wanted), || {
            format!("{key} is {} in a response that is {status}", response[key])
        })
    };
    only_when("incomplete_details", "incomplete")?;
    only_when("error", "failed")?;
    only_when("completed_at", "completed")?;
    check_output(status, response["output"].as_array().ok_or("output is no array")?)?;
    match status {
        "in_progress" | "failed" if response["usage"].is_null() => Ok(()),
        _ => check_usage(&response["usage"], &response["output"]),
    }
}

fn check_output(status: &str, output: &[Value]) -> Rule {
    let mut ids = HashSet::new();
    for (index, item) in output.iter().enumerate() {
        let id = item["id"].as_str().ok_or("an item has no id")?;
        rule(ids.insert(id), || format!("id {id} is used twice"))?;
        open::check_item(item).map_err(|error| format!("output[{index}]: {error}"))?;
        let complete = item["status"] == "completed";
        let last = index + 1 == output.len();
        rule(complete || (last && status != "completed"), || {
            format!("output[{index}] is {} in a response that is {status}", item["status"])
        })?;
    }
    Ok(())
}

fn check_usage(usage: &Value, output: &Value) -> Rule {
    let number = |pointer: &str| {
        usage.pointer(pointer).and_then(Value::as_u64).ok_or(format!("usage has no {pointer}"))
    };
    let input = number("/input_tokens")?;
    let generated = number("/output_tokens")?;
    let cached = number("/input_tokens_details/cached_tokens")?;
    let reasoning = number("/output_tokens_details/reasoning_tokens")?;
    rule(number("/total_tokens")? == input + generated, || format!("total of {usage}"))?;
    rule(input > 0, || "no input tokens".into())?;
    rule(cached <= input && reasoning <= generated, || format!("parts exceed wholes: {usage}"))?;
    let reasoned = output.as_array().into_iter().flatten().any(|item| {
        let text = item.pointer("/content/0/text").and_then(Value::as_str);
        item["type"] == "reasoning" && text.is_some_and(|text| !text.is_empty())
    });
    rule(!reasoned || reasoning > 0, || "reasoning without reasoning tokens".into())
}

#[cfg(test)]
mod tests;
