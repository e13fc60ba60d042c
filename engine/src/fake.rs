//! A runner without a model: its KV is a hash of the prefix, so that a wrong block is found at the moment it is read.

use std::ops::RangeInclusive;

use rustc_hash::FxHashMap;

#[cfg(test)]
use crate::config::LayerKind;
use crate::{
    batch::{Batch, BatchSeq, BlockId, SampleRequest, SeqId},
    runner::{Runner, RunnerError, RunnerSpec, SampleResult},
    sampler,
};

/// What a slot of KV memory holds: a link of the chain of hashes over a sequence's tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Link {
    /// Of the positions before.
    parent: u64,
    /// Of these and this one. 0: never written.
    hash: u64,
}

/// Computes hashes instead of attention.
///
/// In every step it reads every position that a real model would read, in both groups, and fails when a slot holds anything but
/// that position of that sequence's prefix: a block that was given away, shared too early, or never written. Tokens are sampled by
/// the real sampler from logits that are a function of the prefix alone, so a job's tokens do not depend on how it was scheduled.
#[derive(Debug)]
pub struct FakeRunner {
    spec: RunnerSpec,
    /// \[full_blocks * block_tokens\]
    full: Vec<Link>,
    /// \[sliding_blocks * block_tokens\]
    sliding: Vec<Link>,
}

/// The parent of a sequence's first position.
const ROOT: u64 = 0x6a09_e667_f3bc_c908;

