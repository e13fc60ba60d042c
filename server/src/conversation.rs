//! Items of the API → Harmony messages.
//!
//! `instructions` and the developer and system messages at the very beginning of the conversation make up the developer message's
//! `# Instructions`; later ones stay where they are, each as a developer message of its own. Items that this server generated are
//! shown to the model as exactly the ids that it wrote, so that a continued conversation finds its prefix in the cache.

mod messages;

use gpt_oss_harmony::{
    DeveloperContent, Message, Role, SystemContent, Tokenizer, render, render_prompt,
};
use serde_json::Value;

use messages::{Writer, text};

use crate::app::{AppState, UnsupportedInput};
use crate::callable::Callables;
use crate::error::ApiError;
use crate::request::{Overflow, Request};
use crate::store::{Chain, Owner, Store, StoredResponse};
use crate::wire::input::{self, Item};
use crate::wire::node::{Node, clip};
use crate::wire::request::InputItem;

/// What the model will be shown.
#[derive(Clone, Debug)]
pub struct Conversation {
    /// The system message and the developer message; never dropped.
    head: Vec<Message>,
    /// The rest.
    body: Vec<Message>,
    /// The tools on offer.
    pub callables: Callables,
    /// The date in the system message, the same in the whole conversation.
    pub date: String,
}

/// An item of the history or of the input.
struct Entry {
    item: Item,
    tokens: Option<Vec<u32>>,
    /// What to do with its images: those of earlier requests were dealt with there.
    policy: UnsupportedInput,
}

impl Conversation {
    /// Puts the conversation together from the store and the request.
    ///
    /// # Errors
    /// `previous_response_not_found`, an unknown reference, an output without its call, an image where the model reads only text.
    pub async fn assemble(
        request: &Request,
        owner: Owner,
        state: &AppState,
    ) -> Result<Self, ApiError> {
        let store = state.store();
        let mut entries = Vec::new();
        let mut date = None;
        if let Some(id) = &request.previous_response_id {
            let rows = match store.chain(owner, id).await? {
                Chain::Rows(rows) => rows,
                Chain::Missing(missing) => return Err(previous_not_found(id, &missing)),
            };
            date = rows.first().map(|row| row.date.clone());
            for row in rows {
                entries.extend(recall(&row)?);
            }
        }
        let policy = state.settings().unsupported_input;
        let fresh = |given: &InputItem| Entry { item: given.item.clone(), tokens: None, policy };
        entries.extend(request.input.iter().map(fresh));
        for entry in &mut entries {
            resolve(entry, owner, store).await?;
        }
        let date = date.unwrap_or_else(|| state.settings().today());
        Self::build(request, entries, date)
    }

    fn build(request: &Request, entries: Vec<Entry>, date: String) -> Result<Self, ApiError> {
        let added = entries.iter().filter_map(|entry| match &entry.item {
            Item::AdditionalTools(tools) => Some(tools),
            _ => None,
        });
        let tools = request.tools.iter().chain(added.flatten());
        let callables = Callables::new(tools, &request.tool_choice);
        let mut writer = Writer::new(&callables);
        let leading = entries.iter().take_while(|entry| entry.is_developer()).count();
        let mut instructions: Vec<_> = request.instructions.iter().cloned().collect();
        let mut entries = entries.into_iter();
        for entry in entries.by_ref().take(leading) {
            if let Item::Message(message) = entry.item {
                instructions.push(text(message.parts, entry.policy)?);
            }
        }
        let body = entries.map(|entry| writer.message(entry)).collect::<Result<Vec<_>, _>>()?;
        let head = head(request, &callables, &date, &instructions.join("\n\n"));
        let body = body.into_iter().flatten().collect();
        Ok(Self { head, body, callables, date })
    }

    /// The prompt, at most `limit` ids.
    ///
    /// # Errors
    /// `context_length_exceeded`.
    pub fn prompt(
        &self,
        tokenizer: &Tokenizer,
        limit: usize,
        overflow: Overflow,
    ) -> Result<Vec<u32>, ApiError> {
        let whole = [self.head.as_slice(), self.body.as_slice()].concat();
        let prompt = render_prompt(tokenizer, &whole);
        if prompt.len() <= limit {
            return Ok(prompt);
        }
        if overflow == Overflow::Refuse {
            return Err(ApiError::context_length_exceeded(prompt.len(), limit));
        }
        let kept = self.youngest(tokenizer, limit);
        let prompt = render_prompt(tokenizer, &[self.head.as_slice(), kept.as_slice()].concat());
        if prompt.len() <= limit {
            Ok(prompt)
        } else {
            Err(ApiError::context_length_exceeded(prompt.len(), limit))
        }
    }

