//! A [`Runner`] on candle tensors: the portable one.

mod options;
#[cfg(test)]
mod oracle;
#[cfg(test)]
mod tests;
pub(crate) mod threads;

use std::sync::{Mutex, PoisonError};

use candle_core::Tensor;
pub use options::RunnerOptions;
use rayon::prelude::*;

use crate::{
    batch::{Batch, BatchSeq, BlockId, SampleRequest},
    model::{GptOss, KvCache, KvSizes, LoadError, Step, Vocabulary},
    runner::{Runner, RunnerError, RunnerSpec, SampleResult},
    sampler,
    weights::WeightSource,
};

/// Weights, KV memory and threads of one model.
pub struct CandleRunner {
    model: GptOss,
    kv: KvCache,
    spec: RunnerSpec,
    step_tokens: usize,
    pool: rayon::ThreadPool,
    /// \[vocabulary\] logits by id, one buffer a thread, which stays in that core's cache from row to row.
    by_id: Vec<Mutex<Vec<f32>>>,
}

impl CandleRunner {
    /// Loads `source` and reserves the KV memory.
    ///
    /// # Errors
    /// The weights cannot be read or used, or there is no room for them.
    pub fn load(source: &dyn WeightSource, options: RunnerOptions) -> Result<Self, LoadError> {
        let model = GptOss::load(source, &options.device)?;
        let config = model.config();
        let sizes =
            KvSizes::within(options.kv_bytes, config, options.block_tokens, &options.room());
        let kv = KvCache::new(config, &sizes, &options.device)?;
        let spec = RunnerSpec {
            vocabulary: config.vocabulary,
            max_tokens: config.max_positions,
            block_tokens: sizes.block_tokens,
            full_blocks: sizes.full_blocks,
            sliding_blocks: sizes.sliding_blocks,
            window: config.window,
        };
        let pool = threads::pool(options.threads)
            .map_err(|e| LoadError::Shape(format!("no threads: {e}")))?;
        let by_id = (0..pool.current_num_threads()).map(|_| Mutex::default()).collect();
        Ok(Self { model, kv, spec, step_tokens: options.step_tokens, pool, by_id })
    }

    /// The model's weights and shape.
    pub fn model(&self) -> &GptOss {
        &self.model
    }

    /// Logits after every token of `tokens`, f32 \[n, vocabulary\]. Overwrites the KV memory: not for a runner that serves.
    ///
    /// # Errors
    /// The tokens do not fit the KV memory or the vocabulary, or the device failed.
    pub fn logits(&mut self, tokens: &[u32]) -> Result<Vec<f32>, RunnerError> {
        let mut out = Vec::with_capacity(tokens.len() * self.spec.vocabulary);
        let mut start = 0;
        while start < tokens.len() {
            let end = tokens.len().min(start + self.step_tokens);
            let rows = self.logits_of(tokens, start..end)?;
            out.extend(rows.into_iter().flatten());
            start = end;
        }
        Ok(out)
    }

    /// Logits of `part` of `tokens`, after the tokens before it were computed.
    fn logits_of(
        &mut self,
        tokens: &[u32],
        part: std::ops::Range<usize>,
    ) -> Result<Vec<Vec<f32>>, RunnerError> {
        let table = |blocks: usize| -> Vec<BlockId> {
            let needed = part.end.div_ceil(self.spec.block_tokens).min(blocks);
            (0..needed as BlockId).collect()
        };
        let (full, sliding) = (table(self.spec.full_blocks), self.ring(part.end));
        let batch = Batch {
            tokens: tokens[part.clone()].to_vec(),
            positions: (part.start as u32..part.end as u32).collect(),
            seqs: vec![BatchSeq {
                id: 0,
                rows: 0..part.len(),
                full: &full,
                sliding: &sliding,
                sample: None,
            }],
        };
        let mut step = Step::new(&batch, self.model.config(), &self.kv)?;
        step.outputs = (0..part.len() as u32).collect();
        let (model, kv) = (&self.model, &mut self.kv);
        let rows = self.pool.install(|| hidden_to_rows(model, &model.forward(&step, kv)?))?;
        let expand = |row: &Vec<f32>| {
            let mut by_id = vec![0.0; model.vocabulary().size()];
            model.vocabulary().expand(row, &mut by_id);
            by_id
        };
        Ok(rows.iter().map(expand).collect())
    }

    /// A table for `positions` positions of one sequence alone in the sliding group, which goes around its blocks.
    fn ring(&self, positions: usize) -> Vec<BlockId> {
        let blocks = self.spec.sliding_blocks.max(1);
        (0..positions.div_ceil(self.spec.block_tokens)).map(|b| (b % blocks) as BlockId).collect()
    }
}

/// Logits by row of hidden states \[s, h\].
fn hidden_to_rows(model: &GptOss, hidden: &Tensor) -> candle_core::Result<Vec<Vec<f32>>> {
    model.logits(hidden)?.to_vec2::<f32>()
}

impl From<candle_core::Error> for RunnerError {
    fn from(error: candle_core::Error) -> Self {
        Self(error.to_string())
    }
}

impl Runner for CandleRunner {
    fn spec(&self) -> RunnerSpec {
        self.spec
    }

    fn step(&mut self, batch: &Batch<'_>) -> Result<Vec<SampleResult>, RunnerError> {
        if batch.seqs.is_empty() {
            return Ok(Vec::new());
        }
        let step = Step::new(batch, self.model.config(), &self.kv)?;
        let Self { model, kv, pool, by_id, .. } = self;
        pool.install(|| {
            let hidden = model.forward(&step, kv)?; // [s, h]
            if step.outputs.is_empty() {
                return Ok(Vec::new());
            }
            let rows = hidden_to_rows(model, &hidden)?; // [s, rows]
            Ok(sample(batch, model.vocabulary(), &rows, by_id))
        })
    }
}

/// One token a sequence that samples, in their order, each from its own logits.
fn sample(
    batch: &Batch<'_>,
    vocabulary: &Vocabulary,
    rows: &[Vec<f32>],
    by_id: &[Mutex<Vec<f32>>],
) -> Vec<SampleResult> {
    let requests: Vec<_> = batch.seqs.iter().filter_map(|seq| seq.sample.as_ref()).collect();
    let one = |(request, row): (&&SampleRequest<'_>, &Vec<f32>)| {
        // Only this thread takes this buffer, and the sampler does not yield to the pool. What a panic left in it is overwritten.
        let buffer = &by_id[rayon::current_thread_index().unwrap_or(0) % by_id.len()];
        let mut by_id = buffer.lock().unwrap_or_else(PoisonError::into_inner);
        by_id.resize(vocabulary.size(), 0.0);
        vocabulary.expand(row, &mut by_id);
        sampler::sample(&mut by_id, request)
    };
    requests.par_iter().zip(rows).map(one).collect()
}