fn mix(x: u64) -> u64 {
    let x = (x ^ (x >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
    let x = (x ^ (x >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
    x ^ (x >> 32)
}

fn link(parent: u64, token: u32) -> Link {
    Link { parent, hash: mix(parent.rotate_left(7) ^ mix(u64::from(token) + 1)).max(1) }
}

/// The hash of a whole prefix.
fn chain(tokens: &[u32]) -> u64 {
    tokens.iter().fold(ROOT, |parent, &token| link(parent, token).hash)
}

impl FakeRunner {
    /// A runner of this shape. The vocabulary should be small: logits are made one by one.
    ///
    /// # Panics
    /// When the shape has no full group and a window of 1: then no KV is ever read, and the chain of hashes breaks.
    pub fn new(spec: RunnerSpec) -> Self {
        assert!(
            spec.full_blocks > 0 || spec.sliding_blocks == 0 || spec.window > 1,
            "a window of 1 needs a full group"
        );
        Self {
            spec,
            full: vec![Link::default(); spec.full_blocks * spec.block_tokens],
            sliding: vec![Link::default(); spec.sliding_blocks * spec.block_tokens],
        }
    }

    /// The token that follows `request.history`, whoever computes it and how.
    ///
    /// # Errors
    /// As [`sampler::sample`].
    pub fn next_token(vocabulary: usize, request: &SampleRequest<'_>) -> SampleResult {
        Self::choose(vocabulary, chain(request.history), request)
    }

    fn choose(vocabulary: usize, hash: u64, request: &SampleRequest<'_>) -> SampleResult {
        // 8 random bits a logit, so that ties and near ties happen; spread over 8 nats.
        let logit = |id| (mix(hash ^ mix(id)) >> 56) as f32 / 32.0;
        let mut logits: Vec<f32> = (0..vocabulary as u64).map(logit).collect();
        sampler::sample(&mut logits, request)
    }

    /// Whether the slots of block `id` hold a chain over `tokens`, after whatever came before.
    #[cfg(test)]
    pub(crate) fn holds(&self, group: LayerKind, id: BlockId, tokens: &[u32]) -> bool {
        let group = match group {
            LayerKind::Full => &self.full,
            LayerKind::Sliding => &self.sliding,
        };
        let slots = &group[id as usize * self.spec.block_tokens..][..tokens.len()];
        let mut parent = slots[0].parent;
        slots.iter().zip(tokens).all(|(slot, &token)| {
            let expected = link(std::mem::replace(&mut parent, slot.hash), token);
            expected.hash == slot.hash
        })
    }

    /// Computes one sequence's rows and returns the hash of its prefix.
    fn advance(&mut self, batch: &Batch<'_>, seq: &BatchSeq<'_>) -> Result<u64, String> {
        let start = batch.positions[seq.rows.start] as usize;
        let end = start + seq.rows.len();
        let blocks = end.div_ceil(self.spec.block_tokens);
        for (name, table, group) in
            [("full", seq.full, &self.full), ("sliding", seq.sliding, &self.sliding)]
        {
            if !group.is_empty() && table.len() != blocks {
                return Err(format!(
                    "the {name} table has {} blocks for {end} positions",
                    table.len()
                ));
            }
        }
        let mut parent = self.parent(seq, start)?;
        for (row, position) in seq.rows.clone().zip(start..) {
            if batch.positions[row] as usize != position {
                return Err(format!("position {} follows {position}", batch.positions[row]));
            }
            let link = link(parent, batch.tokens[row]);
            self.write(seq, position, link)?;
            self.read(seq, position)?;
            parent = link.hash;
        }
        Ok(parent)
    }

    /// The hash of the positions before `start`, as the KV has it.
    fn parent(&self, seq: &BatchSeq<'_>, start: usize) -> Result<u64, String> {
        let before = match start {
            0 => return Ok(ROOT),
            _ => start - 1,
        };
        if !self.full.is_empty() {
            return Ok(self.full[self.slot(seq.full, before)?].hash);
        }
        if !self.sliding.is_empty() {
            return Ok(self.sliding[self.slot(seq.sliding, before)?].hash);
        }
        // Without KV only the history knows.
        seq.sample.as_ref().map_or(Ok(ROOT), |request| Ok(chain(&request.history[..start])))
    }

    fn slot(&self, table: &[BlockId], position: usize) -> Result<usize, String> {
        let id = table[position / self.spec.block_tokens] as usize;
        let blocks = if table.is_empty() { 0 } else { self.full.len().max(self.sliding.len()) };
        if id >= blocks {
            return Err(format!("position {position} has no block"));
        }
        Ok(id * self.spec.block_tokens + position % self.spec.block_tokens)
    }

    fn write(&mut self, seq: &BatchSeq<'_>, position: usize, link: Link) -> Result<(), String> {
        if !self.full.is_empty() {
            let slot = self.slot(seq.full, position)?;
            *self.full.get_mut(slot).ok_or("a block outside the full group")? = link;
        }
        if !self.sliding.is_empty() {
            let slot = self.slot(seq.sliding, position)?;
            *self.sliding.get_mut(slot).ok_or("a block outside the sliding group")? = link;
        }
        Ok(())
    }

    /// Reads what the query at `position` sees.
    fn read(&self, seq: &BatchSeq<'_>, position: usize) -> Result<(), String> {
        let window = (position + 1).saturating_sub(self.spec.window.max(1));
        self.read_back(&self.full, seq.full, 0..=position)
            .map_err(|error| format!("full group, {error}"))?;
        self.read_back(&self.sliding, seq.sliding, window..=position)
            .map_err(|error| format!("sliding group, {error}"))
    }

    /// Follows the chain of hashes backwards through `positions`.
    fn read_back(
        &self,
        group: &[Link],
        table: &[BlockId],
        positions: RangeInclusive<usize>,
    ) -> Result<(), String> {
        if group.is_empty() {
            return Ok(());
        }
        let first = *positions.start();
        let mut expected = None;
        for position in positions.rev() {
            let link = group.get(self.slot(table, position)?).copied().unwrap_or_default();
            if link.hash == 0 || expected.is_some_and(|hash| hash != link.hash) {
                return Err(format!("position {position} holds something else"));
            }
            expected = Some(link.parent);
        }
        match first == 0 && expected != Some(ROOT) {
            true => Err("the chain does not begin at position 0".into()),
            false => Ok(()),
        }
    }

    /// No block is written by one sequence and held by another in the same step.
    fn check_sharing<'a>(
        &self,
        batch: &Batch<'a>,
        table: impl Fn(&BatchSeq<'a>) -> &'a [BlockId],
    ) -> Result<(), String> {
        let mut written: FxHashMap<BlockId, SeqId> = FxHashMap::default();
        for seq in &batch.seqs {
            let first = batch.positions[seq.rows.start] as usize / self.spec.block_tokens;
            written.extend(table(seq).iter().skip(first).map(|&id| (id, seq.id)));
        }
        for seq in &batch.seqs {
            let foreign = |id: &&BlockId| written.get(id).is_some_and(|writer| *writer != seq.id);
            if let Some(id) = table(seq).iter().find(foreign) {
                return Err(format!(
                    "block {id} is written by sequence {} and held by {}",
                    written[id], seq.id
                ));
            }
        }
        Ok(())
    }

    /// One sequence's part of a step.
    fn run(
        &mut self,
        batch: &Batch<'_>,
        seq: &BatchSeq<'_>,
    ) -> Result<Option<SampleResult>, String> {
        let hash = self.advance(batch, seq)?;
        let Some(request) = &seq.sample else { return Ok(None) };
        match hash == chain(request.history) {
            true => Ok(Some(Self::choose(self.spec.vocabulary, hash, request))),
            false => Err("the KV is of another prefix than the history".into()),
        }
    }
}

impl Runner for FakeRunner {
    fn spec(&self) -> RunnerSpec {
        self.spec
    }

    fn device(&self) -> String {
        "fake".into()
    }

    fn step(&mut self, batch: &Batch<'_>) -> Result<Vec<SampleResult>, RunnerError> {
        self.check_sharing(batch, |seq| seq.full).map_err(RunnerError)?;
        self.check_sharing(batch, |seq| seq.sliding).map_err(RunnerError)?;
        let run = |seq: &BatchSeq<'_>| {
            self.run(batch, seq)
                .map_err(|error| RunnerError(format!("sequence {}: {error}", seq.id)))
                .transpose()
        };
        batch.seqs.iter().filter_map(run).collect()
    }
}
