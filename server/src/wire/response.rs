//! The response object and its items, as they are written.

use serde::Serialize;
use serde_json::{Map, Value};

/// `object: "response"`. Every key is always written; absent values are null.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "the API's own names")]
#[expect(clippy::struct_excessive_bools, reason = "the API's own shape")]
pub struct Response {
    pub id: String,
    pub object: &'static str,
    /// Unix seconds.
    pub created_at: i64,
    /// Unix seconds; only of a completed response.
    pub completed_at: Option<i64>,
    pub status: ResponseStatus,
    pub background: bool,
    pub error: Option<ResponseError>,
    pub incomplete_details: Option<IncompleteDetails>,
    pub instructions: Option<String>,
    pub max_output_tokens: Option<i64>,
    pub max_tool_calls: Option<i64>,
    pub model: String,
    pub output: Vec<OutputItem>,
    pub parallel_tool_calls: bool,
    pub previous_response_id: Option<String>,
    pub prompt_cache_key: Option<String>,
    pub reasoning: Reasoning,
    pub safety_identifier: Option<String>,
    pub service_tier: &'static str,
    pub store: bool,
    pub temperature: f64,
    pub text: Text,
    pub tool_choice: Value,
    pub tools: Vec<Value>,
    pub top_logprobs: i64,
    pub top_p: f64,
    pub presence_penalty: f64,
    pub frequency_penalty: f64,
    pub truncation: &'static str,
    pub usage: Option<Usage>,
    pub user: Option<String>,
    pub metadata: Map<String, Value>,
}

/// Where a response stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the API's own names")]
pub enum ResponseStatus {
    InProgress,
    Completed,
    Incomplete,
    Failed,
}

/// Where an item stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the API's own names")]
pub enum ItemStatus {
    InProgress,
    Completed,
    Incomplete,
}

/// Why a response failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ResponseError {
    /// `server_error`, `recording_exhausted`, …
    pub code: &'static str,
    /// For people.
    pub message: String,
}

/// Why a response is incomplete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct IncompleteDetails {
    /// `max_output_tokens`
    pub reason: &'static str,
}

/// What was asked of the reasoning, as far as it had effect.
#[derive(Clone, Debug, Serialize)]
pub struct Reasoning {
    /// The effective effort: `low`, `medium` or `high`.
    pub effort: &'static str,
    /// As asked; no summary is written.
    pub summary: Option<&'static str>,
}

/// What was asked of the text.
#[derive(Clone, Debug, Serialize)]
pub struct Text {
    /// With all keys of its type.
    pub format: Value,
    /// `medium` unless asked otherwise; without effect.
    pub verbosity: &'static str,
}

/// Tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the API's own names")]
pub struct Usage {
    pub input_tokens: usize,
    pub input_tokens_details: InputTokensDetails,
    pub output_tokens: usize,
    pub output_tokens_details: OutputTokensDetails,
    pub total_tokens: usize,
}

/// Of the input tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct InputTokensDetails {
    /// Found in the prefix cache.
    pub cached_tokens: usize,
    /// Always 0: writing to the cache costs nothing here.
    pub cache_write_tokens: usize,
}

/// Of the output tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct OutputTokensDetails {
    /// Of the analysis channel.
    pub reasoning_tokens: usize,
}

/// One item of `output`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum OutputItem {
    /// The chain of thought.
    Reasoning(ReasoningItem),
    /// Something said to the user.
    Message(MessageItem),
    /// A call that the client answers.
    FunctionCall(FunctionCallItem),
    /// A call of a tool that takes free text.
    CustomToolCall(CustomToolCallItem),
}

/// A `reasoning` item.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReasoningItem {
    /// `rs_…`
    pub id: String,
    /// Always empty: no summariser is configured.
    pub summary: [Value; 0],
    /// One part once it is begun.
    pub content: Vec<Part>,
    /// See [`ItemStatus`].
    pub status: ItemStatus,
}

/// A `message` item.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MessageItem {
    /// `msg_…`
    pub id: String,
    /// See [`ItemStatus`].
    pub status: ItemStatus,
    /// Always `assistant`.
    pub role: &'static str,
    /// A preamble, or the answer.
    pub phase: Phase,
    /// One part once it is begun.
    pub content: Vec<Part>,
}

/// Which of the model's two ways of talking to the user it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Before tool calls.
    Commentary,
    /// The answer.
    FinalAnswer,
}

/// A `function_call` item.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FunctionCallItem {
    /// `fc_…`
    pub id: String,
    /// `call_…`, by which the output answers.
    pub call_id: String,
    /// Without its namespace.
    pub name: String,
    /// Of a tool inside a namespace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// What the model wrote, valid JSON or not.
    pub arguments: String,
    /// See [`ItemStatus`].
    pub status: ItemStatus,
}

/// A `custom_tool_call` item.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CustomToolCallItem {
    /// `ctc_…`
    pub id: String,
    /// `call_…`, by which the output answers.
    pub call_id: String,
    /// Without its namespace.
    pub name: String,
    /// Of a tool inside a namespace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// The free text.
    pub input: String,
    /// See [`ItemStatus`].
    pub status: ItemStatus,
}

/// A content part.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Part {
    /// Of a reasoning item.
    ReasoningText {
        /// What was thought.
        text: String,
    },
    /// Of a message.
    OutputText {
        /// What was said.
        text: String,
        /// Always there; filled by the browser tool.
        annotations: [Value; 0],
        /// Always there; empty unless asked for.
        logprobs: Vec<TokenLogprob>,
    },
}

/// A token's log-probability.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TokenLogprob {
    /// Its text, with U+FFFD for incomplete characters.
    pub token: String,
    /// Its exact bytes.
    pub bytes: Vec<u8>,
    /// ln p
    pub logprob: f32,
    /// The most probable tokens at its position.
    pub top_logprobs: Vec<TopLogprob>,
}

/// One of the most probable tokens.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TopLogprob {
    /// Its text, with U+FFFD for incomplete characters.
    pub token: String,
    /// Its exact bytes.
    pub bytes: Vec<u8>,
    /// ln p
    pub logprob: f32,
}

impl Part {
    /// An `output_text` part.
    pub fn output_text(text: String, logprobs: Vec<TokenLogprob>) -> Self {
        Self::OutputText { text, annotations: [], logprobs }
    }

    /// Of either kind.
    pub fn text(&self) -> &str {
        match self {
            Self::ReasoningText { text } | Self::OutputText { text, .. } => text,
        }
    }

    /// Of a message; reasoning has none.
    pub fn logprobs(&self) -> &[TokenLogprob] {
        match self {
            Self::ReasoningText { .. } => &[],
            Self::OutputText { logprobs, .. } => logprobs,
        }
    }
}

impl OutputItem {
    /// Of whatever type.
    pub fn id(&self) -> &str {
        match self {
            Self::Reasoning(item) => &item.id,
            Self::Message(item) => &item.id,
            Self::FunctionCall(item) => &item.id,
            Self::CustomToolCall(item) => &item.id,
        }
    }
}
