//! The seam between bookkeeping and arithmetic: a [`Runner`] owns weights and KV memory and computes batches.

use crate::{
    batch::{Batch, SeqId},
    stream::Sampled,
};

/// What a runner can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunnerSpec {
    /// Logits per position; ids are below this.
    pub vocabulary: usize,
    /// Longest sequence in tokens.
    pub max_tokens: usize,
    /// Positions per KV block, both groups.
    pub block_tokens: usize,
    /// Blocks of the full-attention group; 0 when the model has no such layer.
    pub full_blocks: usize,
    /// Blocks of the sliding group; 0 when the model has no such layer.
    pub sliding_blocks: usize,
    /// A sliding layer's query sees itself and `window - 1` positions before it.
    pub window: usize,
}

/// The token of one sequence, or why there is none. An error fails that sequence alone.
pub type SampleResult = Result<Sampled, SampleError>;

/// Sampling failed for one sequence.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum SampleError {
    /// Logits were NaN, or none was finite.
    #[error("the model gave no finite logits")]
    NotFinite,
    /// A scripted runner has said all it was given, and the job still wants tokens.
    #[error("the script has no more tokens")]
    ScriptEnded,
}

/// The whole step failed; the engine stops.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct RunnerError(pub String);

/// Computes batches. Owned by the engine thread.
pub trait Runner: Send {
    /// Sizes; constant for the life of the runner.
    fn spec(&self) -> RunnerSpec;

    /// What computes, for people: `cpu`, `metal`, `cuda`.
    fn device(&self) -> String {
        "cpu".into()
    }

    /// Computes the KV of every token of `batch` and, for each sequence with a `sample`, one token, in the order of `seqs`.
    ///
    /// # Errors
    /// A device failure that leaves the KV memory unusable.
    fn step(&mut self, batch: &Batch<'_>) -> Result<Vec<SampleResult>, RunnerError>;

    /// A sequence that was in a batch will not come again. For runners that keep something about sequences beside the KV blocks.
    fn forget(&mut self, _id: SeqId) {}
}
