//! The parser's events → the API's events.
//!
//! ```text
//!       Start(analysis)         Delta             End
//! None ─────────────────▶ Thought ─────▶ Reasoning ──▶ None
//!   ├─ Start(commentary | final) ──────▶ Message ────▶ None
//!   ├─ Start(to=declared function) ────▶ Call ───────▶ None
//!   └─ Start(to=declared custom tool) ─▶ Custom ─────▶ None
//! ```
//!
//! An item's id is minted once, its index is its place in `output`, its only part has index 0. Numbers are given in [`Emitter::send`]
//! alone. Whatever happens, the last event is one of `completed`, `incomplete`, `failed`, and it comes once.

mod items;

use std::collections::VecDeque;
use std::sync::Arc;

use gpt_oss_harmony::{Channel, End, Event as Parsed, Header, Message, Role, Stop, token};

use crate::callable::Callables;
use crate::error::ApiError;
use crate::fold::Fold;
use crate::stop::StopMatcher;
use crate::wire::event::{
    Delta, ErrorEvent, Event, EventKind, InputDelta, ItemEvent, Snapshot, TextDelta,
};
use crate::wire::response::{
    IncompleteDetails, ItemStatus, OutputItem, Phase, Response, ResponseError, ResponseStatus,
    TokenLogprob, Usage,
};

/// The item that is being written.
#[derive(Debug)]
enum Open {
    /// Between items.
    None,
    /// An analysis message without text yet: it becomes an item with its first text, or none.
    Thought,
    /// A reasoning item.
    Reasoning { id: String },
    /// A message item. `closing` is written behind its text once it is complete.
    Message { id: String, stops: StopMatcher, closing: &'static str },
    /// A function call.
    Call { id: String },
    /// A call of a custom tool: its input is wrapped in JSON, so it is known at the end.
    Custom { id: String, arguments: String },
}

/// How a turn ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The model, or a stop string, ended it.
    Completed,
    /// A limit of tokens ended it.
    Incomplete,
    /// It failed.
    Failed(ResponseError),
}

/// See the module.
#[derive(Debug)]
pub struct Emitter {
    fold: Fold,
    open: Open,
    callables: Arc<Callables>,
    stops: Vec<String>,
    out: VecDeque<Event>,
    next_sequence: u64,
    /// Per item, the ids that it was generated with.
    tokens: Vec<Option<Vec<u32>>>,
    /// The open message was not well-formed, so its ids are no good history.
    repaired: bool,
    /// A stop string was seen: nothing more is taken.
    stopped: bool,
    logprobs: Vec<TokenLogprob>,
}

impl Emitter {
    /// For the response that begins as `response`; sends `created` and `in_progress`.
    pub fn new(response: Response, callables: Arc<Callables>, stops: Vec<String>) -> Self {
        let mut emitter = Self {
            fold: Fold::new(response),
            open: Open::None,
            callables,
            stops,
            out: VecDeque::new(),
            next_sequence: 0,
            tokens: Vec::new(),
            repaired: false,
            stopped: false,
            logprobs: Vec::new(),
        };
        emitter.send(EventKind::Created(emitter.snapshot()));
        emitter.send(EventKind::InProgress(emitter.snapshot()));
        emitter
    }

    /// The next event to go out.
    pub fn pop(&mut self) -> Option<Event> {
        self.out.pop_front()
    }

    /// A sign of life: the response as it stands.
    pub fn heartbeat(&mut self) {
        if !self.is_finished() {
            self.send(EventKind::InProgress(self.snapshot()));
        }
    }

    /// Whether a reasoning item is being written.
    pub fn is_reasoning(&self) -> bool {
        matches!(self.open, Open::Reasoning { .. })
    }

    /// Whether text is being written for which clients may want log-probabilities.
    pub fn is_message(&self) -> bool {
        matches!(self.open, Open::Message { .. })
    }

    /// Whether a stop string ended the answer.
    pub fn is_stopped(&self) -> bool {
        self.stopped
    }

    /// Whether the terminal event was sent.
    pub fn is_finished(&self) -> bool {
        self.fold.response().status != ResponseStatus::InProgress
    }

    /// A token's log-probability, which goes out with the text that it becomes part of.
    pub fn logprob(&mut self, logprob: TokenLogprob) {
        self.logprobs.push(logprob);
    }

    /// Takes what the parser says.
    pub fn on(&mut self, event: Parsed) {
        if self.stopped || self.is_finished() {
            return;
        }
        match event {
            Parsed::Start(header) => self.start(&header),
            Parsed::Delta { text } => self.delta(text),
            Parsed::End(end) => self.end(end),
            Parsed::Repair { repair } => {
                tracing::debug!(?repair, "the model's format was mended");
                self.repaired = true;
            }
        }
    }

