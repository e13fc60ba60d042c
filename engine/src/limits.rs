//! The bounds of a local engine.

use std::time::Duration;

/// Bounds of a [`LocalEngine`](crate::LocalEngine). Every queue of the engine is one of these.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EngineLimits {
    /// Tokens computed in one step, over all sequences. Longer prompts are computed in chunks.
    pub max_batch_tokens: usize,
    /// Sequences in one step; at most `max_batch_tokens`, so that each of them can advance in every step.
    pub max_seqs: usize,
    /// Jobs that were accepted and did not start yet; above, `submit` answers `QueueFull`.
    pub max_waiting: usize,
    /// Prompt tokens of the jobs that did not start yet. One job is always accepted into an empty queue.
    pub max_waiting_tokens: usize,
    /// Events that a job's reader may be behind before its sequence is stalled.
    pub stream_capacity: usize,
    /// How long a sequence waits for its reader before the job fails.
    pub slow_reader_timeout: Duration,
    /// Sequences that wait for their readers at once; above, the one that waited longest fails.
    pub max_stalled: usize,
    /// Keep the KV of finished sequences and reuse it for prompts that begin alike.
    pub prefix_cache: bool,
}

impl Default for EngineLimits {
    fn default() -> Self {
        Self {
            max_batch_tokens: 2048,
            max_seqs: 64,
            max_waiting: 256,
            max_waiting_tokens: 1 << 20,
            stream_capacity: 256,
            slow_reader_timeout: Duration::from_secs(30),
            max_stalled: 256,
            prefix_cache: true,
        }
    }
}

impl EngineLimits {
    /// The same with every bound at least 1 and `max_seqs` at most `max_batch_tokens`.
    pub(crate) fn normalised(mut self) -> Self {
        self.max_batch_tokens = self.max_batch_tokens.max(1);
        self.max_seqs = self.max_seqs.clamp(1, self.max_batch_tokens);
        self.max_waiting = self.max_waiting.max(1);
        self.stream_capacity = self.stream_capacity.max(1);
        self.max_stalled = self.max_stalled.max(1);
        self
    }
}
