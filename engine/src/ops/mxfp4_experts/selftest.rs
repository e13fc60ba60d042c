//! The kernel against its reference, on the machine at hand.

use candle_core::{Device, Result, Tensor};

use super::{cpu, reference};
use crate::ops::{
    route::Routes,
    simd::Isa,
    testing::{bits, noise, relative_error},
};

/// Relative error of `isa` for eight experts, two a token.
pub(in crate::ops) fn error(isa: Isa) -> Result<f64> {
    let (experts, k, h, i, n) = (8, 2, 96, 160, 9);
    let (up, down) = (Weights::new(experts, 2 * i, h, 1), Weights::new(experts, h, i, 5));
    // A small limit, so that the clamps take part.
    let w = cpu::Weights { gate_up: up.slices(), down: down.slices(), limit: 0.7 };
    let logits = Tensor::from_vec(noise(n * experts, 9), (n, experts), &Device::Cpu)?;
    let (x, routes) = (noise(n * h, 3), Routes::choose(&logits, k)?);
    let want = reference::experts(&w, &x, &routes);
    Ok(relative_error(&cpu::forward_with(isa, &w, &x, &routes), &want))
}

/// Random weights of one projection.
pub(super) struct Weights {
    pub(super) codes: Vec<[u8; 16]>,
    pub(super) scales: Vec<u8>,
    pub(super) bias: Vec<f32>,
    pub(super) rows: usize,
    pub(super) blocks: usize,
}

impl Weights {
    pub(super) fn new(experts: usize, rows: usize, columns: usize, seed: u64) -> Self {
        let blocks = columns / 32;
        let count = experts * rows * blocks;
        let words = bits(2 * count, seed);
        Self {
            codes: words.chunks_exact(2).map(|w| bytemuck::cast([w[0], w[1]])).collect(),
            // Powers of two from 2^-8 to 2^-1.
            scales: bits(count, seed + 1).into_iter().map(|x| 119 + (x >> 61) as u8).collect(),
            bias: noise(experts * rows, seed + 2),
            rows,
            blocks,
        }
    }

    pub(super) fn slices(&self) -> cpu::Projection<'_> {
        let Self { codes, scales, bias, rows, blocks } = self;
        cpu::Projection { codes, scales, bias, rows: *rows, blocks: *blocks }
    }
}
