//! Sizes of a [`super::CandleRunner`].

use candle_core::Device;

use crate::{model::Room, ops::paged_attention::TILE};

/// What a runner may use.
#[derive(Clone, Debug)]
pub struct RunnerOptions {
    /// Where to compute.
    pub device: Device,
    /// Bytes of KV memory. The operating system commits them as they are used.
    pub kv_bytes: usize,
    /// Positions a KV block; a multiple of 16.
    pub block_tokens: usize,
    /// Tokens of a step at most.
    pub step_tokens: usize,
    /// Sequences that the sliding group has room for.
    pub sequences: usize,
    /// Threads; `None` is one a physical core.
    pub threads: Option<usize>,
}

impl Default for RunnerOptions {
    fn default() -> Self {
        Self {
            device: Device::Cpu,
            kv_bytes: 1 << 30,
            block_tokens: TILE,
            step_tokens: 512,
            sequences: 64,
            threads: None,
        }
    }
}

impl RunnerOptions {
    pub(super) fn room(&self) -> Room {
        Room { sequences: self.sequences, step_tokens: self.step_tokens }
    }
}