    /// Sends the terminal event, unless it was sent.
    pub fn finish(&mut self, outcome: Outcome, usage: Option<Usage>) {
        if self.is_finished() {
            return;
        }
        let completed = matches!(outcome, Outcome::Completed);
        self.close(if completed { ItemStatus::Completed } else { ItemStatus::Incomplete });
        if let Outcome::Failed(error) = &outcome {
            let api = ApiError { code: Some(error.code), ..ApiError::internal(&*error.message) };
            let (code, message) = (error.code, error.message.clone());
            self.send(EventKind::Error(ErrorEvent {
                code,
                message,
                param: None,
                error: api.body(),
            }));
        }
        let response = self.fold.response_mut();
        response.usage = usage;
        let terminal: fn(Snapshot) -> EventKind = match outcome {
            Outcome::Completed => {
                response.status = ResponseStatus::Completed;
                response.completed_at = Some(jiff::Timestamp::now().as_second());
                EventKind::Completed
            }
            Outcome::Incomplete => {
                response.status = ResponseStatus::Incomplete;
                response.incomplete_details =
                    Some(IncompleteDetails { reason: "max_output_tokens" });
                EventKind::Incomplete
            }
            Outcome::Failed(error) => {
                response.status = ResponseStatus::Failed;
                response.error = Some(error);
                EventKind::Failed
            }
        };
        self.send(terminal(self.snapshot()));
    }

    /// The response as it stands, and per output item the ids that it was generated with.
    pub fn written(&self) -> (&Response, &[Option<Vec<u32>>]) {
        (self.fold.response(), &self.tokens)
    }

    fn start(&mut self, header: &Header) {
        self.close(ItemStatus::Completed);
        let recipient = header.recipient.as_deref();
        let recipient = recipient.filter(|name| !matches!(*name, "assistant" | "user" | "all"));
        let callables = Arc::clone(&self.callables);
        match recipient.map(|name| (name, callables.resolve(name))) {
            Some((_, Some(callable))) => self.open_call(callable),
            // A tool that nobody offered: the client could not answer a call, so it is shown as text, `name(arguments)`.
            Some((name, None)) => {
                self.repaired = true;
                self.open_message(Phase::FinalAnswer, ")");
                self.delta(format!("{name}("));
            }
            // Another speaker, invented by the model, is a thought of the model.
            None if header.author.role != Role::Assistant => self.open = Open::Thought,
            None => match header.channel {
                Some(Channel::Analysis) => self.open = Open::Thought,
                Some(Channel::Commentary) => self.open_message(Phase::Commentary, ""),
                Some(Channel::Final) | None => self.open_message(Phase::FinalAnswer, ""),
            },
        }
    }

    fn add(&mut self, item: OutputItem) {
        let output_index = self.fold.response().output.len();
        self.tokens.push(None);
        self.send(EventKind::OutputItemAdded(ItemEvent { output_index, item }));
    }

    fn delta(&mut self, text: String) {
        if matches!(self.open, Open::Thought) {
            self.open_reasoning();
        }
        let output_index = self.index();
        match &mut self.open {
            Open::None | Open::Thought => {}
            Open::Reasoning { id } => {
                let item_id = id.clone();
                let delta = Delta { item_id, output_index, content_index: 0, delta: text };
                self.send(EventKind::ReasoningTextDelta(delta));
            }
            Open::Call { id } => {
                let delta = InputDelta { item_id: id.clone(), output_index, delta: text };
                self.send(EventKind::FunctionCallArgumentsDelta(delta));
            }
            Open::Custom { arguments, .. } => arguments.push_str(&text),
            Open::Message { stops, .. } => {
                let matched = stops.push(text);
                self.say(matched.text);
                if matched.stopped {
                    self.stopped = true;
                    self.close(ItemStatus::Completed);
                }
            }
        }
    }

    /// Sends text of the open message.
    fn say(&mut self, text: String) {
        let Open::Message { id, .. } = &self.open else { return };
        if text.is_empty() {
            return;
        }
        let (item_id, output_index) = (id.clone(), self.index());
        let logprobs = std::mem::take(&mut self.logprobs);
        let delta = TextDelta { item_id, output_index, content_index: 0, delta: text, logprobs };
        self.send(EventKind::OutputTextDelta(delta));
    }

    fn end(&mut self, end: End) {
        let written = !matches!(self.open, Open::None | Open::Thought);
        let status =
            if end.stop == Stop::Cut { ItemStatus::Incomplete } else { ItemStatus::Completed };
        self.close(status);
        let repaired = std::mem::take(&mut self.repaired);
        if let Some(tokens) = self.tokens.last_mut().filter(|_| written && !repaired) {
            *tokens = history(end.message);
        }
    }

    /// Of the item that is being written, or was written last.
    fn index(&self) -> usize {
        self.fold.response().output.len().saturating_sub(1)
    }

    fn snapshot(&self) -> Snapshot {
        Snapshot { response: Box::new(self.fold.response().clone()) }
    }

    fn send(&mut self, kind: EventKind) {
        self.fold.on(&kind);
        self.out.push_back(Event { kind, sequence_number: self.next_sequence });
        self.next_sequence += 1;
    }
}

/// The ids with which history repeats a message: those of the generation, ended as a message of the past ends.
fn history(message: Message) -> Option<Vec<u32>> {
    let mut tokens = message.tokens?;
    let end = if message.recipient.is_some() { token::CALL } else { token::END };
    match tokens.last_mut() {
        Some(last) if *last == token::END || token::STOPS.contains(last) => *last = end,
        _ => tokens.push(end),
    }
    Some(tokens)
}