    /// The body without its oldest messages, so that everything fits into `limit` ids. Developer messages stay, and no tool's
    /// output stands without its call.
    fn youngest(&self, tokenizer: &Tokenizer, limit: usize) -> Vec<Message> {
        let size = |message: &Message| render(tokenizer, std::slice::from_ref(message)).len();
        let mut total = render_prompt(tokenizer, &self.head).len();
        let sizes: Vec<_> = self.body.iter().map(size).collect();
        total += sizes.iter().sum::<usize>();
        let mut kept = Vec::new();
        let mut dropping = true;
        for (message, size) in self.body.iter().zip(sizes) {
            let role = message.author.role;
            dropping &= total > limit || role == Role::Tool;
            if dropping && role != Role::Developer {
                total -= size;
            } else {
                kept.push(message.clone());
            }
        }
        kept
    }
}

impl Entry {
    fn is_developer(&self) -> bool {
        let developer = |message: &input::Message| {
            matches!(message.role, input::Role::System | input::Role::Developer)
        };
        matches!(&self.item, Item::Message(message) if developer(message))
    }
}

fn head(request: &Request, callables: &Callables, date: &str, instructions: &str) -> Vec<Message> {
    let system = SystemContent {
        current_date: Some(date.to_owned()),
        effort: Some(request.effort),
        function_tools: !callables.is_empty(),
        ..SystemContent::default()
    };
    let developer = DeveloperContent {
        instructions: Some(instructions.to_owned()).filter(|text| !text.is_empty()),
        tools: callables.namespace().into_iter().collect(),
        response_formats: request.format.iter().cloned().collect(),
    };
    let mut head = vec![Message::system(system)];
    if developer != DeveloperContent::default() {
        head.push(Message::developer(developer));
    }
    head
}

/// A row's items, as they were accepted and generated.
fn recall(row: &StoredResponse) -> Result<Vec<Entry>, ApiError> {
    let read = |text: &str| {
        let broken =
            |_| ApiError::internal(format!("The stored response '{}' is unreadable.", row.id));
        serde_json::from_str::<Value>(text).map_err(broken)
    };
    let input = read(&row.input)?;
    let mut response = read(&row.response)?;
    let output = response.get_mut("output").map(Value::take).unwrap_or_default();
    let items = |value: Value| if let Value::Array(items) = value { items } else { Vec::new() };
    let entry = |(value, tokens): (Value, Option<Vec<u32>>)| {
        Ok(Entry {
            item: Item::parse(&Node::root(&value))?,
            tokens,
            policy: UnsupportedInput::Placeholder,
        })
    };
    let tokens = row.tokens.iter().cloned().chain(std::iter::repeat(None));
    let input = items(input).into_iter().map(|value| (value, None));
    input.chain(items(output).into_iter().zip(tokens)).map(entry).collect()
}

/// Puts the stored item in the place of a reference.
async fn resolve(entry: &mut Entry, owner: Owner, store: &dyn Store) -> Result<(), ApiError> {
    let Item::Reference { id, path } = &entry.item else { return Ok(()) };
    let unknown = || {
        let message = format!("Item with id '{}' not found.", clip(id));
        ApiError::at(path.clone(), "item_not_found", message)
    };
    let (row, place) = store.find_item(owner, id).await?.ok_or_else(unknown)?;
    let response: Value = serde_json::from_str(&row.response).unwrap_or_default();
    let value = response.pointer(&format!("/output/{place}")).ok_or_else(unknown)?;
    let item = Item::parse(&Node::root(value))?;
    let tokens = row.tokens.get(place).cloned().flatten();
    *entry = Entry { item, tokens, policy: UnsupportedInput::Placeholder };
    Ok(())
}

fn previous_not_found(id: &str, missing: &str) -> ApiError {
    let message = if id == missing {
        format!("Previous response with id '{}' not found.", clip(id))
    } else {
        format!(
            "Previous response with id '{}' not found: its conversation began before '{missing}', which is no longer stored.",
            clip(id)
        )
    };
    ApiError::at("previous_response_id", "previous_response_not_found", message)
}
