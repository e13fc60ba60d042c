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

/// A malformation that the parser mended, named by the mistake. The numbers are threads in which users of other servers report it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Repair {
    /// Text where a header was due: read as content, on the final channel (openai/harmony #80, llama.cpp #25321).
    MissingHeader,
    /// A header without `<|start|>` after the end of the message before it: `<|end|>commentary to=…` (openai/harmony #60,
    /// vllm #22515, #50690). The assistant speaks on.
    MissingStart,
    /// `<|start|>` without a role behind it: the assistant (ollama #12187).
    MissingRole,
    /// `<|start|>assistant` although the prompt ended with it: skipped.
    RepeatedStart,
    /// No channel: commentary when the message has a recipient, else final.
    MissingChannel,
    /// A word that is no channel, or the beginning of one: as [`Repair::MissingChannel`], or the channel that was begun (llama.cpp #27720).
    UnknownChannel,
    /// The channel's name without `<|channel|>` before it: `assistantfinal<|message|>` (openai/harmony #60, llama.cpp #25321).
    UnmarkedChannel,
    /// More directly behind the channel's name: `commentaryto=functions.f`, `finalx`. The name counts (vllm #32587).
    GluedChannel,
    /// `<|channel|>` twice in a header: the last known channel counts (llama.cpp #27720).
    RepeatedChannel,
    /// `to=` twice in a header: the first counts (sglang PR #35299).
    RepeatedRecipient,
    /// Spaces around the `=` of `to=`.
    RecipientSpacing,
    /// A tool's name without `to=`: `commentary functions.f` (vllm PR #42454).
    LoneRecipient,
    /// A declared function without its namespace, or with one that is nearly right: `to=f`, `to=function.f` (vllm PR #42454, #25514).
    BareRecipient,
    /// Something that cannot belong to a name behind the recipient, such as a control token in letters: cut off (vllm #32587, ollama #11704).
    PollutedRecipient,
    /// The content type or channel directly behind a declared function's name: `to=functions.fjson` (ollama #12132).
    GluedContentType,
    /// A message of the assistant to itself or to the user: to everyone (llama.cpp PR #21286).
    SelfRecipient,
    /// A recipient that is not among the declared tools. Only reported when the parser was told which tools there are; the name stays
    /// (llama.cpp PR #20393, vllm #22403).
    UnknownRecipient,
    /// A call of a function on the analysis channel: still a call (omlx #2216, vllm PR #28139).
    CallOnAnalysis,
    /// A call on the final channel: still a call.
    CallOnFinal,
    /// No space, more than one, or one behind it, at `<|constrain|>` (openai/harmony #38, PR #114).
    ConstrainSpacing,
    /// Text in a header that means nothing there: skipped (openai/harmony #38, vllm #23567, #51977).
    HeaderJunk,
    /// A header with content behind it but no `<|message|>` between them: the content begins where the header stops making sense
    /// (openai/harmony PR #82).
    MissingMessage,
    /// A header that another one follows at once: skipped.
    AbandonedHeader,
    /// The tokens ran out inside a header; there is no message.
    CutHeader,
    /// An end token where a message was due: there is no message.
    EmptyMessage,
    /// `<|message|>` or `<|constrain|>` inside content: skipped.
    StrayMarker,
    /// `<|start|>` or `<|channel|>` inside content: ends the message (openai/harmony PR #82).
    MissingEnd,
    /// Blanks and header words between an end token and the next `<|start|>`, and all text behind the end of the turn: skipped
    /// (openai/harmony #60, vllm #22519).
    StrayText,
    /// An end token after an end token, such as `<|end|><|return|>`: skipped (openai/harmony #60).
    StrayEnd,
    /// A call that ends with `<|return|>` (sglang PR #10576).
    ReturnClosesCall,
    /// A call that ends with `<|end|>`.
    EndClosesCall,
    /// `<|call|>` behind a message to everyone.
    CallWithoutRecipient,
    /// The model speaks for someone else, for example invents a tool's output (openai/harmony #68).
    InventedSpeaker,
    /// Bytes that are not UTF-8: U+FFFD (openai/harmony PR #83, vllm #26480). Said once a message.
    InvalidUtf8,
    /// A special token without a meaning in Harmony: skipped.
    ReservedToken,
    /// An id that is not in the tokenizer: skipped.
    UnknownToken,
}
