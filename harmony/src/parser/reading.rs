//! What a header means.
//!
//! Words are recognised one after the other: role, channel, `to=`, content type, tools' names. The first thing that means nothing is
//! where the content begins, if `<|message|>` turns out to be missing; if it comes, whatever means nothing is skipped.

use super::draft::{Draft, Marker, Opened, Section};
use super::name::{self, Recipient};
use crate::event::{Header, Repair};
use crate::message::{Author, Channel, ContentType, Role};

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
    /// Reads a header. `complete`: `<|message|>` has come. `tools`: the declared ones, if known. `transcript`: others may speak.
    pub(super) fn of(
        draft: &Draft,
        complete: bool,
        tools: Option<&[String]>,
        transcript: bool,
    ) -> Self {
        let mut reader = Reader { complete, tools, ..Reader::default() };
        for (at, section) in draft.sections.iter().enumerate() {
            let last = at + 1 == draft.sections.len();
            reader.section(section, if at == 0 { draft.opened } else { Opened::Prompt }, last);
            if section.marker == Marker::Constrain {
                let before =
                    at.checked_sub(1).map_or("", |before| draft.sections[before].text.as_str());
                let one_space = before.ends_with(' ') && !before.ends_with("  ");
                reader.note_if(
                    !one_space || section.text.starts_with(char::is_whitespace),
                    Repair::ConstrainSpacing,
                );
            }
        }
        reader.note_if(draft.opened == Opened::Nothing, Repair::MissingStart);
        reader
            .note_if(draft.opened == Opened::Start && reader.author.is_none(), Repair::MissingRole);
        reader.finish(draft, transcript)
    }
}

#[derive(Default)]
struct Reader<'a> {
    complete: bool,
    tools: Option<&'a [String]>,
    author: Option<Author>,
    channel: Option<Channel>,
    /// The channel came behind its marker.
    marked: bool,
    /// The channel came without its marker, as a word of its own: perhaps it is one of the content (`final answer: 4`).
    loose_channel: bool,
    recipient: Option<Recipient>,
    content_type: Option<ContentType>,
    repairs: Vec<Repair>,
    /// Words without a meaning, in a complete header.
    junk: Vec<&'a str>,
    /// From the first thing without a meaning in the last section.
    content: &'a str,
}

impl<'a> Reader<'a> {
    fn note(&mut self, repair: Repair) {
        if !self.repairs.contains(&repair) {
            self.repairs.push(repair);
        }
    }

    fn note_if(&mut self, condition: bool, repair: Repair) {
        if condition {
            self.note(repair);
        }
    }

    /// Reads one section. Content can only begin in the last.
    fn section(&mut self, section: &'a Section, opened: Opened, last: bool) {
        let text = section.text.as_str();
        let mut rest = match section.marker {
            Marker::Role if opened == Opened::Prompt => text,
            Marker::Role => self.role(text, opened),
            Marker::Channel => self.channel(text),
            Marker::Constrain => self.constrain(text),
        };
        loop {
            rest = rest.trim_start();
            if rest.is_empty() {
                return;
            }
            let word = rest.split(char::is_whitespace).next().unwrap_or(rest);
            rest = match self.word(rest, section.marker) {
                Some(after) => after,
                None if last && !self.complete => {
                    self.content = rest;
                    return;
                }
                None => {
                    self.junk.push(word);
                    &rest[word.len()..]
                }
            };
        }
    }

