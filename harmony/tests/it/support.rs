//! What the tests share.

use std::sync::LazyLock;

use gpt_oss_harmony::{Content, Event, Message, Parser, Repair, Stop, Tokenizer};
use serde::de::DeserializeOwned;

static TOKENIZER: LazyLock<Tokenizer> = LazyLock::new(Tokenizer::o200k_harmony);

pub(crate) fn tokenizer() -> Tokenizer {
    TOKENIZER.clone()
}

/// Where a file of `tests-data/harmony/` is.
pub(crate) fn path(name: &str) -> String {
    format!("{}/../tests-data/harmony/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// A file of `tests-data/harmony/`.
pub(crate) fn data(name: &str) -> Vec<u8> {
    let path = path(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The rows of a golden file.
pub(crate) fn rows<T: DeserializeOwned>(name: &str) -> Vec<T> {
    serde_json::from_slice(&data(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Harmony with its markers written out, as ids.
pub(crate) fn ids(text: &str) -> Vec<u32> {
    tokenizer().encode_with_specials(text)
}

pub(crate) fn decode(ids: &[u32]) -> String {
    String::from_utf8(tokenizer().decode(ids)).expect("rendered text is UTF-8")
}

/// All events of a turn.
pub(crate) fn events(mut parser: Parser, ids: &[u32]) -> Vec<Event> {
    let mut events: Vec<Event> = ids.iter().flat_map(|&id| parser.push(id)).collect();
    events.extend(parser.finish());
    assert_eq!(parser.finish(), [], "finish twice");
    events
}

/// A turn as its messages and repairs, after checking what holds for any turn.
pub(crate) fn turn(parser: Parser, ids: &[u32]) -> Turn {
    let events = events(parser, ids);
    check_grammar(&events);
    let mut turn = Turn::default();
    for event in events {
        match event {
            Event::End(end) => {
                turn.stops.push(end.stop);
                turn.messages.push(end.message);
            }
            Event::Repair { repair } => turn.repairs.push(repair),
            Event::Start(_) | Event::Delta { .. } => {}
        }
    }
    turn
}

#[derive(Debug, Default)]
pub(crate) struct Turn {
    pub(crate) messages: Vec<Message>,
    pub(crate) stops: Vec<Stop>,
    pub(crate) repairs: Vec<Repair>,
}

pub(crate) fn text(message: &Message) -> &str {
    match &message.content {
        Content::Text(text) => text,
        other => panic!("{other:?} from a parser"),
    }
}

/// Start, deltas, end; deltas joined are the content; the header and the message agree; no empty delta.
pub(crate) fn check_grammar(events: &[Event]) {
    let mut open = None;
    for event in events {
        match event {
            Event::Start(header) => {
                let before = open.replace((header, String::new()));
                assert!(before.is_none(), "two messages open: {events:?}");
            }
            Event::Delta { text } => {
                assert!(!text.is_empty(), "empty delta: {events:?}");
                let (_, content) = open.as_mut().expect("a delta without a message");
                content.push_str(text);
            }
            Event::End(end) => {
                let (header, content) = open.take().expect("an end without a message");
                let message = &end.message;
                assert_eq!(text(message), content, "deltas differ from the content");
                assert_eq!(header.author, message.author);
                assert_eq!(header.channel, message.channel);
                assert_eq!(header.recipient, message.recipient);
                assert_eq!(header.content_type, message.content_type);
            }
            Event::Repair { .. } => {}
        }
    }
    assert!(open.is_none(), "a message stays open: {events:?}");
}

/// A message in one line: `author@channel>recipient[type]: text (stop)`.
pub(crate) fn line(message: &Message, stop: Stop) -> String {
    let role = format!("{:?}", message.author.role).to_lowercase();
    let author = message.author.name.as_ref().map_or(role.clone(), |name| format!("{role}:{name}"));
    let channel = message.channel.map_or(String::new(), |channel| format!("@{}", channel.as_str()));
    let recipient = message.recipient.as_ref().map_or(String::new(), |name| format!(">{name}"));
    let kind = message.content_type.as_ref().map_or(String::new(), |kind| {
        format!("[{}{}]", if kind.constrained { "!" } else { "" }, kind.name)
    });
    let stop = format!("{stop:?}").to_lowercase();
    format!("{author}{channel}{recipient}{kind}: {} ({stop})", text(message))
}

impl Turn {
    /// All messages, a line each.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.messages.iter().zip(&self.stops).map(|(message, &stop)| line(message, stop)).collect()
    }
}
