//! One line of a recording: JSON as written, then checked and encoded.

use std::time::Duration;

use gpt_oss_harmony::{Tokenizer, token};
use serde::Deserialize;

/// A recording cannot be used; the message names file, line and reason.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct RecordingError(pub String);

/// A line as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    /// Speaks only for prompts in which this text occurs; absent fits all.
    prompt_contains: Option<String>,
    /// Harmony text with special tokens written out, from after `<|start|>assistant`.
    completion: Option<String>,
    /// Ids in place of `completion`: for what text cannot say, such as a character cut in two.
    tokens: Option<Vec<u32>>,
    /// Pause before each token, in milliseconds.
    interval_ms: Option<u64>,
    /// After the tokens the job fails with this message, as after a device error.
    fail: Option<String>,
    /// The job is refused at the door.
    refuse: Option<Refusal>,
}

/// How a line refuses its job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Refusal {
    /// As when too many jobs wait.
    QueueFull,
    /// As when the engine has stopped.
    Stopped,
}

/// A line ready to speak.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) prompt_contains: Option<String>,
    pub(super) tokens: Vec<u32>,
    pub(super) interval: Option<Duration>,
    pub(super) fail: Option<String>,
    pub(super) refuse: Option<Refusal>,
}

impl Entry {
    /// Reads one line of JSON; the error is a reason without the line's number.
    pub(super) fn parse(text: &str, tokenizer: &Tokenizer) -> Result<Self, String> {
        let line: Line = serde_json::from_str(text).map_err(|error| reason(&error))?;
        let tokens = match (line.completion, line.tokens) {
            (Some(text), None) => tokenizer.encode_with_specials(&text),
            (None, Some(tokens)) => tokens,
            (None, None) if line.refuse.is_some() => Vec::new(),
            _ => return Err("give either `completion` (text) or `tokens` (ids)".into()),
        };
        if let Some(id) = tokens.iter().find(|&&id| id >= token::VOCABULARY) {
            return Err(format!("token {id} is outside the vocabulary of {}", token::VOCABULARY));
        }
        Ok(Self {
            prompt_contains: line.prompt_contains,
            tokens,
            interval: line.interval_ms.map(Duration::from_millis),
            fail: line.fail,
            refuse: line.refuse,
        })
    }
}

/// serde_json's sentence with the column alone: within a recording its line is always 1.
fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let text = text.split(" at line ").next().unwrap_or_default();
    format!("{text} (column {})", error.column())
}
