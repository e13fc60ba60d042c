//! One output item between `output_item.added` and `output_item.done`.

use serde_json::{Value, json};

use super::{Rule, rule};

/// What an open item has said so far.
pub(super) struct OpenItem {
    pub(super) id: String,
    kind: String,
    output_index: usize,
    part: Option<OpenPart>,
    /// The parts that are done.
    content: Vec<Value>,
    /// Arguments (or the input) of a call, joined from its deltas.
    arguments: String,
    arguments_done: bool,
    added: Value,
}

/// A content part that is not done.
struct OpenPart {
    kind: String,
    text: String,
    text_done: bool,
}

impl OpenItem {
    pub(super) fn new(output_index: usize, item: &Value) -> Result<Self, String> {
        let id = item["id"].as_str().filter(|id| !id.is_empty()).ok_or("an item needs an id")?;
        let kind = item["type"].as_str().ok_or("an item needs a type")?;
        let empty = match kind {
            "message" | "reasoning" => item["content"] == json!([]),
            "function_call" => {
                item["arguments"] == "" && item["name"] != "" && item["call_id"].is_string()
            }
            "custom_tool_call" => {
                item["input"] == "" && item["name"] != "" && item["call_id"].is_string()
            }
            _ => return Err(format!("unknown item type {kind}")),
        };
        rule(empty, || format!("an added item is empty and has its names: {item}"))?;
        rule(item["status"] == "in_progress", || format!("status {}", item["status"]))?;
        Ok(Self {
            id: id.to_owned(),
            kind: kind.to_owned(),
            output_index,
            part: None,
            content: Vec::new(),
            arguments: String::new(),
            arguments_done: false,
            added: item.clone(),
        })
    }

    /// An event between added and done.
    pub(super) fn event(&mut self, name: &str, data: &Value) -> Rule {
        rule(data["item_id"] == self.id.as_str(), || format!("item_id {}", data["item_id"]))?;
        rule(data["output_index"] == self.output_index, || "wrong output_index".into())?;
        match self.kind.as_str() {
            "function_call" => return self.arguments("arguments", name, data),
            "custom_tool_call" => return self.arguments("input", name, data),
            _ => {}
        }
        rule(data["content_index"] == self.content.len(), || "wrong content_index".into())?;
        let (text, part) = match self.kind.as_str() {
            "reasoning" => ("response.reasoning_text.", "reasoning_text"),
            "message" => ("response.output_text.", "output_text"),
            kind => return Err(format!("not an event of a {kind}")),
        };
        if let Some(step) = name.strip_prefix("response.content_part.") {
            rule(data["part"]["type"] == part, || format!("part {}", data["part"]))?;
            return self.part(step, &data["part"]);
        }
        let step = name.strip_prefix(text).ok_or_else(|| format!("not an event of a {part}"))?;
        self.text(step, data)
    }

    fn part(&mut self, step: &str, part: &Value) -> Rule {
        match (step, self.part.take()) {
            ("added", None) => {
                rule(part["text"] == "", || "an added part is empty".into())?;
                check_part(part)?;
                let kind = part["type"].as_str().unwrap_or_default().to_owned();
                self.part = Some(OpenPart { kind, text: String::new(), text_done: false });
                Ok(())
            }
            ("done", Some(open)) => {
                check_part(part)?;
                rule(open.text_done, || "the text is not done".into())?;
                rule(part["type"] == open.kind.as_str(), || "the part's type changed".into())?;
                rule(part["text"] == open.text.as_str(), || {
                    "the text differs from its deltas".into()
                })?;
                self.content.push(part.clone());
                Ok(())
            }
            (step, _) => Err(format!("content_part.{step} at the wrong place")),
        }
    }

    fn text(&mut self, step: &str, data: &Value) -> Rule {
        let part = self.part.as_mut().ok_or("no part is open")?;
        rule(!part.text_done, || "the text was done".into())?;
        if self.kind == "message" {
            rule(data["logprobs"].is_array(), || "logprobs is no array".into())?;
        }
        match step {
            "delta" => {
                let delta = data["delta"].as_str().ok_or("a delta needs text")?;
                rule(!delta.is_empty(), || "an empty delta".into())?;
                part.text.push_str(delta);
                Ok(())
            }
            "done" => {
                part.text_done = true;
                let same = data["text"] == part.text.as_str();
                rule(same, || format!("done {} differs from the deltas", data["text"]))
            }
            _ => Err(format!("unknown step {step}")),
        }
    }

