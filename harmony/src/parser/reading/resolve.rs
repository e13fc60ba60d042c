//! From the words of a header to its meaning: defaults, and what contradicts itself.

use super::{Ending, Reader, Reading, Voices};
use crate::event::{Header, Repair};
use crate::message::{Author, Channel, ContentType, Role};
use crate::parser::draft::{Draft, Marker};
use crate::parser::name::{self, Recipient};

impl<'a> Reader<'a> {
    pub(super) fn finish(mut self, draft: &'a Draft, voices: Voices) -> Reading {
        if self.ending == Ending::Missing {
            self.find_content(draft);
        }
        self.lone_word();
        if !self.junk.is_empty() {
            self.note(Repair::HeaderJunk);
        }
        let role_written = self.author.is_some();
        let author = self.author.take().unwrap_or(Author::role(Role::Assistant));
        let recipient = self.final_recipient(&author);
        if author.role == Role::Assistant {
            self.final_channel(recipient.as_deref(), draft);
            self.check_call(recipient.as_deref());
        } else if voices == Voices::Assistant {
            self.note(Repair::InventedSpeaker);
        }
        let header =
            Header { author, channel: self.channel, recipient, content_type: self.content_type };
        Reading { header, repairs: self.repairs, content: self.content.to_owned(), role_written }
    }

    /// Without `<|message|>`: whether there was a header at all before the content.
    fn find_content(&mut self, draft: &'a Draft) {
        let named = self.recipient.is_some() || self.author.is_some();
        if self.loose_channel && !named && !self.content.is_empty() {
            self.channel = None;
            self.repairs.retain(|repair| *repair != Repair::UnmarkedChannel);
        }
        if draft.is_marked() || named || self.channel.is_some() {
            self.note(Repair::MissingMessage);
        } else {
            self.content = draft.sections.first().map_or("", |first| first.text.trim_start());
            self.note(Repair::MissingHeader);
        }
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

    fn final_channel(&mut self, recipient: Option<&str>, draft: &Draft) {
        if self.channel.is_some() {
            return;
        }
        self.channel = Some(if recipient.is_some() { Channel::Commentary } else { Channel::Final });
        let odd_name = |text: &str| !text.is_empty() && !text.starts_with("to=");
        let named = draft
            .sections
            .iter()
            .any(|section| section.marker == Marker::Channel && odd_name(section.text.trim()));
        if !self.repairs.contains(&Repair::MissingHeader) {
            self.note(if named { Repair::UnknownChannel } else { Repair::MissingChannel });
        }
    }

    fn check_call(&mut self, recipient: Option<&str>) {
        let Some(name) = recipient else { return };
        match self.channel {
            Some(Channel::Final) => self.note(Repair::CallOnFinal),
            Some(Channel::Analysis) if name.starts_with("functions.") => {
                self.note(Repair::CallOnAnalysis);
            }
            _ => {}
        }
    }
}
