//! A header while it arrives.

use crate::token::{CHANNEL, CONSTRAIN};
use crate::tokenizer::Utf8Decoder;

/// Bytes that make no sense in a header, after which they are taken for content whose `<|message|>` is missing. Until then they are
/// held back, because `<|message|>` may still come and make them a mistake inside the header.
pub(super) const PATIENCE: usize = 64;
/// Bytes of text after which any header is taken for complete.
const LIMIT: usize = 320;
/// Parts that a header keeps; older ones are forgotten.
const SECTIONS: usize = 16;

/// What stood before the header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Opened {
    /// The prompt's `<|start|>assistant`.
    Prompt,
    /// `<|start|>`.
    Start,
    /// An end token, nothing else.
    Nothing,
}

/// What stands before a part of the header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Marker {
    /// Nothing: the role, or what follows it.
    Role,
    /// `<|channel|>`.
    Channel,
    /// `<|constrain|>`.
    Constrain,
}

/// Text up to the next control token.
#[derive(Debug)]
pub(super) struct Section {
    pub(super) marker: Marker,
    pub(super) text: String,
}

/// The parts of a header so far, at least the first.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) opened: Opened,
    pub(super) tokens: Vec<u32>,
    pub(super) sections: Vec<Section>,
    pub(super) decoder: Utf8Decoder,
}

impl Draft {
    /// A header without a word yet, whose message has `tokens` so far.
    pub(super) fn new(opened: Opened, tokens: Vec<u32>) -> Self {
        let sections = vec![Section { marker: Marker::Role, text: String::new() }];
        Self { opened, tokens, sections, decoder: Utf8Decoder::default() }
    }

    /// Adds the bytes of an ordinary token.
    pub(super) fn push(&mut self, id: u32, bytes: &[u8]) {
        self.tokens.push(id);
        if let Some(last) = self.sections.last_mut() {
            self.decoder.push(bytes, &mut last.text);
        }
    }

    /// Adds a control token after which no text of the section before it can come.
    pub(super) fn close_text(&mut self, id: u32) {
        self.tokens.push(id);
        if let Some(last) = self.sections.last_mut() {
            self.decoder.finish(&mut last.text);
        }
    }

    /// Adds `<|channel|>` or `<|constrain|>`.
    pub(super) fn mark(&mut self, id: u32) {
        debug_assert!(matches!(id, CHANNEL | CONSTRAIN));
        self.close_text(id);
        if self.sections.len() == SECTIONS {
            self.sections.remove(1);
        }
        let marker = if id == CHANNEL { Marker::Channel } else { Marker::Constrain };
        self.sections.push(Section { marker, text: String::new() });
    }

    /// Nothing but blanks has come.
    pub(super) fn is_empty(&self) -> bool {
        !self.is_marked() && self.sections.iter().all(|section| section.text.trim().is_empty())
    }

    /// A control token has come.
    pub(super) fn is_marked(&self) -> bool {
        self.sections.len() > 1
    }

    /// `content` is the one word that stands behind the last `<|channel|>`: a channel's name, whichever it is.
    pub(super) fn is_first_word_of_channel(&self, content: &str) -> bool {
        self.sections.last().is_some_and(|section| {
            section.marker == Marker::Channel
                && section.text.trim_start() == content
                && !content.contains(char::is_whitespace)
        })
    }

    /// Too long for a header.
    pub(super) fn is_full(&self) -> bool {
        self.sections.iter().map(|section| section.text.len()).sum::<usize>() > LIMIT
    }
}
