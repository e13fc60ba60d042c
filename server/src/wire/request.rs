//! The body of `POST /v1/responses`: names, types and ranges. What the fields mean together is decided in [`crate::request`].

mod format;
mod sampling;

use serde_json::{Map, Value};

pub use format::Format;
pub use sampling::Sampling;

use super::input::Item;
use super::node::{Node, clip};
use super::tool::{MAX_TOOLS, Tool, ToolChoice};
use crate::error::ApiError;

/// Items of `input` at most.
pub const MAX_INPUT_ITEMS: usize = 10_000;
/// Pairs of `metadata` at most, and letters of a key and of a value.
const METADATA: (usize, usize, usize) = (16, 64, 512);
/// The body, read. `None` is absent or null.
#[derive(Clone, Debug, Default)]
pub struct CreateResponse {
    /// As the client wrote it.
    pub model: Option<String>,
    /// `None` only beside a previous response.
    pub input: Option<Vec<InputItem>>,
    /// For the developer message of this response alone.
    pub instructions: Option<String>,
    /// How to answer and what to keep.
    pub mode: Mode,
    /// Read, and as the response repeats them.
    pub tools: Vec<(Tool, Value)>,
    /// Read, and as the response repeats it.
    pub tool_choice: Option<(ToolChoice, Value)>,
    /// `text.format`.
    pub format: Option<Format>,
    /// `text.verbosity`.
    pub verbosity: Option<&'static str>,
    /// `reasoning.effort` and `reasoning.summary`.
    pub reasoning: (Option<&'static str>, Option<&'static str>),
    /// Numbers that steer the sampler.
    pub sampling: Sampling,
    /// Tokens to generate at most.
    pub max_output_tokens: Option<i64>,
    /// Calls of built-in tools at most; repeated only.
    pub max_tool_calls: Option<i64>,
    /// Continue this response.
    pub previous_response_id: Option<String>,
    /// Values of `include`.
    pub include: Vec<&'static str>,
    /// Checked pairs.
    pub metadata: Map<String, Value>,
    /// `auto` or `disabled`.
    pub truncation: Option<&'static str>,
    /// Repeated only.
    pub labels: Labels,
}

/// Booleans of the request, each with its default filled in where it has no meaning of its own.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "four independent switches of the API")]
pub struct Mode {
    /// Answer by events.
    pub stream: bool,
    /// Keep the response.
    pub store: Option<bool>,
    /// Repeated only: the model calls one tool a turn.
    pub parallel_tool_calls: Option<bool>,
    /// A `conversation` was named.
    pub conversation: bool,
    /// Answer later.
    pub background: bool,
}

/// Texts that the response repeats.
#[derive(Clone, Debug, Default)]
#[expect(missing_docs, reason = "the API's own names")]
pub struct Labels {
    pub user: Option<String>,
    pub safety_identifier: Option<String>,
    pub prompt_cache_key: Option<String>,
}

/// An item as read, and as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct InputItem {
    /// What the conversation needs.
    pub item: Item,
    /// What the client sent.
    pub raw: Value,
}

/// `include` values that OpenAI defines.
const INCLUDE: [&str; 8] = [
    "reasoning.encrypted_content",
    "message.output_text.logprobs",
    "file_search_call.results",
    "web_search_call.results",
    "web_search_call.action.sources",
    "message.input_image.image_url",
    "computer_call_output.output.image_url",
    "code_interpreter_call.outputs",
];

/// Keys that are read here or accepted without effect, so that only surprises are logged.
const KNOWN: [&str; 44] = [
    "model",
    "input",
    "instructions",
    "stream",
    "stream_options",
    "tools",
    "tool_choice",
    "parallel_tool_calls",
    "text",
    "reasoning",
    "max_output_tokens",
    "max_tool_calls",
    "temperature",
    "top_p",
    "top_logprobs",
    "presence_penalty",
    "frequency_penalty",
    "previous_response_id",
    "conversation",
    "store",
    "background",
    "background_options",
    "include",
    "metadata",
    "truncation",
    "prompt_cache_key",
    "prompt_cache_options",
    "prompt_cache_retention",
    "safety_identifier",
    "user",
    "service_tier",
    "prompt",
    "context_management",
    "moderation",
    "access_programs",
    "image",
    "client_metadata",
    "seed",
    "stop",
    "top_k",
    "min_p",
    "repetition_penalty",
    "personality",
    "generate",
];

impl CreateResponse {
    /// Reads a body.
    ///
    /// # Errors
    /// 400 at the first thing that is wrong.
    pub fn parse(body: &Value) -> Result<Self, ApiError> {
        let node = Node::root(body);
        for key in node.object()?.keys().filter(|key| !KNOWN.contains(&key.as_str())) {
            tracing::debug!(key = %clip(key), "unknown parameter ignored");
        }
        refuse_templates(&node)?;
        let text = node.get("text");
        let format = text.as_ref().and_then(|text| text.get("format"));
        let choice =
            |choice: Node<'_>| ToolChoice::parse(&choice).map(|read| (read, choice.value.clone()));
        Ok(Self {
            model: node.opt_str("model")?,
            input: node.get("input").map(|input| parse_input(&input)).transpose()?,
            instructions: node.opt_str("instructions")?,
            mode: Mode::parse(&node)?,
            tools: parse_tools(&node)?,
            tool_choice: node.get("tool_choice").map(choice).transpose()?,
            format: format.map(|format| Format::parse(&format)).transpose()?.flatten(),
            verbosity: parse_word(text.as_ref(), "verbosity", &["low", "medium", "high"])?,
            reasoning: parse_reasoning(&node)?,
            sampling: Sampling::parse(&node)?,
            max_output_tokens: parse_limit(&node, "max_output_tokens")?,
            max_tool_calls: parse_limit(&node, "max_tool_calls")?,
            previous_response_id: node.opt_str("previous_response_id")?,
            include: parse_include(&node)?,
            metadata: parse_metadata(&node)?,
            truncation: parse_word(Some(&node), "truncation", &["auto", "disabled"])?,
            labels: Labels {
                user: node.opt_str("user")?,
                safety_identifier: node.opt_str("safety_identifier")?,
                prompt_cache_key: node.opt_str("prompt_cache_key")?,
            },
        })
    }
}

