//! Ids → messages, one id at a time, for output that may break the format anywhere.
//!
//! A state machine over the control tokens: between messages, in a header, in content. It has no error state. Whatever comes is
//! read as the most sensible message, and a [`Repair`] says what was mended. Each rule is documented at its variant.

mod draft;
mod name;
mod reading;

use draft::{Draft, Opened};
use reading::Reading;

use crate::event::{End, Event, Header, Repair, Stop};
use crate::message::{Content, Message, Role};
use crate::token::{self, START};
use crate::tokenizer::{Tokenizer, Utf8Decoder};

/// Reads a turn of the model.
#[derive(Debug)]
pub struct Parser {
    tokenizer: Tokenizer,
    /// `<|start|>assistant`, which the prompt ends with and the messages' ids begin with.
    opening: Vec<u32>,
    /// Full names of the declared tools, if they are known.
    tools: Option<Vec<String>>,
    /// Whether other speakers than the assistant are expected.
    transcript: bool,
    state: State,
}

#[derive(Debug)]
enum State {
    /// A `<|start|>` is due.
    Between {
        /// After `<|return|>` or `<|call|>`: the turn is over, text no longer counts.
        stopped: bool,
        /// Stray text was reported.
        reported: bool,
    },
    Header(Draft),
    Content(Body),
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
        Self { tokenizer, opening, tools: None, transcript: false, state }
    }

    /// A parser for whole messages of all speakers, beginning with `<|start|>`: a rendered conversation.
    pub fn transcript(tokenizer: Tokenizer) -> Self {
        let state = State::Between { stopped: false, reported: false };
        Self { transcript: true, state, ..Self::new(tokenizer) }
    }

    /// Tells the parser which tools are declared, by their full names (`functions.f`, `python`, `browser.search`), so that it
    /// recognises them without `to=` or namespace and reports unknown ones.
    #[must_use]
    pub fn with_tools(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.tools = Some(names.into_iter().map(Into::into).collect());
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
        let state =
            std::mem::replace(&mut self.state, State::Between { stopped: true, reported: false });
        self.state = match symbol {
            Symbol::Meaningless(repair) => {
                events.push(Event::Repair { repair });
                state.with_token(id)
            }
            symbol => match state {
                State::Between { stopped, reported } => {
                    self.between(id, &symbol, (stopped, reported), &mut events)
                }
                State::Header(draft) => self.header(id, &symbol, draft, &mut events),
                State::Content(body) => self.content(id, &symbol, body, &mut events),
            },
        };
        events
    }

    /// Says that no more ids will come. An open message ends with [`Stop::Cut`]; nothing that was said is lost.
    pub fn finish(&mut self) -> Vec<Event> {
        let mut events = Vec::new();
        match std::mem::replace(&mut self.state, State::Between { stopped: true, reported: false })
        {
            State::Between { .. } => {}
            State::Header(draft) if draft.is_empty() => {}
            State::Header(draft) => {
                let reading = self.read(&draft, false);
                if reading.content.is_empty() {
                    events.push(Event::Repair { repair: Repair::CutHeader });
                } else {
                    self.open(draft, reading, &mut events).close(Stop::Cut, &mut events);
                }
            }
            State::Content(body) => body.close(Stop::Cut, &mut events),
        }
        events
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

    fn between(
        &self,
        id: u32,
        symbol: &Symbol,
        (stopped, reported): (bool, bool),
        events: &mut Vec<Event>,
    ) -> State {
        match symbol {
            Symbol::Start => State::Header(Draft::new(Opened::Start, vec![START])),
            Symbol::Stop(_) => {
                events.push(Event::Repair { repair: Repair::StrayEnd });
                State::Between { stopped, reported }
            }
            Symbol::Text if stopped => {
                if !reported {
                    events.push(Event::Repair { repair: Repair::StrayText });
                }
                State::Between { stopped, reported: true }
            }
            _ => self.header(id, symbol, Draft::new(Opened::Nothing, Vec::new()), events),
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
                let reading = self.read(&draft, true);
                State::Content(self.open(draft, reading, events))
            }
            Symbol::Channel | Symbol::Constrain => {
                draft.mark(id);
                State::Header(draft)
            }
            Symbol::Text | Symbol::Meaningless(_) => {
                draft.push(id, self.tokenizer.ordinary_bytes(id).unwrap_or_default());
                let reading = self.read(&draft, false);
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
                self.between(id, symbol, (false, false), events)
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
        let reading = self.read(&draft, false);
        let repair = match draft.opened {
            Opened::Nothing if !draft.is_marked() => Repair::StrayText,
            _ if draft.is_empty() => Repair::RepeatedStart,
            _ if reading.content.is_empty() => Repair::AbandonedHeader,
            _ => return self.open(draft, reading, events).close(Stop::Next, events),
        };
        events.push(Event::Repair { repair });
    }

    /// An end token inside a header.
    fn end_in_header(&self, id: u32, stop: Stop, draft: Draft, events: &mut Vec<Event>) {
        let reading = self.read(&draft, false);
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

    fn read(&self, draft: &Draft, complete: bool) -> Reading {
        Reading::of(draft, complete, self.tools.as_deref(), self.transcript)
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
        Self::Between { stopped: matches!(stop, Stop::Return | Stop::Call), reported: false }
    }

    /// Keeps the id of a token that says nothing, unless the model has no such token.
    fn with_token(mut self, id: u32) -> Self {
        let tokens = match &mut self {
            Self::Between { .. } => return self,
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
        let valid = self.decoder.push(bytes, &mut text);
        self.say(text, valid, events);
    }

    fn say(&mut self, text: String, valid: bool, events: &mut Vec<Event>) {
        if !valid && !std::mem::replace(&mut self.reported, true) {
            events.push(Event::Repair { repair: Repair::InvalidUtf8 });
        }
        if !text.is_empty() {
            self.text.push_str(&text);
            events.push(Event::Delta { text });
        }
    }

    fn close(mut self, stop: Stop, events: &mut Vec<Event>) {
        let mut text = String::new();
        let valid = self.decoder.finish(&mut text);
        self.say(text, valid, events);
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
