//! The tokens of one job on their way out. Whoever holds the [`TokenStream`] holds the work.

use tokio::sync::mpsc;

/// A token's log-probability and the most probable alternatives at its position.
#[derive(Clone, Debug, PartialEq)]
pub struct Logprob {
    /// ln p of the chosen token, before temperature and filters.
    pub chosen: f32,
    /// (id, ln p), most probable first.
    pub top: Vec<(u32, f32)>,
}

/// One sampled token.
#[derive(Clone, Debug, PartialEq)]
pub struct Sampled {
    /// The id.
    pub token: u32,
    /// When the job asked for it.
    pub logprob: Option<Logprob>,
}

/// Why a generation ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FinishReason {
    /// A stop token, which was delivered as the last token.
    Stop(u32),
    /// `max_tokens` or the model's length.
    Length,
    /// This job failed (NaN logits, a device error); others go on.
    Failed(String),
}

/// The end of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finish {
    /// Why.
    pub reason: FinishReason,
    /// Tokens of the prompt.
    pub prompt_tokens: usize,
    /// Of these, tokens found in the prefix cache.
    pub cached_tokens: usize,
    /// Tokens generated, the stop token included.
    pub completion_tokens: usize,
}

/// What a stream delivers: tokens, then exactly one finish.
#[derive(Clone, Debug, PartialEq)]
pub enum TokenEvent {
    /// The next token.
    Token(Sampled),
    /// No more tokens.
    Finish(Finish),
}

/// The receiving end of a job.
#[derive(Debug)]
pub struct TokenStream {
    receiver: mpsc::Receiver<TokenEvent>,
}

/// The sending end; engines hold it. A closed channel means that nobody wants the rest.
pub type TokenSender = mpsc::Sender<TokenEvent>;

impl TokenStream {
    /// A stream and its sender, with room for `capacity` events.
    pub fn channel(capacity: usize) -> (TokenSender, Self) {
        let (sender, receiver) = mpsc::channel(capacity);
        (sender, Self { receiver })
    }

    /// The next event; `None` after [`TokenEvent::Finish`], or when the engine stopped without one.
    pub async fn next(&mut self) -> Option<TokenEvent> {
        self.receiver.recv().await
    }

    /// As [`Self::next`] for callers without an async runtime.
    pub fn next_blocking(&mut self) -> Option<TokenEvent> {
        self.receiver.blocking_recv()
    }
}
