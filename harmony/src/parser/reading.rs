//! What a header means.
//!
//! Words are recognised one after the other: role, channel, `to=`, content type, tools' names. The first thing that means nothing is
//! where the content begins, if `<|message|>` turns out to be missing; if it comes, whatever means nothing is skipped.

mod resolve;

use super::draft::{Draft, Marker, Opened, Section};
use super::name::{self, Recipient};
use crate::event::{Header, Repair};
use crate::message::{Author, Channel, ContentType, Role};

/// What is known apart from the header.
#[derive(Debug)]
pub(super) struct Rules {
    /// Full names of the declared tools, if they are known.
    pub(super) tools: Option<Vec<String>>,
    pub(super) voices: Voices,
}

/// Who is expected to speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Voices {
    Assistant,
    All,
}

/// How a header ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// With `<|message|>`.
    Message,
    /// Without it, now or perhaps later.
    Missing,
}

/// A header as understood, and what had to be mended.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) header: Header,
    pub(super) repairs: Vec<Repair>,
    /// The text behind a header whose `<|message|>` is missing.
    pub(super) content: String,
    /// The header names its author itself.
    pub(super) role_written: bool,
}

impl Reading {
    /// Reads a header, whole or as far as it has come.
    pub(super) fn of(draft: &Draft, ending: Ending, rules: &Rules) -> Self {
        let mut reader = Reader::new(ending, rules.tools.as_deref());
        let mut before = "";
        for (at, section) in draft.sections.iter().enumerate() {
            let opened = if at == 0 { draft.opened } else { Opened::Prompt };
            let unknown = reader.section(section, opened);
            // Content can only begin in the last section: nothing else is content before a control token.
            let last = at + 1 == draft.sections.len();
            reader.skip_or_keep(
                unknown,
                section.marker,
                if last { ending } else { Ending::Message },
            );
            if section.marker == Marker::Constrain {
                reader.check_spacing(before, &section.text);
            }
            before = &section.text;
        }
        if draft.opened == Opened::Nothing {
            reader.note(Repair::MissingStart);
        }
        if draft.opened == Opened::Start && reader.author.is_none() {
            reader.note(Repair::MissingRole);
        }
        reader.finish(draft, rules.voices)
    }
}

struct Reader<'a> {
    ending: Ending,
    tools: Option<&'a [String]>,
    author: Option<Author>,
    channel: Option<Channel>,
    /// `<|channel|>` has come.
    marked: bool,
    /// The channel came without its marker, as a word of its own: perhaps it is one of the content (`final answer: 4`).
    loose_channel: bool,
    recipient: Option<Recipient>,
    content_type: Option<ContentType>,
    repairs: Vec<Repair>,
    /// Words without a meaning, which are skipped.
    junk: Vec<&'a str>,
    /// From the first thing without a meaning in the last section.
    content: &'a str,
}

impl<'a> Reader<'a> {
    fn new(ending: Ending, tools: Option<&'a [String]>) -> Self {
        Self {
            ending,
            tools,
            author: None,
            channel: None,
            marked: false,
            loose_channel: false,
            recipient: None,
            content_type: None,
            repairs: Vec::new(),
            junk: Vec::new(),
            content: "",
        }
    }

    fn note(&mut self, repair: Repair) {
        if !self.repairs.contains(&repair) {
            self.repairs.push(repair);
        }
    }