    /// An event of a call; `key` is what the whole text is called.
    fn arguments(&mut self, key: &str, name: &str, data: &Value) -> Rule {
        rule(!self.arguments_done, || format!("the {key} was done"))?;
        match name {
            "response.function_call_arguments.delta" | "response.custom_tool_call_input.delta" => {
                let delta = data["delta"].as_str().ok_or("a delta needs text")?;
                rule(!delta.is_empty(), || "an empty delta".into())?;
                self.arguments.push_str(delta);
                Ok(())
            }
            "response.function_call_arguments.done" | "response.custom_tool_call_input.done" => {
                self.arguments_done = true;
                let named = self.kind != "function_call" || data["name"] == self.added["name"];
                rule(named, || "done without the name".into())?;
                let same = data[key] == self.arguments.as_str();
                rule(same, || format!("the {key} differs from its deltas"))
            }
            _ => Err(format!("not an event of a {}", self.kind)),
        }
    }

    /// The item's `output_item.done`.
    pub(super) fn close(self, data: &Value) -> Rule {
        let item = &data["item"];
        rule(data["output_index"] == self.output_index, || "wrong output_index".into())?;
        rule(self.part.is_none(), || "a part is open".into())?;
        for key in ["id", "type", "role", "name", "call_id", "phase"] {
            let changed = item.get(key) != self.added.get(key);
            rule(!changed, || format!("{key} changed to {}", item[key]))?;
        }
        let key = if self.kind == "custom_tool_call" { "input" } else { "arguments" };
        if self.kind.ends_with("_call") {
            rule(self.arguments_done, || format!("the {key} is not done"))?;
            let same = item[key] == self.arguments.as_str();
            rule(same, || format!("the {key} differs from its deltas"))?;
        } else {
            let same = item["content"] == Value::Array(self.content);
            rule(same, || "the content differs from its parts".into())?;
        }
        check_item(item)
    }
}

/// A finished item by itself.
pub(super) fn check_item(item: &Value) -> Rule {
    let status = item["status"].as_str().unwrap_or_default();
    rule(["in_progress", "completed", "incomplete"].contains(&status), || {
        format!("status {status}")
    })?;
    match item["type"].as_str().unwrap_or_default() {
        "message" => {
            rule(item["role"] == "assistant", || format!("role {}", item["role"]))?;
            let phase = item.get("phase");
            let known = phase.is_none_or(|phase| phase == "commentary" || phase == "final_answer");
            rule(known, || format!("phase {phase:?}"))?;
            item["content"].as_array().ok_or("content is no array")?.iter().try_for_each(check_part)
        }
        "reasoning" => {
            rule(item["summary"].is_array(), || "a reasoning item needs a summary".into())?;
            rule(item.get("encrypted_content").is_none_or(Value::is_string), || {
                "encrypted_content is left out, not null".into()
            })?;
            item["content"].as_array().ok_or("content is no array")?.iter().try_for_each(check_part)
        }
        kind @ ("function_call" | "custom_tool_call") => {
            let filled = |key: &str| item[key].as_str().is_some_and(|text| !text.is_empty());
            rule(filled("name") && filled("call_id"), || {
                format!("a call needs its names: {item}")
            })?;
            let key = if kind == "function_call" { "arguments" } else { "input" };
            rule(item[key].is_string(), || format!("the {key} is text"))
        }
        kind => Err(format!("unknown item type {kind:?}")),
    }
}

fn check_part(part: &Value) -> Rule {
    rule(part["text"].is_string(), || format!("a part needs text: {part}"))?;
    match part["type"].as_str().unwrap_or_default() {
        "reasoning_text" => Ok(()),
        "output_text" => {
            rule(part["annotations"].is_array() && part["logprobs"].is_array(), || {
                format!("annotations and logprobs are arrays: {part}")
            })
        }
        kind => Err(format!("unknown part type {kind:?}")),
    }
}
