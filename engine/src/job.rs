//! What is asked of an engine, and the trait behind which engines are replaceable.

use crate::stream::TokenStream;

/// One generation.
#[derive(Clone, Debug)]
pub struct Job {
    /// The prompt's ids; not empty.
    pub prompt: Vec<u32>,
    /// Tokens to generate at most; the engine also stops at the model's length.
    pub max_tokens: usize,
    /// Ids that end the generation. The stop token is delivered as the last token.
    pub stop_tokens: Vec<u32>,
    /// How to choose tokens.
    pub sampling: SamplingParams,
    /// Prefix-cache domain: blocks are shared only between jobs of one salt (one API key).
    pub salt: u64,
}

/// How a token is chosen from logits. `Default` is plain sampling at temperature 1.
#[derive(Clone, Debug, PartialEq)]
pub struct SamplingParams {
    /// 0 is greedy.
    pub temperature: f32,
    /// Nucleus: the smallest set of tokens whose probability reaches this. 1 is off.
    pub top_p: f32,
    /// The k most probable tokens. 0 is off.
    pub top_k: u32,
    /// Tokens at least this fraction as probable as the best. 0 is off.
    pub min_p: f32,
    /// Subtracted once from every token that was generated already.
    pub presence_penalty: f32,
    /// Subtracted per earlier occurrence in the generation.
    pub frequency_penalty: f32,
    /// Divides (or multiplies, when negative) logits of tokens in prompt or generation. 1 is off.
    pub repetition_penalty: f32,
    /// Added to the logits of these ids.
    pub logit_bias: Vec<(u32, f32)>,
    /// Random numbers are a function of (seed, position) alone.
    pub seed: u64,
    /// Log-probabilities of the chosen token and of this many most probable ones; `None` computes none.
    pub logprobs: Option<u8>,
}

impl Default for SamplingParams {
    fn default() -> Self {
        Self {
            temperature: 1.0,
            top_p: 1.0,
            top_k: 0,
            min_p: 0.0,
            presence_penalty: 0.0,
            frequency_penalty: 0.0,
            repetition_penalty: 1.0,
            logit_bias: Vec::new(),
            seed: 0,
            logprobs: None,
        }
    }
}

/// What an engine is, for `/v1/models` and for checks at the door.
#[derive(Clone, Debug)]
pub struct EngineInfo {
    /// Ids are below this.
    pub vocabulary: usize,
    /// Prompt and generation together, in tokens, at most.
    pub max_tokens: usize,
    /// For people: `cpu`, `metal`, `cuda`, `replay`.
    pub device: String,
}

/// A snapshot of an engine's load, for `/health` and tests.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct EngineStats {
    /// Sequences that take part in steps.
    pub running: usize,
    /// Sequences that wait for room.
    pub waiting: usize,
    /// Sequences that wait for their reader.
    pub stalled: usize,
    /// KV blocks in use by sequences, all groups.
    pub blocks_used: usize,
    /// KV blocks, all groups.
    pub blocks_total: usize,
    /// Times a running sequence was put back to free blocks, since the start.
    pub preemptions: u64,
    /// Tokens generated since the start.
    pub generated: u64,
}

/// Why a job was not accepted. Nothing was done and nothing is held.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum SubmitError {
    /// The bounded queue is full; try again later.
    #[error("the queue is full ({waiting} jobs wait)")]
    QueueFull {
        /// Jobs that wait now.
        waiting: usize,
    },
    /// The prompt can never fit.
    #[error("the prompt has {prompt} tokens, at most {limit} fit")]
    TooLong {
        /// Tokens of the prompt.
        prompt: usize,
        /// The largest prompt that is accepted.
        limit: usize,
    },
    /// A field of the job is impossible (an id outside the vocabulary, an empty prompt).
    #[error("{0}")]
    Invalid(String),
    /// The scripted engine has no line left for this prompt.
    #[error("no recorded completion is left for this prompt")]
    RecordingExhausted,
    /// The engine is shutting down or has failed.
    #[error("the engine has stopped")]
    Stopped,
}

/// Anything that turns prompts into tokens: the local engine, a recording, later a remote one.
pub trait Engine: Send + Sync {
    /// What this engine is.
    fn info(&self) -> EngineInfo;

    /// Queues `job`; tokens come by the stream. Dropping the stream aborts the job within one step.
    ///
    /// # Errors
    /// See [`SubmitError`]; the job was not queued.
    fn submit(&self, job: Job) -> Result<TokenStream, SubmitError>;

    /// The load now.
    fn stats(&self) -> EngineStats;
}
