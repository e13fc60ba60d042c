//! From the API's values to the engine's, and back.

use std::sync::Arc;

use gpt_oss_engine::{Job, Logprob};
use gpt_oss_harmony::{Tokenizer, token};
use serde_json::Value;

use crate::conversation::Conversation;
use crate::error::ApiError;
use crate::id;
use crate::request::{Overflow, Request};
use crate::store::Owner;
use crate::wire::request::InputItem;
use crate::wire::response::{TokenLogprob, TopLogprob};

/// A log-probability of minus infinity, which JSON cannot write.
const LEAST_LOGPROB: f32 = -9999.0;

/// A prompt of megabytes takes a while: not on a thread that serves connections.
pub(super) async fn render(
    tokenizer: &Tokenizer,
    conversation: &Arc<Conversation>,
    limit: usize,
    overflow: Overflow,
) -> Result<Vec<u32>, ApiError> {
    let (tokenizer, conversation) = (tokenizer.clone(), Arc::clone(conversation));
    let work = move || conversation.prompt(&tokenizer, limit, overflow);
    let lost = |_| ApiError::internal("The prompt could not be rendered.");
    tokio::task::spawn_blocking(work).await.map_err(lost)?
}

/// What the engine is asked for. `limit` is the longest prompt.
pub(super) fn job(request: &Request, prompt: Vec<u32>, limit: usize, owner: Owner) -> Job {
    let room = limit.saturating_add(1).saturating_sub(prompt.len());
    Job {
        max_tokens: request.max_output_tokens.map_or(room, |most| most.min(room)),
        stop_tokens: token::STOPS.to_vec(),
        sampling: request.sampling.clone(),
        salt: owner.salt(),
        prompt,
    }
}

/// The input as it is stored: every item with a type and an id.
pub(super) fn with_ids(input: &[InputItem]) -> String {
    let complete = |given: &InputItem| {
        let mut item = given.raw.clone();
        if let Value::Object(object) = &mut item {
            let kind = object.entry("type").or_insert_with(|| "message".into());
            let prefix = match kind.as_str() {
                Some("message") => "msg_",
                Some("reasoning") => "rs_",
                Some("function_call") => "fc_",
                Some("function_call_output") => "fco_",
                _ => "item_",
            };
            if object.get("id").is_none_or(Value::is_null) {
                object.insert("id".into(), id::mint(prefix).into());
            }
        }
        item
    };
    Value::Array(input.iter().map(complete).collect()).to_string()
}

/// A log-probability as the API writes it.
pub(super) fn describe(tokenizer: &Tokenizer, token: u32, logprob: &Logprob) -> TokenLogprob {
    let bytes = |token| tokenizer.decode(&[token]);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let top = |&(token, logprob): &(u32, f32)| {
        let bytes = bytes(token);
        TopLogprob { token: text(&bytes), bytes, logprob: logprob.max(LEAST_LOGPROB) }
    };
    let chosen = bytes(token);
    TokenLogprob {
        token: text(&chosen),
        bytes: chosen,
        logprob: logprob.chosen.max(LEAST_LOGPROB),
        top_logprobs: logprob.top.iter().map(top).collect(),
    }
}
