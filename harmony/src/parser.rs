//! Ids → messages, one id at a time, for output that may break the format anywhere.
//!
//! A state machine over the control tokens: between messages, in a header, in content. It has no error state. Whatever comes is
//! read as the most sensible message, and a [`Repair`] says what was mended. Each rule is documented at its variant.

mod draft;
mod name;
mod reading;

use draft::{Draft, Opened};
use reading::{Ending, Reading, Rules, Voices};

use crate::event::{End, Event, Header, Repair, Stop};
use crate::message::{Content, Message, Role};
use crate::token::{self, START};
use crate::tokenizer::{Decoded, Tokenizer, Utf8Decoder};

/// Reads a turn of the model.
#[derive(Debug)]
pub struct Parser {
    tokenizer: Tokenizer,
    /// `<|start|>assistant`, which the prompt ends with and the messages' ids begin with.
    opening: Vec<u32>,
    rules: Rules,
    state: State,
}

#[derive(Debug)]
enum State {
    /// A `<|start|>` is due.
    Between,
    /// After `<|return|>` or `<|call|>`: the turn is over, text no longer counts.
    Over(Stray),
    Header(Draft),
    Content(Body),
}

/// Text after the end of the turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stray {
    None,
    Reported,
}

/// A message whose header is complete.
#[derive(Debug)]
struct Body {
    header: Header,
    tokens: Vec<u32>,
    text: String,
    decoder: Utf8Decoder,
    /// Invalid UTF-8 was reported.
    reported: bool,
}

/// What an id means to the parser.
enum Symbol {
    Start,
    Channel,
    Constrain,
    Message,
    Stop(Stop),
    Text,
    Meaningless(Repair),
}

impl Parser {
    /// A parser for what the model generates after a prompt that ends in `<|start|>assistant`.
    pub fn new(tokenizer: Tokenizer) -> Self {
        let mut opening = vec![START];
        tokenizer.encode_into("assistant", &mut opening);
        let state = State::Header(Draft::new(Opened::Prompt, opening.clone()));
        let rules = Rules { tools: None, voices: Voices::Assistant };
        Self { tokenizer, opening, rules, state }
    }

    /// A parser for whole messages of all speakers, beginning with `<|start|>`: a rendered conversation.
    pub fn transcript(tokenizer: Tokenizer) -> Self {
        let mut parser = Self::new(tokenizer);
        parser.rules.voices = Voices::All;
        parser.state = State::Between;
        parser
    }

