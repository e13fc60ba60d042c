//! A batch as the model takes it: checked, with the places of its keys in both groups.

use candle_core::{Result, bail};

use super::KvCache;
use crate::{
    batch::Batch,
    config::{LayerKind, ModelConfig},
    ops::paged_attention::{Places, Seq},
};

/// One step's input.
#[derive(Debug)]
pub struct Step<'a> {
    /// \[n\] ids.
    pub tokens: &'a [u32],
    /// \[n\]
    pub positions: &'a [u32],
    /// \[s\] rows whose hidden states are wanted.
    pub outputs: Vec<u32>,
    full: Places<'a>,
    sliding: Places<'a>,
}

impl<'a> Step<'a> {
    /// Of a batch; its outputs are the last rows of the sequences that sample.
    ///
    /// # Errors
    /// Rows, positions and tables do not fit together.
    pub fn new(batch: &'a Batch<'a>, config: &ModelConfig, kv: &KvCache) -> Result<Self> {
        let n = batch.tokens.len();
        let covered = batch.seqs.last().map_or(0, |s| s.rows.end);
        if n != batch.positions.len() || n != covered {
            bail!(
                "a step of {n} tokens has {} positions and sequences of {covered}",
                batch.positions.len()
            );
        }
        for seq in &batch.seqs {
            let positions = batch.positions.get(seq.rows.clone()).unwrap_or_default();
            let consecutive = positions.windows(2).all(|p| p[1] == p[0] + 1);
            let last = positions.last().map_or(0, |p| *p as usize);
            if positions.is_empty() || !consecutive || last >= config.max_positions {
                bail!("sequence {} has rows {:?} at positions {positions:?}", seq.id, seq.rows);
            }
        }
        let outputs =
            batch.seqs.iter().filter(|s| s.sample.is_some()).map(|s| s.rows.end as u32 - 1);
        Ok(Self {
            tokens: &batch.tokens,
            positions: &batch.positions,
            outputs: outputs.collect(),
            full: places(batch, config, kv, LayerKind::Full)?,
            sliding: places(batch, config, kv, LayerKind::Sliding)?,
        })
    }

    /// Where the layers of a kind find their keys.
    pub(super) fn places(&self, kind: LayerKind) -> &Places<'a> {
        match kind {
            LayerKind::Full => &self.full,
            LayerKind::Sliding => &self.sliding,
        }
    }
}

/// The tables of one group; empty when the model has no layer of the kind.
fn places<'a>(
    batch: &'a Batch<'a>,
    config: &ModelConfig,
    kv: &KvCache,
    kind: LayerKind,
) -> Result<Places<'a>> {
    let window = (kind == LayerKind::Sliding).then_some(config.window);
    if !config.layers.contains(&kind) {
        return Places::new(Vec::new(), kv.shape(kind), window);
    }
    let seq = |seq: &crate::batch::BatchSeq<'a>| Seq {
        rows: seq.rows.clone(),
        start: batch.positions[seq.rows.start],
        table: if kind == LayerKind::Full { seq.full } else { seq.sliding },
    };
    Places::new(batch.seqs.iter().map(seq).collect(), kv.shape(kind), window)
}
