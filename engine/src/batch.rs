//! What one step computes: flat host arrays with shapes, no tensors.
//!
//! There is no prefill or decode: a sequence has computed `start` tokens and this step computes the next ones. n is the number of
//! tokens of the step over all sequences, in the order of `seqs`.

use std::ops::Range;

use crate::job::SamplingParams;

/// Index of a KV block within its group.
pub type BlockId = u32;

/// Stands in the table of a sliding group where the block has left the window and was given back.
pub const NO_BLOCK: BlockId = BlockId::MAX;

/// Identifies a sequence for the life of the engine.
pub type SeqId = u64;

/// The tokens of one step.
#[derive(Debug)]
pub struct Batch<'a> {
    /// \[n\] ids.
    pub tokens: Vec<u32>,
    /// \[n\] positions, from 0 in each sequence.
    pub positions: Vec<u32>,
    /// The sequences, each with at least one token.
    pub seqs: Vec<BatchSeq<'a>>,
}

/// One sequence's part of a step.
#[derive(Debug)]
pub struct BatchSeq<'a> {
    /// Whose tokens.
    pub id: SeqId,
    /// Its rows of `tokens` and `positions`. Positions are consecutive.
    pub rows: Range<usize>,
    /// Full-attention group: block `j` holds positions `j * block_tokens ..`, up to and with the last row's.
    pub full: &'a [BlockId],
    /// Sliding group, same indexing; [`NO_BLOCK`] for blocks before the window of the first row.
    pub sliding: &'a [BlockId],
    /// Choose a token from the last row's logits; `None` in the middle of a prompt.
    pub sample: Option<SampleRequest<'a>>,
}

/// How the token after a sequence's last row is chosen.
#[derive(Debug)]
pub struct SampleRequest<'a> {
    /// The job's parameters.
    pub params: &'a SamplingParams,
    /// Prompt and generation so far.
    pub history: &'a [u32],
    /// Tokens of the prompt; the rest of `history` was generated. The new token's position is `history.len()`.
    pub prompt_len: usize,
}