    /// Tells the parser which tools are declared, by their full names (`functions.f`, `python`, `browser.search`), so that it
    /// recognises them without `to=` or namespace and reports unknown ones.
    #[must_use]
    pub fn with_tools(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.rules.tools = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// Takes the next id, any id, and says what it brought: nothing, or some events in order.
    pub fn push(&mut self, id: u32) -> Vec<Event> {
        let mut events = Vec::new();
        let symbol = self.symbol(id);
        if let (State::Content(body), Symbol::Text) = (&mut self.state, &symbol) {
            body.push(id, self.tokenizer.ordinary_bytes(id).unwrap_or_default(), &mut events);
            return events;
        }
        let state = std::mem::replace(&mut self.state, State::Over(Stray::None));
        self.state = match symbol {
            Symbol::Meaningless(repair) => {
                events.push(Event::Repair { repair });
                state.with_token(id)
            }
            symbol => match state {
                State::Between => self.between(id, &symbol, &mut events),
                State::Over(stray) => self.over(id, &symbol, stray, &mut events),
                State::Header(draft) => self.header(id, &symbol, draft, &mut events),
                State::Content(body) => self.content(id, &symbol, body, &mut events),
            },
        };
        events
    }

    /// Says that no more ids will come. An open message ends with [`Stop::Cut`]; nothing that was said is lost.
    pub fn finish(&mut self) -> Vec<Event> {
        let mut events = Vec::new();
        match std::mem::replace(&mut self.state, State::Over(Stray::None)) {
            State::Between | State::Over(_) => {}
            State::Header(draft) if draft.is_empty() => {}
            State::Header(draft) => {
                let reading = self.read(&draft, Ending::Missing);
                if reading.content.is_empty() || self.is_cut_word(&draft, &reading.content) {
                    events.push(Event::Repair { repair: Repair::CutHeader });
                } else {
                    self.open(draft, reading, &mut events).close(Stop::Cut, &mut events);
                }
            }
            State::Content(body) => body.close(Stop::Cut, &mut events),
        }
        events
    }

    /// Where the ids ran out inside a header: whether what means nothing yet is a word that would have meant something (`to`, and
    /// `=functions.f` was due), rather than content without `<|message|>`.
    fn is_cut_word(&self, draft: &Draft, content: &str) -> bool {
        name::begins_header_word(content.trim_end(), self.rules.tools.as_deref())
            || draft.is_first_word_of_channel(content)
    }

    fn symbol(&self, id: u32) -> Symbol {
        match id {
            token::START => Symbol::Start,
            token::CHANNEL => Symbol::Channel,
            token::CONSTRAIN => Symbol::Constrain,
            token::MESSAGE => Symbol::Message,
            token::END => Symbol::Stop(Stop::End),
            token::CALL => Symbol::Stop(Stop::Call),
            token::RETURN | token::END_OF_TEXT => Symbol::Stop(Stop::Return),
            _ if Tokenizer::is_special(id) => Symbol::Meaningless(Repair::ReservedToken),
            _ if self.tokenizer.ordinary_bytes(id).is_none() => {
                Symbol::Meaningless(Repair::UnknownToken)
            }
            _ => Symbol::Text,
        }
    }

    fn between(&self, id: u32, symbol: &Symbol, events: &mut Vec<Event>) -> State {
        match symbol {
            Symbol::Start => State::Header(Draft::new(Opened::Start, vec![START])),
            Symbol::Stop(_) => {
                events.push(Event::Repair { repair: Repair::StrayEnd });
                State::Between
            }
            _ => self.header(id, symbol, Draft::new(Opened::Nothing, Vec::new()), events),
        }
    }

    /// The turn is over; only a control token that begins a message counts.
    fn over(&self, id: u32, symbol: &Symbol, stray: Stray, events: &mut Vec<Event>) -> State {
        match (symbol, stray) {
            (Symbol::Text, Stray::Reported) => State::Over(stray),
            (Symbol::Text, Stray::None) => {
                events.push(Event::Repair { repair: Repair::StrayText });
                State::Over(Stray::Reported)
            }
            (Symbol::Stop(_), _) => {
                events.push(Event::Repair { repair: Repair::StrayEnd });
                State::Over(stray)
            }
            _ => self.between(id, symbol, events),
        }
    }

    fn header(&self, id: u32, symbol: &Symbol, mut draft: Draft, events: &mut Vec<Event>) -> State {
        match symbol {
            Symbol::Start => {
                self.abandon(draft, events);
                State::Header(Draft::new(Opened::Start, vec![START]))
            }
            Symbol::Stop(stop) => {
                self.end_in_header(id, *stop, draft, events);
                State::after(*stop)
            }
            Symbol::Message => {
                draft.close_text(id);
                let reading = self.read(&draft, Ending::Message);
                State::Content(self.open(draft, reading, events))
            }
            Symbol::Channel | Symbol::Constrain => {
                draft.mark(id);
                State::Header(draft)
            }
            Symbol::Text | Symbol::Meaningless(_) => {
                draft.push(id, self.tokenizer.ordinary_bytes(id).unwrap_or_default());
                let reading = self.read(&draft, Ending::Missing);
                if reading.content.len() > draft::PATIENCE || draft.is_full() {
                    State::Content(self.open(draft, reading, events))
                } else {
                    State::Header(draft)
                }
            }
        }
    }

    fn content(&self, id: u32, symbol: &Symbol, mut body: Body, events: &mut Vec<Event>) -> State {
        match symbol {
            Symbol::Stop(stop) => {
                body.tokens.push(id);
                body.close(*stop, events);
                State::after(*stop)
            }
            Symbol::Start | Symbol::Channel => {
                events.push(Event::Repair { repair: Repair::MissingEnd });
                body.close(Stop::Next, events);
                self.between(id, symbol, events)
            }
            Symbol::Message | Symbol::Constrain | Symbol::Text | Symbol::Meaningless(_) => {
                body.tokens.push(id);
                events.push(Event::Repair { repair: Repair::StrayMarker });
                State::Content(body)
            }
        }
    }

    /// A `<|start|>` inside a header. What was said counts; a bare header does not.
    fn abandon(&self, draft: Draft, events: &mut Vec<Event>) {
        let reading = self.read(&draft, Ending::Missing);
        let repair = match draft.opened {
            Opened::Nothing if !draft.is_marked() && reading.content.is_empty() => {
                Repair::StrayText
            }
            _ if draft.is_empty() => Repair::RepeatedStart,
            _ if reading.content.is_empty() => Repair::AbandonedHeader,
            _ => return self.open(draft, reading, events).close(Stop::Next, events),
        };
        events.push(Event::Repair { repair });
    }

    /// An end token inside a header.
    fn end_in_header(&self, id: u32, stop: Stop, draft: Draft, events: &mut Vec<Event>) {
        let reading = self.read(&draft, Ending::Missing);
        if draft.is_empty() {
            events.push(Event::Repair { repair: Repair::EmptyMessage });
        } else if draft.opened == Opened::Nothing
            && !draft.is_marked()
            && reading.content.is_empty()
        {
            events.extend(
                [Repair::StrayText, Repair::StrayEnd].map(|repair| Event::Repair { repair }),
            );
        } else {
            let mut body = self.open(draft, reading, events);
            body.tokens.push(id);
            body.close(stop, events);
        }
    }

    fn read(&self, draft: &Draft, ending: Ending) -> Reading {
        Reading::of(draft, ending, &self.rules)
    }

    /// Says what was repaired and begins the message.
    fn open(&self, draft: Draft, reading: Reading, events: &mut Vec<Event>) -> Body {
        events.extend(reading.repairs.iter().map(|&repair| Event::Repair { repair }));
        events.push(Event::Start(reading.header.clone()));
        let mut tokens = match draft.opened {
            Opened::Nothing if reading.role_written => vec![START],
            Opened::Nothing => self.opening.clone(),
            Opened::Prompt | Opened::Start => Vec::new(),
        };
        tokens.extend(draft.tokens);
        let text = reading.content;
        if !text.is_empty() {
            events.push(Event::Delta { text: text.clone() });
        }
        Body { header: reading.header, tokens, text, decoder: draft.decoder, reported: false }
    }
}

impl State {
    fn after(stop: Stop) -> Self {
        match stop {
            Stop::Return | Stop::Call => Self::Over(Stray::None),
            Stop::End | Stop::Next | Stop::Cut => Self::Between,
        }
    }

