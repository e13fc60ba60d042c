//! The events of a stream.

use serde::Serialize;

use super::response::{OutputItem, Part, Response, TokenLogprob};
use crate::error::ErrorBody;

/// An event with its number.
#[derive(Clone, Debug)]
pub struct Event {
    /// What happened.
    pub kind: EventKind,
    /// From 0, without gaps, in one response.
    pub sequence_number: u64,
}

/// What happened.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "type")]
pub enum EventKind {
    /// First.
    #[serde(rename = "response.created")]
    Created(Snapshot),
    /// Second, and again as a sign of life while nothing else is sent.
    #[serde(rename = "response.in_progress")]
    InProgress(Snapshot),
    /// An item begins; its text and arguments are empty.
    #[serde(rename = "response.output_item.added")]
    OutputItemAdded(ItemEvent),
    /// An item is complete (or will never be).
    #[serde(rename = "response.output_item.done")]
    OutputItemDone(ItemEvent),
    /// A content part begins.
    #[serde(rename = "response.content_part.added")]
    ContentPartAdded(PartEvent),
    /// A content part is complete.
    #[serde(rename = "response.content_part.done")]
    ContentPartDone(PartEvent),
    /// More reasoning.
    #[serde(rename = "response.reasoning_text.delta")]
    ReasoningTextDelta(Delta),
    /// All of a part's reasoning.
    #[serde(rename = "response.reasoning_text.done")]
    ReasoningTextDone(Done),
    /// More of a message.
    #[serde(rename = "response.output_text.delta")]
    OutputTextDelta(TextDelta),
    /// All of a message's part.
    #[serde(rename = "response.output_text.done")]
    OutputTextDone(TextDone),
    /// More arguments.
    #[serde(rename = "response.function_call_arguments.delta")]
    FunctionCallArgumentsDelta(InputDelta),
    /// All arguments.
    #[serde(rename = "response.function_call_arguments.done")]
    FunctionCallArgumentsDone(ArgumentsDone),
    /// More of a custom tool's input.
    #[serde(rename = "response.custom_tool_call_input.delta")]
    CustomToolCallInputDelta(InputDelta),
    /// All of a custom tool's input.
    #[serde(rename = "response.custom_tool_call_input.done")]
    CustomToolCallInputDone(InputDone),
    /// An error; `response.failed` follows.
    #[serde(rename = "error")]
    Error(ErrorEvent),
    /// Last: all went well.
    #[serde(rename = "response.completed")]
    Completed(Snapshot),
    /// Last: a limit was hit.
    #[serde(rename = "response.incomplete")]
    Incomplete(Snapshot),
    /// Last: it failed.
    #[serde(rename = "response.failed")]
    Failed(Snapshot),
}

/// The whole response as it stands.
#[derive(Clone, Debug, Serialize)]
pub struct Snapshot {
    /// The whole response.
    pub response: Box<Response>,
}

/// An item as it stands.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "the API's own names")]
pub struct ItemEvent {
    pub output_index: usize,
    pub item: OutputItem,
}

/// A content part as it stands.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "the API's own names")]
pub struct PartEvent {
    pub item_id: String,
    pub output_index: usize,
    pub content_index: usize,
    pub part: Part,
}

/// More reasoning.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "the API's own names")]
pub struct Delta {
    pub item_id: String,
    pub output_index: usize,
    pub content_index: usize,
    pub delta: String,
}

/// All reasoning of a part.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "the API's own names")]
pub struct Done {
    pub item_id: String,
    pub output_index: usize,
    pub content_index: usize,
    pub text: String,
}

/// More of a message.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "the API's own names")]
pub struct TextDelta {
    pub item_id: String,
    pub output_index: usize,
    pub content_index: usize,
    pub delta: String,
    pub logprobs: Vec<TokenLogprob>,
}

/// All of a message's part.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "the API's own names")]
pub struct TextDone {
    pub item_id: String,
    pub output_index: usize,
    pub content_index: usize,
    pub text: String,
    pub logprobs: Vec<TokenLogprob>,
}

/// More arguments, or more of a custom tool's input.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "the API's own names")]
pub struct InputDelta {
    pub item_id: String,
    pub output_index: usize,
    pub delta: String,
}

/// All arguments. Older SDKs require the name.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "the API's own names")]
pub struct ArgumentsDone {
    pub item_id: String,
    pub output_index: usize,
    pub name: String,
    pub arguments: String,
}

/// All of a custom tool's input.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "the API's own names")]
pub struct InputDone {
    pub item_id: String,
    pub output_index: usize,
    pub input: String,
}

/// An error in both shapes that clients look for: flat, and nested under `error`.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "the API's own names")]
pub struct ErrorEvent {
    pub code: &'static str,
    pub message: String,
    pub param: Option<String>,
    pub error: ErrorBody,
}

impl Event {
    /// Appends the event's JSON object to `bytes`. The number goes in behind the rest: that costs less than serde's flattening, and this
    /// runs for every token.
    ///
    /// # Panics
    /// Never: events are plain data.
    pub fn write_json(&self, bytes: &mut Vec<u8>) {
        serde_json::to_writer(&mut *bytes, &self.kind).expect("events are plain data");
        debug_assert_eq!(bytes.last(), Some(&b'}'));
        bytes.pop();
        bytes.extend_from_slice(b",\"sequence_number\":");
        serde_json::to_writer(&mut *bytes, &self.sequence_number).expect("a number is plain data");
        bytes.push(b'}');
    }
}

impl EventKind {
    /// The `type`, which is also the SSE event's name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Created(_) => "response.created",
            Self::InProgress(_) => "response.in_progress",
            Self::OutputItemAdded(_) => "response.output_item.added",
            Self::OutputItemDone(_) => "response.output_item.done",
            Self::ContentPartAdded(_) => "response.content_part.added",
            Self::ContentPartDone(_) => "response.content_part.done",
            Self::ReasoningTextDelta(_) => "response.reasoning_text.delta",
            Self::ReasoningTextDone(_) => "response.reasoning_text.done",
            Self::OutputTextDelta(_) => "response.output_text.delta",
            Self::OutputTextDone(_) => "response.output_text.done",
            Self::FunctionCallArgumentsDelta(_) => "response.function_call_arguments.delta",
            Self::FunctionCallArgumentsDone(_) => "response.function_call_arguments.done",
            Self::CustomToolCallInputDelta(_) => "response.custom_tool_call_input.delta",
            Self::CustomToolCallInputDone(_) => "response.custom_tool_call_input.done",
            Self::Error(_) => "error",
            Self::Completed(_) => "response.completed",
            Self::Incomplete(_) => "response.incomplete",
            Self::Failed(_) => "response.failed",
        }
    }

    /// Whether this event is the last of its stream.
    pub fn is_terminal(&self) -> bool {
        matches!(self, Self::Completed(_) | Self::Incomplete(_) | Self::Failed(_))
    }
}
