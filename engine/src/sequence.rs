//! One job inside the engine: its tokens, how many are computed, and where it stands.

use crate::{
    batch::SeqId,
    job::{Job, SamplingParams},
    kv_cache::SequenceKv,
    stream::{Finish, FinishReason},
};

/// Orders sequences by age: the smaller, the older. A sequence whose reader was too slow gets a new one.
pub(crate) type Ticket = u64;

/// Where a sequence stands. The scheduler holds its id in the queue of that name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// Waits for a place in the steps.
    Waiting,
    /// Takes part in every step for which there is room.
    Running,
    /// Waits for its reader. Keeps its blocks until somebody needs them.
    Stalled,
}

#[derive(Debug)]
pub(crate) struct Sequence {
    pub(crate) id: SeqId,
    pub(crate) ticket: Ticket,
    pub(crate) status: Status,
    /// Prompt, then what was generated. Between steps all but the last are computed once the prompt is.
    pub(crate) tokens: Vec<u32>,
    pub(crate) prompt_len: usize,
    /// `tokens` ends here at the latest.
    pub(crate) max_len: usize,
    /// `tokens[..computed]` have KV. 0 exactly when no block is held.
    pub(crate) computed: usize,
    pub(crate) kv: SequenceKv,
    /// Tokens of the prompt that the first start found in the cache; `None` before it.
    pub(crate) cached: Option<usize>,
    /// Times it had to give up its blocks.
    pub(crate) preemptions: u32,
    pub(crate) sampling: SamplingParams,
    pub(crate) stop_tokens: Vec<u32>,
}

impl Sequence {
    /// `limit` bounds prompt and generation together.
    pub(crate) fn new(id: SeqId, job: Job, limit: usize) -> Self {
        let prompt_len = job.prompt.len();
        Self {
            id,
            ticket: id,
            status: Status::Waiting,
            tokens: job.prompt,
            prompt_len,
            max_len: prompt_len.saturating_add(job.max_tokens).min(limit),
            computed: 0,
            kv: SequenceKv::new(job.salt),
            cached: None,
            preemptions: 0,
            sampling: job.sampling,
            stop_tokens: job.stop_tokens,
        }
    }

    /// Tokens that can be computed now.
    pub(crate) fn pending(&self) -> usize {
        self.tokens.len() - self.computed
    }

    /// Appends a sampled token; says whether it was the last.
    pub(crate) fn push(&mut self, token: u32) -> Option<FinishReason> {
        self.tokens.push(token);
        if self.stop_tokens.contains(&token) {
            Some(FinishReason::Stop(token))
        } else {
            (self.tokens.len() >= self.max_len).then_some(FinishReason::Length)
        }
    }

    /// The end of this sequence.
    pub(crate) fn finish(&self, reason: FinishReason) -> Finish {
        Finish {
            reason,
            prompt_tokens: self.prompt_len,
            cached_tokens: self.cached.unwrap_or(0),
            completion_tokens: self.tokens.len() - self.prompt_len,
        }
    }
}
