//! The KV memory of a model: pages for every layer, in two groups with their own blocks.

use candle_core::{Device, Result};

use crate::{
    config::{LayerKind, ModelConfig},
    ops::paged_attention::{PageShape, Pages},
};

/// Blocks of both groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KvSizes {
    /// Positions a block.
    pub block_tokens: usize,
    /// Blocks of the full-attention layers; 0 when there are none.
    pub full_blocks: usize,
    /// Blocks of the sliding layers; 0 when there are none.
    pub sliding_blocks: usize,
}

/// Pages of all layers.
#[derive(Debug)]
pub struct KvCache {
    layers: Vec<Pages>,
    full: PageShape,
    sliding: PageShape,
}

impl KvSizes {
    /// Spends `bytes` on blocks. The sliding group gets what `sequences` windows and one step of `step_tokens` need, at most the
    /// share that would hold as many positions as the full group; the rest goes to the full group.
    pub fn within(bytes: usize, config: &ModelConfig, block_tokens: usize, room: &Room) -> Self {
        let block = page_shape(config, 1, block_tokens).block_bytes();
        let count = |kind| config.layers.iter().filter(|k| **k == kind).count();
        let (full, sliding) = (count(LayerKind::Full), count(LayerKind::Sliding));
        let even = bytes / (block * (full + sliding).max(1));
        // A window that starts within a block reaches into one more, and so does the step.
        let windows = room.sequences * (config.window.div_ceil(block_tokens) + 1);
        let enough = windows + room.step_tokens.div_ceil(block_tokens) + room.sequences;
        let sliding_blocks = if sliding == 0 { 0 } else { even.min(enough) };
        let left = bytes.saturating_sub(sliding_blocks * sliding * block);
        Self {
            block_tokens,
            full_blocks: left.checked_div(full * block).unwrap_or(0),
            sliding_blocks,
        }
    }
}

/// What the sliding group must have room for.
#[derive(Clone, Copy, Debug)]
pub struct Room {
    /// Sequences that run at once.
    pub sequences: usize,
    /// Tokens of a step.
    pub step_tokens: usize,
}

fn page_shape(config: &ModelConfig, blocks: usize, block_tokens: usize) -> PageShape {
    PageShape { blocks, block_tokens, kv_heads: config.kv_heads, head_dim: config.head_dim }
}

impl KvCache {
    /// Empty pages for every layer.
    ///
    /// # Errors
    /// A block is no whole number of tiles, or the device has no room.
    pub fn new(config: &ModelConfig, sizes: &KvSizes, device: &Device) -> Result<Self> {
        let full = page_shape(config, sizes.full_blocks, sizes.block_tokens);
        let sliding = page_shape(config, sizes.sliding_blocks, sizes.block_tokens);
        let of_layer = |kind: &LayerKind| match kind {
            LayerKind::Full => Pages::new(full, device),
            LayerKind::Sliding => Pages::new(sliding, device),
        };
        Ok(Self {
            layers: config.layers.iter().map(of_layer).collect::<Result<_>>()?,
            full,
            sliding,
        })
    }

    /// Extents of the pages of a kind of layer.
    pub fn shape(&self, kind: LayerKind) -> &PageShape {
        match kind {
            LayerKind::Full => &self.full,
            LayerKind::Sliding => &self.sliding,
        }
    }

    /// Each layer's pages, in order.
    pub(super) fn layers(&mut self) -> impl Iterator<Item = &mut Pages> {
        self.layers.iter_mut()
    }
}
