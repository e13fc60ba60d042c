//! Causal attention over a layer's KV pages, with sinks, a sliding window and grouped queries.
//!
//! `p_j = exp(l_j - m) / (Σ exp(l_j - m) + exp(sink - m))`, `l_j = q · k_j / √d`, over the positions `j ≤ p` and, in sliding layers,
//! `j > p - window`. Query head h reads KV head `h / (heads / kv_heads)`. The sink is not scaled and has no value.
//!
//! Keys and values are f32 and lie in blocks of positions; a sequence's table names its blocks. Keys are taken in the order of their
//! positions, sixteen at a time from multiples of sixteen, so on the CPU a query's bits depend neither on where its blocks lie
//! nor on which other queries are computed in the same call.

mod composed;
mod cpu;
mod reference;
pub(super) mod selftest;
#[cfg(test)]
mod tests;

use std::ops::Range;

use candle_core::{
    CpuStorage, CustomOp3, DType, Device, InplaceOp2, Layout, Result, Shape, Tensor, bail,
};

use super::{Rows, contiguous};
use crate::batch::{BlockId, NO_BLOCK};

/// Positions of a tile; a block is a whole number of tiles.
pub const TILE: usize = super::simd::LANES;

/// Extents of a layer's pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageShape {
    /// Blocks in the pool.
    pub blocks: usize,
    /// Positions a block; a multiple of [`TILE`].
    pub block_tokens: usize,
    /// KV heads.
    pub kv_heads: usize,
    /// Width of a head.
    pub head_dim: usize,
}

impl PageShape {
    /// Bytes of one block's keys and values.
    pub fn block_bytes(&self) -> usize {
        4 * self.block_tokens * self.kv_heads * (self.head_dim + self.padded())
    }

    /// Values are stored in rows of whole vectors.
    fn padded(&self) -> usize {
        self.head_dim.next_multiple_of(TILE)
    }
}

/// Keys and values of one layer, owned by the runner.
#[derive(Debug)]
pub struct Pages {
    /// CPU: f32 \[tiles, kv_heads, d, 16\]; elsewhere \[slots, kv_heads · d\].
    keys: Tensor,
    /// CPU: f32 \[tiles, kv_heads, 16, padded d\]; elsewhere \[slots, kv_heads · d\].
    values: Tensor,
    shape: PageShape,
}

/// Where a step's keys go and come from, for one group of layers.
#[derive(Clone, Debug)]
pub struct Places<'a> {
    /// \[n\] slot of each row: block · block_tokens + offset.
    slots: Vec<u32>,
    /// \[n\] sequence of each row.
    seq_of_row: Vec<u32>,
    seqs: Vec<Seq<'a>>,
}

/// One sequence's rows of a step and its blocks.
#[derive(Clone, Debug)]
pub struct Seq<'a> {
    /// Its rows.
    pub rows: Range<usize>,
    /// Position of the first row; the rest follow.
    pub start: u32,
    /// Block j holds positions `j · block_tokens ..`.
    pub table: &'a [BlockId],
}

impl Seq<'_> {
    /// Position of a row of the step.
    fn position(&self, row: usize) -> usize {
        self.start as usize + (row - self.rows.start)
    }
}

/// First position that the query at `position` sees.
fn first_visible(position: usize, window: Option<usize>) -> usize {
    window.map_or(0, |window| (position + 1).saturating_sub(window))
}

impl<'a> Places<'a> {
    /// Checks that `seqs` cover all rows in order and that every block that is written or read exists.
    ///
    /// # Errors
    /// The tables do not fit the rows.
    pub fn new(seqs: Vec<Seq<'a>>, shape: &PageShape, window: Option<usize>) -> Result<Self> {
        let (mut slots, mut seq_of_row) = (Vec::new(), Vec::new());
        for (index, seq) in seqs.iter().enumerate() {
            if seq.rows.start != slots.len() || seq.rows.is_empty() {
                bail!("attention: rows {:?} after {} rows", seq.rows, slots.len());
            }
            let (start, end) = (seq.start as usize, seq.position(seq.rows.end));
            let needed =
                first_visible(start, window) / shape.block_tokens..end.div_ceil(shape.block_tokens);
            let blocks = seq.table.get(needed.clone()).unwrap_or_default();
            if blocks.is_empty()
                || blocks.iter().any(|b| *b == NO_BLOCK || *b as usize >= shape.blocks)
            {
                bail!(
                    "attention: positions {start}..{end} need blocks {needed:?}, the table is {:?}",
                    seq.table
                );
            }
            for position in start..end {
                let block = seq.table[position / shape.block_tokens] as usize;
                slots.push((block * shape.block_tokens + position % shape.block_tokens) as u32);
                seq_of_row.push(index as u32);
            }
        }
        Ok(Self { slots, seq_of_row, seqs })
    }

    /// The sequence and the position of a row.
    fn of_row(&self, row: usize) -> (&Seq<'a>, usize) {
        let seq = &self.seqs[self.seq_of_row[row] as usize];
        (seq, seq.position(row))
    }
}