    /// Keeps the id of a token that says nothing, unless the model has no such token.
    fn with_token(mut self, id: u32) -> Self {
        let tokens = match &mut self {
            Self::Between | Self::Over(_) => return self,
            Self::Header(draft) => &mut draft.tokens,
            Self::Content(body) => &mut body.tokens,
        };
        if id < token::VOCABULARY {
            tokens.push(id);
        }
        self
    }
}

impl Body {
    fn push(&mut self, id: u32, bytes: &[u8], events: &mut Vec<Event>) {
        self.tokens.push(id);
        let mut text = String::new();
        let decoded = self.decoder.push(bytes, &mut text);
        self.say(text, decoded, events);
    }

    fn say(&mut self, text: String, decoded: Decoded, events: &mut Vec<Event>) {
        if decoded == Decoded::Replaced && !std::mem::replace(&mut self.reported, true) {
            events.push(Event::Repair { repair: Repair::InvalidUtf8 });
        }
        if !text.is_empty() {
            self.text.push_str(&text);
            events.push(Event::Delta { text });
        }
    }

    fn close(mut self, stop: Stop, events: &mut Vec<Event>) {
        let mut text = String::new();
        let decoded = self.decoder.finish(&mut text);
        self.say(text, decoded, events);
        let Header { author, channel, recipient, content_type } = self.header;
        let call = recipient.is_some() && author.role == Role::Assistant;
        let repair = match stop {
            Stop::Return if call => Some(Repair::ReturnClosesCall),
            Stop::End if call => Some(Repair::EndClosesCall),
            Stop::Call if !call => Some(Repair::CallWithoutRecipient),
            _ => None,
        };
        events.extend(repair.map(|repair| Event::Repair { repair }));
        let content = Content::Text(self.text);
        let message = Message {
            author,
            recipient,
            channel,
            content_type,
            content,
            tokens: Some(self.tokens),
        };
        events.push(Event::End(End { stop, message }));
    }
}
