//! One item → one Harmony message, or none.

use std::collections::HashMap;

use gpt_oss_harmony::{Author, Channel, ContentType, DeveloperContent, Message, Role};
use serde_json::json;

use super::Entry;
use crate::app::UnsupportedInput;
use crate::callable::Callables;
use crate::error::ApiError;
use crate::wire::input::{self, Call, CallForm, CallOutput, Item, Part};
use crate::wire::node::clip;

/// Items → messages, remembering the calls that outputs may answer.
pub(super) struct Writer<'a> {
    callables: &'a Callables,
    /// Call id → recipient.
    calls: HashMap<String, String>,
}

impl<'a> Writer<'a> {
    pub(super) fn new(callables: &'a Callables) -> Self {
        Self { callables, calls: HashMap::new() }
    }

    /// `None` for what the model is not shown.
    pub(super) fn message(&mut self, entry: Entry) -> Result<Option<Message>, ApiError> {
        let Entry { item, tokens, policy } = entry;
        let message = match item {
            Item::Message(message) => said(message, policy)?,
            Item::Reasoning(text) => {
                text.map(|text| Message::text(Role::Assistant, text).on(Channel::Analysis))
            }
            Item::Call(call) => Some(self.call(call)),
            Item::CallOutput(output) => Some(self.output(output)?),
            Item::Dropped(kind) => {
                tracing::debug!(kind, "an item of this type is not shown to the model");
                None
            }
            Item::AdditionalTools(_) | Item::Reference { .. } => None,
        };
        Ok(message.map(|message| Message { tokens, ..message }))
    }

    fn call(&mut self, call: Call) -> Message {
        let recipient = self.callables.recipient(&call.name, call.namespace.as_deref());
        let arguments = match call.form {
            CallForm::Function => call.arguments,
            CallForm::Custom => json!({"input": call.arguments}).to_string(),
        };
        self.calls.insert(call.call_id, recipient.clone());
        let content_type = Some(ContentType { name: "json".into(), constrained: true });
        let message = Message::text(Role::Assistant, arguments).on(Channel::Commentary);
        Message { content_type, ..message.to(recipient) }
    }

    fn output(&self, output: CallOutput) -> Result<Message, ApiError> {
        let Some(recipient) = self.calls.get(&output.call_id) else {
            let id = clip(&output.call_id);
            let message =
                format!("No tool call found for function call output with call_id '{id}'.");
            return Err(ApiError::invalid_value(format!("{}.call_id", output.path), message));
        };
        // A picture in a tool's output is no mistake of the request: refusing it would end an agent's session.
        let text = text(output.parts, UnsupportedInput::Placeholder)?;
        let author = Author::tool(recipient.clone());
        let message = Message::text(Role::Tool, text).on(Channel::Commentary).to("assistant");
        Ok(Message { author, ..message })
    }
}

/// `None` for an assistant that said nothing: it was not heard.
fn said(message: input::Message, policy: UnsupportedInput) -> Result<Option<Message>, ApiError> {
    let text = text(message.parts, policy)?;
    let message = match message.role {
        input::Role::User => Message::text(Role::User, text),
        input::Role::System | input::Role::Developer => {
            let instructions = Some(text);
            Message::developer(DeveloperContent { instructions, ..DeveloperContent::default() })
        }
        input::Role::Assistant if text.is_empty() => return Ok(None),
        input::Role::Assistant if message.preamble => {
            Message::text(Role::Assistant, text).on(Channel::Commentary)
        }
        input::Role::Assistant => Message::text(Role::Assistant, text).on(Channel::Final),
    };
    Ok(Some(message))
}

/// The text of content parts, a line each.
///
/// # Errors
/// 400 at the first part that is no text, where `policy` says so.
pub(super) fn text(parts: Vec<Part>, policy: UnsupportedInput) -> Result<String, ApiError> {
    let read = |part| match part {
        Part::Text(text) => Ok(text),
        Part::Unreadable { what, .. } if policy == UnsupportedInput::Placeholder => {
            Ok(format!("[{what} omitted: this model reads only text]"))
        }
        Part::Unreadable { what, path } => {
            let message = format!("This model reads only text, but '{path}' says {what}.");
            Err(ApiError::unsupported(path, message))
        }
    };
    Ok(parts.into_iter().map(read).collect::<Result<Vec<_>, _>>()?.join("\n"))
}