/// What a layer adds to the pages.
#[derive(Clone, Debug)]
pub struct Attention {
    /// f32 \[heads\]
    pub sinks: Tensor,
    /// Keys visible to a query, itself included; `None` is all.
    pub window: Option<usize>,
}

impl Pages {
    /// Empty pages.
    ///
    /// # Errors
    /// `block_tokens` is not a multiple of [`TILE`], or the device has no room.
    pub fn new(shape: PageShape, device: &Device) -> Result<Self> {
        let PageShape { blocks, block_tokens, kv_heads, head_dim } = shape;
        if block_tokens == 0 || !block_tokens.is_multiple_of(TILE) {
            bail!("attention: {block_tokens} positions a block, expected a multiple of {TILE}");
        }
        let slots = blocks * block_tokens;
        if !device.is_cpu() {
            let zeros = || Tensor::zeros((slots, kv_heads * head_dim), DType::F32, device);
            return Ok(Self { keys: zeros()?, values: zeros()?, shape });
        }
        let keys = Tensor::zeros((slots / TILE, kv_heads, head_dim, TILE), DType::F32, device)?;
        let values =
            Tensor::zeros((slots / TILE, kv_heads, TILE, shape.padded()), DType::F32, device)?;
        Ok(Self { keys, values, shape })
    }

    /// Writes the keys and values of a step, f32 \[n, kv_heads · d\] each; rows may lie apart.
    ///
    /// # Errors
    /// Shapes differ, or the device failed.
    pub fn store(&mut self, k: &Tensor, v: &Tensor, places: &Places<'_>) -> Result<()> {
        let expected = [places.slots.len(), self.shape.kv_heads * self.shape.head_dim];
        if k.dims() != expected || v.dims() != expected {
            bail!(
                "attention: keys {:?} and values {:?}, expected {expected:?}",
                k.dims(),
                v.dims()
            );
        }
        if !k.device().is_cpu() {
            return self.store_composed(k, v, places);
        }
        self.keys.inplace_op2(k, &Store { places, shape: &self.shape, put: cpu::put_key })?;
        self.values.inplace_op2(v, &Store { places, shape: &self.shape, put: cpu::put_value })
    }

    /// Queries f32 \[n, heads · d\] → \[n, heads · d\]. The step's own keys must have been stored.
    ///
    /// # Errors
    /// Shapes differ, or the device failed.
    pub fn attend(&self, q: &Tensor, places: &Places<'_>, layer: &Attention) -> Result<Tensor> {
        let (n, width) = q.dims2()?;
        let heads = layer.sinks.dims1()?;
        let right =
            heads.is_multiple_of(self.shape.kv_heads) && width == heads * self.shape.head_dim;
        if n != places.slots.len() || !right {
            bail!(
                "attention: queries {:?} with {heads} sinks for {} rows",
                q.dims(),
                places.slots.len()
            );
        }
        if !q.device().is_cpu() {
            return self.attend_composed(q, places, layer);
        }
        q.apply_op3_no_bwd(&self.keys, &self.values, &Op { places, layer, shape: &self.shape })
    }
}

/// Writes one tensor's rows into the pages.
struct Store<'a> {
    places: &'a Places<'a>,
    shape: &'a PageShape,
    put: fn(&PageShape, u32, &[f32], &mut [f32]),
}

impl InplaceOp2 for Store<'_> {
    fn name(&self) -> &'static str {
        "kv-store"
    }

    fn cpu_fwd(
        &self,
        pages: &mut CpuStorage,
        _: &Layout,
        x: &CpuStorage,
        xl: &Layout,
    ) -> Result<()> {
        let rows = Rows::new(x, xl)?;
        let CpuStorage::F32(pages) = pages else {
            bail!("attention: pages of {:?}", pages.as_slice::<f32>().err())
        };
        for (row, slot) in self.places.slots.iter().enumerate() {
            (self.put)(self.shape, *slot, rows.row(row), pages);
        }
        Ok(())
    }
}

/// The CPU's forward pass.
struct Op<'a> {
    places: &'a Places<'a>,
    layer: &'a Attention,
    shape: &'a PageShape,
}

impl CustomOp3 for Op<'_> {
    fn name(&self) -> &'static str {
        "paged-attention"
    }

    fn cpu_fwd(
        &self,
        q: &CpuStorage,
        ql: &Layout,
        k: &CpuStorage,
        kl: &Layout,
        v: &CpuStorage,
        vl: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (storage, layout) = self.layer.sinks.storage_and_layout();
        let candle_core::Storage::Cpu(storage) = &*storage else {
            bail!("attention: the sinks are on another device")
        };
        let inputs = cpu::Inputs {
            q: contiguous(q, ql)?,
            keys: contiguous(k, kl)?,
            values: contiguous(v, vl)?,
            sinks: contiguous(storage, layout)?,
            window: self.layer.window,
            shape: *self.shape,
        };
        Ok((CpuStorage::F32(cpu::forward(&inputs, self.places)), ql.shape().clone()))
    }
}
