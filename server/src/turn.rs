//! One response from prompt to terminal event; the only file that knows engine, harmony and the API together.
//!
//! ```text
//! begin: conversation → prompt → submit          everything that can be refused is refused here, before the first byte
//! loop:  token → parser → emitter → events       until the engine says that the round is over
//!        a built-in tool was called              → its output joins the messages, next round (none is offered yet)
//!        anything else                           → terminal event, the store
//! ```
//!
//! Whoever holds the stream of [`Turn::events`] holds the work: dropping it drops the [`TokenStream`], and the engine frees the
//! sequence's blocks within one step.

mod prepare;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use async_stream::stream;
use futures_util::{FutureExt, Stream};
use gpt_oss_engine::{Finish, FinishReason, Sampled, SubmitError, TokenEvent, TokenStream};
use gpt_oss_harmony::{Parser, token};
use tokio::time::{Instant, timeout_at};
use tracing::{Instrument, Span};

use prepare::{describe, job, render, with_ids};

use crate::app::AppState;
use crate::conversation::Conversation;
use crate::emit::{Emitter, Outcome};
use crate::error::ApiError;
use crate::request::Request;
use crate::store::{Owner, StoredResponse};
use crate::wire::event::Event;
use crate::wire::response::{InputTokensDetails, OutputTokensDetails, ResponseError, Usage};

/// A response that is being made.
pub struct Turn {
    state: AppState,
    emitter: Emitter,
    /// `None` once the generation is over.
    round: Option<Round>,
    usage: Usage,
    /// What is kept beside the response; `None` with `store: false`.
    keep: Option<Keep>,
    heartbeat: Option<Duration>,
    last_sent: Instant,
    begun: Instant,
    span: Span,
}

/// One generation.
struct Round {
    tokens: TokenStream,
    parser: Parser,
}

/// The parts of a row that are known at the beginning.
struct Keep {
    owner: Owner,
    date: String,
    input: String,
}

/// What waiting for the engine came to.
enum Next {
    Event(TokenEvent),
    /// The engine is gone.
    Lost,
    /// Nothing was sent for a while.
    Silence,
}

impl Turn {
    /// Makes the prompt and queues the work. `heartbeat` is for streams: after so long a silence the client is sent a sign of life.
    ///
    /// # Errors
    /// Whatever refuses the request: see [`Conversation::assemble`], [`Conversation::prompt`] and [`SubmitError`].
    pub async fn begin(
        state: &AppState,
        owner: Owner,
        request: Request,
        heartbeat: Option<Duration>,
    ) -> Result<Self, ApiError> {
        let conversation = Arc::new(Conversation::assemble(&request, owner, state).await?);
        let limit = state.engine().info().max_tokens.saturating_sub(1);
        let prompt = render(state.tokenizer(), &conversation, limit, request.overflow).await?;
        let prompt_tokens = prompt.len();
        let submitted = state.engine().submit(job(&request, prompt, limit, owner));
        let keep = request.response.store.then(|| Keep {
            owner,
            date: conversation.date.clone(),
            input: with_ids(&request.input),
        });
        let callables = Arc::new(conversation.callables.clone());
        let parser = Parser::new(state.tokenizer().clone()).with_tools(callables.recipients());
        let now = Instant::now();
        let mut turn = Self {
            state: state.clone(),
            emitter: Emitter::new(request.response, callables, request.stops),
            round: None,
            usage: Usage { input_tokens: prompt_tokens, ..Usage::default() },
            keep,
            heartbeat,
            last_sent: now,
            begun: now,
            span: Span::current(),
        };
        match submitted {
            Ok(tokens) => turn.round = Some(Round { tokens, parser }),
            // The prompt was accepted; it is the recording that ends, and that is a response that failed.
            Err(error @ SubmitError::RecordingExhausted) => {
                let message = error.to_string();
                turn.end(failure("recording_exhausted", message)).await;
            }
            Err(error) => return Err(error.into()),
        }
        Ok(turn)
    }

    /// The events, the last of which is terminal, also when something panics.
    pub fn events(mut self) -> impl Stream<Item = Event> + Send {
        stream! {
            loop {
                while let Some(event) = self.emitter.pop() {
                    yield event;
                    self.last_sent = Instant::now();
                }
                if self.emitter.is_finished() {
                    break;
                }
                let span = self.span.clone();
                if AssertUnwindSafe(self.step().instrument(span)).catch_unwind().await.is_err() {
                    self.round = None;
                    self.finish(failure("server_error", "The server made a mistake.".into()));
                }
            }
        }
    }

