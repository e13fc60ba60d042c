//! What the parser says while a turn is generated.
//!
//! For every message: one [`Event::Start`], any number of [`Event::Delta`], one [`Event::End`]. The deltas of a message joined are
//! its content; no event repeats earlier text. [`Event::Repair`] may stand anywhere and says which malformation was mended.

use serde::Serialize;

use crate::message::{Author, Channel, ContentType, Message};

/// One step of a turn.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// A header is complete.
    Start(Header),
    /// More content of the open message; never empty, always whole characters.
    Delta {
        /// The new text.
        text: String,
    },
    /// The open message is complete.
    End(End),
    /// The model broke the format here and this is how it was read.
    Repair {
        /// Which malformation.
        repair: Repair,
    },
}

/// A header as understood after repairs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Header {
    /// The assistant, unless the model invents another speaker.
    pub author: Author,
    /// `None` only for other authors than the assistant.
    pub channel: Option<Channel>,
    /// `functions.f`, `python`, `browser.search`; `None` is everyone.
    pub recipient: Option<String>,
    /// `json`, `code`.
    pub content_type: Option<ContentType>,
}

/// How a message ended, and what it was made of.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct End {
    /// What closed it.
    pub stop: Stop,
    /// The whole message with its text, and in `tokens` the ids from `<|start|>` to the end token.
    pub message: Message,
}

/// What closed a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stop {
    /// `<|end|>`.
    End,
    /// `<|return|>`, or `<|endoftext|>`.
    Return,
    /// `<|call|>`.
    Call,
    /// The next message began without an end token.
    Next,
    /// The tokens ran out: a limit, a cancellation.
    Cut,
}

/// A malformation that the parser mended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Repair {
    /// Text where a header was due, read as content.
    MissingHeader,
}