    /// Reads the beginning of a section, which its marker says the meaning of. Returns the rest.
    fn section(&mut self, section: &'a Section, opened: Opened) -> &'a str {
        let text = section.text.as_str();
        match section.marker {
            Marker::Role if opened == Opened::Prompt => text,
            Marker::Role => self.role(text, opened),
            Marker::Channel => self.channel(text),
            Marker::Constrain => self.constrain(text),
        }
    }

    /// Reads the words of a section. At the first without a meaning the content begins, or it is skipped.
    fn skip_or_keep(&mut self, text: &'a str, marker: Marker, ending: Ending) {
        let mut rest = text.trim_start();
        while !rest.is_empty() {
            let after = match self.word(rest, marker) {
                Some(after) => after,
                None if ending == Ending::Missing => {
                    self.content = rest;
                    return;
                }
                None => {
                    let word = rest.split(char::is_whitespace).next().unwrap_or(rest);
                    self.junk.push(word);
                    &rest[word.len()..]
                }
            };
            rest = after.trim_start();
        }
    }

    /// `<|constrain|>` wants one space before it and none behind it.
    fn check_spacing(&mut self, before: &str, after: &str) {
        let one_space = before.ends_with(' ') && !before.ends_with("  ");
        if !one_space || after.starts_with(char::is_whitespace) {
            self.note(Repair::ConstrainSpacing);
        }
    }

    /// The author, behind `<|start|>` or where that is missing. Returns the rest.
    fn role(&mut self, text: &'a str, opened: Opened) -> &'a str {
        let text = text.trim_start();
        for (name, role) in name::ROLES {
            let Some(rest) = text.strip_prefix(name) else { continue };
            // Without `<|start|>`, a speaker's name may be a word of the content.
            if opened == Opened::Nothing
                && role != Role::Assistant
                && self.ending == Ending::Missing
            {
                continue;
            }
            let (author, rest) = match rest.strip_prefix(':') {
                Some(rest) => {
                    let name = name::recipient_length(rest);
                    (Author { role, name: Some(rest[..name].to_owned()) }, &rest[name..])
                }
                None => (Author::role(role), rest),
            };
            if name::starts_header(rest) || name::ends_word(rest) {
                self.author = Some(author);
                return rest;
            }
        }
        let length = name::recipient_length(text);
        let (word, rest) = text.split_at(length);
        let is_tool = name::is_tool(word, self.tools) || rest.trim_start().starts_with("to=");
        if opened == Opened::Start
            && length > 0
            && (self.ending == Ending::Message || is_tool)
            && !name::starts_header(word)
        {
            self.author = Some(Author::tool(word));
            return rest;
        }
        text
    }

    /// The name behind `<|channel|>`. Returns the rest.
    fn channel(&mut self, text: &'a str) -> &'a str {
        if self.marked {
            self.note(Repair::RepeatedChannel);
        }
        self.marked = true;
        let text = text.trim_start();
        if let Some((channel, rest)) = name::channel_prefix(text) {
            self.channel = Some(channel);
            if !rest.is_empty() && !rest.starts_with(char::is_whitespace) {
                self.note(Repair::GluedChannel);
            }
            return rest;
        }
        if let Some(channel) = name::begun_channel(text.trim_end()) {
            self.channel = Some(channel);
            self.note(Repair::UnknownChannel);
            return "";
        }
        text
    }

    /// The content type behind `<|constrain|>`. Returns the rest.
    fn constrain(&mut self, text: &'a str) -> &'a str {
        let text = text.trim_start();
        let length = name::word_length(text);
        let (word, rest) = text.split_at(length);
        if length == 0 || !(self.ending == Ending::Message || name::is_content_type(word)) {
            return text;
        }
        self.content_type = Some(ContentType { name: word.to_owned(), constrained: true });
        rest
    }

    /// Reads one word that has a meaning here, and returns the rest.
    fn word(&mut self, text: &'a str, marker: Marker) -> Option<&'a str> {
        if let Some(rest) = self.recipient(text).or_else(|| self.unmarked_channel(text)) {
            return Some(rest);
        }
        let (word, rest) = text.split_at(name::word_length(text));
        if word.is_empty() {
            return None;
        }
        if marker == Marker::Role && word == "assistant" {
            return Some(rest);
        }
        let known = self.marked || self.channel.is_some() || self.recipient.is_some();
        if known && self.content_type.is_none() && name::is_content_type(word) {
            self.content_type = Some(ContentType { name: word.to_owned(), constrained: false });
            return Some(rest);
        }
        if known && self.recipient.is_none() && name::is_tool(word, self.tools) {
            self.recipient = Some(Recipient::of(word, self.tools));
            self.note(Repair::LoneRecipient);
            return Some(rest);
        }
        None
    }

    /// A channel's name without its marker, alone or with something glued to it that cannot belong to the word: `to=`, or the
    /// capital letter that begins the content (`analysisWe need`).
    fn unmarked_channel(&mut self, text: &'a str) -> Option<&'a str> {
        if self.channel.is_some() || self.marked {
            return None;
        }
        let (channel, rest) = name::channel_prefix(text)?;
        let next = rest.chars().next();
        self.loose_channel = next.is_none_or(char::is_whitespace);
        if !self.loose_channel && !rest.starts_with("to=") && !next.is_some_and(char::is_uppercase)
        {
            return None;
        }
        self.channel = Some(channel);
        self.note(Repair::UnmarkedChannel);
        Some(rest)
    }

    /// `to=NAME`, with spaces if need be, and the rest.
    fn recipient(&mut self, text: &'a str) -> Option<&'a str> {
        let after = text.strip_prefix("to")?;
        let value = after.trim_start().strip_prefix('=')?;
        let name = value.trim_start();
        if after.len() != value.len() + 1 || value.len() != name.len() {
            self.note(Repair::RecipientSpacing);
        }
        let (name, rest) = name.split_at(name::recipient_length(name));
        if self.recipient.is_some() {
            self.note(Repair::RepeatedRecipient);
        } else if !name.is_empty() {
            self.recipient = Some(Recipient::of(name, self.tools));
        }
        // A control token in letters: `to=functions.f<|channel|>commentary`.
        if rest.starts_with('<') {
            self.note(Repair::PollutedRecipient);
            let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
            return Some(&rest[end..]);
        }
        Some(rest)
    }
}