    /// The author, behind `<|start|>` or where that is missing. Returns the rest.
    fn role(&mut self, text: &'a str, opened: Opened) -> &'a str {
        let text = text.trim_start();
        for (name, role) in name::ROLES {
            let Some(rest) = text.strip_prefix(name) else { continue };
            // Without `<|start|>`, a speaker's name may be a word of the content.
            if opened == Opened::Nothing && role != Role::Assistant && !self.complete {
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
            && (self.complete || is_tool)
            && !name::starts_header(word)
        {
            self.author = Some(Author::tool(word));
            return rest;
        }
        text
    }

    /// The name behind `<|channel|>`. Returns the rest.
    fn channel(&mut self, text: &'a str) -> &'a str {
        self.note_if(self.marked, Repair::RepeatedChannel);
        self.marked = true;
        let text = text.trim_start();
        if let Some((channel, rest)) = name::channel_prefix(text) {
            self.channel = Some(channel);
            let glued = rest.chars().next().is_some_and(|next| !next.is_whitespace());
            self.note_if(glued, Repair::GluedChannel);
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
        if length == 0 || !(self.complete || name::is_content_type(word)) {
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
        self.note_if(
            after.len() != value.len() + 1 || value.len() != name.len(),
            Repair::RecipientSpacing,
        );
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

    fn finish(mut self, draft: &'a Draft, transcript: bool) -> Reading {
        if self.loose_channel
            && self.recipient.is_none()
            && self.author.is_none()
            && !self.content.is_empty()
        {
            self.channel = None;
            self.repairs.retain(|repair| *repair != Repair::UnmarkedChannel);
        }
        let silent = self.channel.is_none() && self.recipient.is_none() && self.author.is_none();
        if !self.complete && !draft.is_marked() && silent {
            self.content = draft.sections.first().map_or("", |first| first.text.trim_start());
        }
        if !self.complete {
            let nothing_known = silent && !draft.is_marked();
            self.note(if nothing_known { Repair::MissingHeader } else { Repair::MissingMessage });
        }
        self.lone_word();
        self.note_if(!self.junk.is_empty(), Repair::HeaderJunk);
        let role_written = self.author.is_some();
        let author = self.author.take().unwrap_or(Author::role(Role::Assistant));
        let recipient = self.final_recipient(&author);
        if author.role == Role::Assistant {
            self.final_channel(recipient.is_some(), draft);
            self.check_call(recipient.as_deref());
        } else {
            self.note_if(!transcript, Repair::InventedSpeaker);
        }
        let header =
            Header { author, channel: self.channel, recipient, content_type: self.content_type };
        Reading { header, repairs: self.repairs, content: self.content.to_owned(), role_written }
    }

    /// One unknown word where a content type may stand is one: `final yaml`.
    fn lone_word(&mut self) {
        let place = self.channel == Some(Channel::Final) || self.recipient.is_some();
        let glued = self.repairs.contains(&Repair::GluedChannel);
        if let ([word], true, None, false) =
            (self.junk.as_slice(), place, &self.content_type, glued)
            && name::word_length(word) == word.len()
        {
            self.content_type = Some(ContentType { name: (*word).to_owned(), constrained: false });
            self.junk.clear();
        }
    }

    fn final_recipient(&mut self, author: &Author) -> Option<String> {
        let Recipient { name, repair, content_type } = self.recipient.take()?;
        if let Some(repair) = repair {
            self.note(repair);
        }
        if let (None, Some(glued)) = (&self.content_type, content_type) {
            self.content_type = Some(ContentType { name: glued.to_owned(), constrained: false });
        }
        if name == "all" {
            return None;
        }
        if author.role == Role::Assistant && name::ROLES.iter().any(|(role, _)| *role == name) {
            self.note(Repair::SelfRecipient);
            return None;
        }
        Some(name)
    }

    fn final_channel(&mut self, call: bool, draft: &Draft) {
        if self.channel.is_some() {
            return;
        }
        self.channel = Some(if call { Channel::Commentary } else { Channel::Final });
        let named = draft.sections.iter().any(|section| {
            section.marker == Marker::Channel
                && !matches!(section.text.trim(), "")
                && !section.text.trim().starts_with("to=")
        });
        let headless = self.repairs.contains(&Repair::MissingHeader);
        self.note_if(
            !headless,
            if named { Repair::UnknownChannel } else { Repair::MissingChannel },
        );
    }

    fn check_call(&mut self, recipient: Option<&str>) {
        let Some(name) = recipient else { return };
        self.note_if(self.channel == Some(Channel::Final), Repair::CallOnFinal);
        let function = name.starts_with("functions.");
        self.note_if(function && self.channel == Some(Channel::Analysis), Repair::CallOnAnalysis);
    }
}