    /// Waits for one thing to happen and deals with it.
    async fn step(&mut self) {
        match self.next().await {
            Next::Event(TokenEvent::Token(sampled)) => {
                self.on_token(sampled);
                if self.emitter.is_stopped() {
                    self.end(Outcome::Completed).await;
                }
            }
            Next::Event(TokenEvent::Finish(finish)) => {
                let outcome = self.on_finish(finish);
                self.end(outcome).await;
            }
            Next::Lost => {
                let message = "The engine stopped before the answer was complete.";
                self.end(failure("server_error", message.into())).await;
            }
            Next::Silence => self.emitter.heartbeat(),
        }
    }

    async fn next(&mut self) -> Next {
        let Some(round) = &mut self.round else { return Next::Lost };
        // No timer while tokens are there already.
        if let Some(event) = round.tokens.next().now_or_never() {
            return event.map_or(Next::Lost, Next::Event);
        }
        let waited = match self.heartbeat {
            Some(period) => timeout_at(self.last_sent + period, round.tokens.next()).await,
            None => Ok(round.tokens.next().await),
        };
        match waited {
            Ok(event) => event.map_or(Next::Lost, Next::Event),
            Err(_) => {
                self.last_sent = Instant::now();
                Next::Silence
            }
        }
    }

    fn on_token(&mut self, sampled: Sampled) {
        let Some(round) = &mut self.round else { return };
        let thinking = self.emitter.is_reasoning();
        self.usage.output_tokens += 1;
        if let Some(logprob) = sampled.logprob.filter(|_| self.emitter.is_message())
            && sampled.token < token::ORDINARY
        {
            let tokenizer = self.state.tokenizer();
            self.emitter.logprob(describe(tokenizer, sampled.token, &logprob));
        }
        for event in round.parser.push(sampled.token) {
            self.emitter.on(event);
        }
        if thinking || self.emitter.is_reasoning() {
            self.usage.output_tokens_details.reasoning_tokens += 1;
        }
    }

    fn on_finish(&mut self, finish: Finish) -> Outcome {
        self.usage.input_tokens = finish.prompt_tokens;
        self.usage.output_tokens = finish.completion_tokens;
        self.usage.input_tokens_details =
            InputTokensDetails { cached_tokens: finish.cached_tokens, cache_write_tokens: 0 };
        if let Some(mut round) = self.round.take() {
            for event in round.parser.finish() {
                self.emitter.on(event);
            }
        }
        match finish.reason {
            FinishReason::Stop(_) => Outcome::Completed,
            FinishReason::Length => Outcome::Incomplete,
            FinishReason::Failed(message) => failure("server_error", message),
        }
    }

    /// The terminal event, and the row, which stands before the client can ask for it.
    async fn end(&mut self, outcome: Outcome) {
        self.round = None;
        self.finish(outcome);
        let Some(Keep { owner, date, input }) = self.keep.take() else { return };
        let (response, tokens) = self.emitter.written();
        let row = StoredResponse {
            id: response.id.clone(),
            owner,
            previous: response.previous_response_id.clone(),
            date,
            response: serde_json::to_string(response).expect("a response is plain data"),
            input,
            tokens: tokens.to_vec(),
        };
        if let Err(error) = self.state.store().put(row).await {
            tracing::error!(%error, "the response could not be stored");
        }
    }

    fn finish(&mut self, outcome: Outcome) {
        if let Outcome::Failed(error) = &outcome {
            tracing::error!(code = error.code, message = error.message, "the response failed");
        }
        let OutputTokensDetails { reasoning_tokens } = &mut self.usage.output_tokens_details;
        *reasoning_tokens = (*reasoning_tokens).min(self.usage.output_tokens);
        self.usage.total_tokens = self.usage.input_tokens + self.usage.output_tokens;
        self.emitter.finish(outcome, Some(self.usage));
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let (response, _) = self.emitter.written();
        let Usage { input_tokens, output_tokens, .. } = self.usage;
        let left = !self.emitter.is_finished();
        let milliseconds = self.begun.elapsed().as_millis();
        tracing::info!(
            parent: &self.span,
            response = response.id,
            status = ?response.status,
            left,
            input_tokens,
            output_tokens,
            milliseconds,
            "response ended"
        );
    }
}

fn failure(code: &'static str, message: String) -> Outcome {
    Outcome::Failed(ResponseError { code, message })
}