fn refuse_templates(node: &Node<'_>) -> Result<(), ApiError> {
    if let Some(prompt) = node.get("prompt") {
        return Err(prompt.unsupported("prompt templates are not supported by this server"));
    }
    let Some(management) = node.get("context_management") else { return Ok(()) };
    for entry in management.elements(16)? {
        entry.require("type")?.one_of(&["compaction"])?;
        tracing::debug!("context_management ignored");
    }
    Ok(())
}

fn parse_word(
    node: Option<&Node<'_>>,
    key: &str,
    words: &[&'static str],
) -> Result<Option<&'static str>, ApiError> {
    node.and_then(|node| node.get(key)).map(|node| node.one_of(words)).transpose()
}

fn parse_limit(node: &Node<'_>, key: &str) -> Result<Option<i64>, ApiError> {
    let limit = node.get(key).map(|node| node.integer(1, i64::MAX)).transpose()?;
    // Clients read the echo into 32 bits, and no model speaks that long.
    Ok(limit.map(|limit| limit.min(i64::from(i32::MAX))))
}

fn parse_input(node: &Node<'_>) -> Result<Vec<InputItem>, ApiError> {
    if let Some(text) = node.value.as_str() {
        let raw = serde_json::json!({"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]});
        let item = Item::parse(&Node { value: &raw, path: node.path.clone() })?;
        return Ok(vec![InputItem { item, raw }]);
    }
    if !node.value.is_array() {
        return Err(node.wrong_type("a string or an array of items"));
    }
    let read =
        |node: Node<'_>| Ok(InputItem { item: Item::parse(&node)?, raw: node.value.clone() });
    node.elements(MAX_INPUT_ITEMS)?.map(read).collect()
}

fn parse_tools(node: &Node<'_>) -> Result<Vec<(Tool, Value)>, ApiError> {
    let Some(tools) = node.get("tools") else { return Ok(Vec::new()) };
    let read = |tool: Node<'_>| Ok((Tool::parse(&tool)?, Tool::echo(&tool)));
    let parsed: Vec<_> = tools.elements(MAX_TOOLS)?.map(read).collect::<Result<_, ApiError>>()?;
    let count: usize = parsed.iter().map(|(tool, _)| tool.count()).sum();
    if count > MAX_TOOLS {
        return Err(tools.invalid(format!("{count} tools, at most {MAX_TOOLS} are allowed")));
    }
    Ok(parsed)
}

fn parse_reasoning(
    node: &Node<'_>,
) -> Result<(Option<&'static str>, Option<&'static str>), ApiError> {
    const EFFORTS: [&str; 7] = ["none", "minimal", "low", "medium", "high", "xhigh", "max"];
    const SUMMARIES: [&str; 3] = ["auto", "concise", "detailed"];
    let reasoning = node.get("reasoning");
    if let Some(reasoning) = &reasoning {
        reasoning.object()?;
    }
    let summary = parse_word(reasoning.as_ref(), "summary", &SUMMARIES)?;
    let deprecated = parse_word(reasoning.as_ref(), "generate_summary", &SUMMARIES)?;
    Ok((parse_word(reasoning.as_ref(), "effort", &EFFORTS)?, summary.or(deprecated)))
}

fn parse_include(node: &Node<'_>) -> Result<Vec<&'static str>, ApiError> {
    let Some(include) = node.get("include") else { return Ok(Vec::new()) };
    include.elements(64)?.map(|value| value.one_of(&INCLUDE)).collect()
}

fn parse_metadata(node: &Node<'_>) -> Result<Map<String, Value>, ApiError> {
    let Some(metadata) = node.get("metadata") else { return Ok(Map::new()) };
    let (pairs, longest_key, longest_value) = METADATA;
    let object = metadata.object()?;
    if object.len() > pairs {
        return Err(
            metadata.invalid(format!("{} pairs, at most {pairs} are allowed", object.len()))
        );
    }
    for (key, value) in object {
        let pair = Node { value, path: metadata.path_of(&clip(key)) };
        if key.chars().count() > longest_key {
            return Err(pair.invalid(format!("a key has at most {longest_key} letters")));
        }
        if pair.str()?.chars().count() > longest_value {
            return Err(pair.invalid(format!("a value has at most {longest_value} letters")));
        }
    }
    Ok(object.clone())
}

impl Mode {
    fn parse(node: &Node<'_>) -> Result<Self, ApiError> {
        Ok(Self {
            stream: node.opt_bool("stream")?.unwrap_or(false),
            store: node.opt_bool("store")?,
            parallel_tool_calls: node.opt_bool("parallel_tool_calls")?,
            conversation: node.get("conversation").is_some(),
            background: node.opt_bool("background")?.unwrap_or(false),
        })
    }
}
