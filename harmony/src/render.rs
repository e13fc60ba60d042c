//! Messages → ids.
//!
//! The text is the trained one, which `openai-harmony` renders; goldens made with that library pin it. Everything that comes from
//! outside is encoded as ordinary text, so it cannot contain a control token.

mod sections;

use sections::Functions;

use crate::message::{Author, Channel, Content, Message, Role};
use crate::token::{CALL, CHANNEL, CONSTRAIN, END, END_OF_TEXT, MESSAGE, RETURN, START};
use crate::tokenizer::Tokenizer;

/// The conversation as it is, nothing dropped and nothing opened at its end.
pub fn render(tokenizer: &Tokenizer, messages: &[Message]) -> Vec<u32> {
    let mut renderer = Renderer::new(tokenizer, messages);
    for message in messages {
        renderer.message(message);
    }
    renderer.ids
}

/// The prompt for the assistant's next turn: earlier chain of thought dropped, ends in `<|start|>assistant`.
pub fn render_prompt(tokenizer: &Tokenizer, messages: &[Message]) -> Vec<u32> {
    let mut renderer = Renderer::new(tokenizer, messages);
    let answered = messages.iter().rposition(is_answer).unwrap_or(0);
    for (at, message) in messages.iter().enumerate() {
        if !(at < answered && is_dropped(message)) {
            renderer.message(message);
        }
    }
    renderer.ids.push(START);
    renderer.text("assistant");
    renderer.ids
}

/// The answer of a turn: what the assistant says on the final channel to everyone.
fn is_answer(message: &Message) -> bool {
    message.author.role == Role::Assistant
        && message.channel == Some(Channel::Final)
        && recipient(message).is_none()
}

/// Whether a message goes once a later answer stands: what was thought, and the built-in tools used while thinking.
///
/// The format's rule is that the next sampling no longer sees the chain of thought of a finished turn. Only the turns before the last
/// answer are finished: inside a running tool loop the model needs what it thought. (`openai-harmony` looks at the first answer
/// instead, so it keeps the thoughts of all later turns, and keeps all of them once a tool loop is running.)
/// A call to a client's function stays even if the model made it while thinking: its output stays too.
fn is_dropped(message: &Message) -> bool {
    let function = |name: Option<&str>| name.is_some_and(|name| name.starts_with("functions."));
    let client_call = function(recipient(message)) || function(message.author.name.as_deref());
    message.channel == Some(Channel::Analysis) && !client_call
}

/// To whom a message goes, if not to everyone.
fn recipient(message: &Message) -> Option<&str> {
    message.recipient.as_deref().filter(|name| *name != "all")
}

struct Renderer<'a> {
    tokenizer: &'a Tokenizer,
    /// Whether any developer message offers functions: the system message then says where calls go.
    functions: Functions,
    ids: Vec<u32>,
}

impl<'a> Renderer<'a> {
    fn new(tokenizer: &'a Tokenizer, messages: &[Message]) -> Self {
        let offered = messages.iter().any(|message| match &message.content {
            Content::Developer(content) => content
                .tools
                .iter()
                .any(|tools| tools.name == "functions" && !tools.functions.is_empty()),
            Content::System(_) | Content::Text(_) => false,
        });
        let functions = if offered { Functions::Offered } else { Functions::Absent };
        Self { tokenizer, functions, ids: Vec::new() }
    }

    fn text(&mut self, text: &str) {
        self.tokenizer.encode_into(text, &mut self.ids);
    }

    fn message(&mut self, message: &Message) {
        match message.tokens.as_deref() {
            Some(tokens) if is_whole(tokens) => self.generated(tokens, message),
            _ => self.rendered(message),
        }
    }

    /// The ids that the model generated, so that the prompt repeats them exactly and a prefix cache hits. History is written with
    /// `<|end|>` where the generation stopped with `<|return|>`.
    fn generated(&mut self, tokens: &[u32], message: &Message) {
        let (last, body) = tokens.split_last().unwrap_or((&END, &[]));
        self.ids.extend_from_slice(body);
        match *last {
            END | CALL => self.ids.push(*last),
            RETURN | END_OF_TEXT => self.ids.push(END),
            cut => self.ids.extend([cut, end_token(message)]),
        }
    }

    fn rendered(&mut self, message: &Message) {
        self.ids.push(START);
        self.author(&message.author);
        if let Some(recipient) = recipient(message) {
            self.text(&format!(" to={recipient}"));
        }
        if let Some(channel) = message.channel {
            self.ids.push(CHANNEL);
            self.text(channel.as_str());
        }
        match &message.content_type {
            Some(kind) if kind.constrained => {
                self.text(" ");
                self.ids.push(CONSTRAIN);
                self.text(&kind.name);
            }
            Some(kind) => self.text(&format!(" {}", kind.name)),
            None => {}
        }
        self.ids.push(MESSAGE);
        match &message.content {
            Content::Text(text) => self.text(text),
            Content::System(content) => self.text(&sections::system(content, self.functions)),
            Content::Developer(content) => self.text(&sections::developer(content)),
        }
        self.ids.push(end_token(message));
    }

    fn author(&mut self, author: &Author) {
        let role = match author.role {
            Role::System => "system",
            Role::Developer => "developer",
            Role::User => "user",
            Role::Assistant => "assistant",
            Role::Tool => return self.text(author.name.as_deref().unwrap_or("tool")),
        };
        self.text(role);
        if let Some(name) = &author.name {
            self.text(&format!(":{name}"));
        }
    }
}

/// Whether ids can stand in a prompt as they are: a header with its content. A generation that broke off inside a header cannot.
fn is_whole(tokens: &[u32]) -> bool {
    tokens.first() == Some(&START) && tokens.contains(&MESSAGE)
}

/// What closes a message in the history.
fn end_token(message: &Message) -> u32 {
    let call = message.author.role == Role::Assistant && recipient(message).is_some();
    if call { CALL } else { END }
}
