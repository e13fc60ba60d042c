//! Random weights of any shape, for measuring speed without a download.
//!
//! Every tensor is a function of (seed, tensor, position) alone, so tensors are made on demand, in any order and on all cores. The scales keep
//! activations finite and routing spread: at hidden 2880 they are norms 1, embedding N(0, 1), other matrices N(0, 0.02), MXFP4 codes uniform with
//! scales 2^-8, 2^-7 and 2^-6. For other widths matrices scale with 1/sqrt(inputs), so that products keep their size.

#[cfg(test)]
mod tests;

use std::{borrow::Cow, sync::LazyLock};

use half::bf16;
use rayon::prelude::*;

use super::{LayerTensor, TensorData, TensorId, TensorInfo, WeightError, WeightSource};
use crate::{config::ModelConfig, huge_pages};

/// Bytes that one task generates; part of the definition, since each starts its own counter.
const CHUNK: usize = 1 << 16;
/// Width at which the scales are those of the recipe.
const REFERENCE_WIDTH: f64 = 2880.0;
/// Standard deviation of matrices of that width, and of biases.
const STD: f64 = 0.02;
/// The middle of the three exponents, with MXFP4's bias of 127.
const EXPONENT: i32 = 127 - 7;

/// Seeded random weights.
pub struct RandomWeights {
    config: ModelConfig,
    seed: u64,
}

/// How a tensor's values are drawn.
#[derive(Clone, Copy)]
enum Draw {
    Ones,
    /// Mean 0, this standard deviation.
    Normal(f64),
    /// Every byte alike.
    Bytes,
    /// Three neighbouring exponents, the middle one given.
    Exponents(u8),
}

impl RandomWeights {
    /// Weights of `config`'s shape; the same seed gives the same weights.
    #[must_use]
    pub fn new(config: ModelConfig, seed: u64) -> Self {
        Self { config, seed }
    }

    fn draw(&self, id: TensorId) -> Draw {
        use LayerTensor as L;
        let c = &self.config;
        let matrix = |inputs: usize| Draw::Normal(STD * (REFERENCE_WIDTH / inputs as f64).sqrt());
        let exponents = |inputs: usize| {
            let shift = (REFERENCE_WIDTH / inputs as f64).sqrt().log2().round() as i32;
            Draw::Exponents((EXPONENT + shift).clamp(1, 253) as u8)
        };
        match id {
            // A tied embedding is also the last matrix.
            TensorId::Embedding if c.tied => matrix(c.hidden),
            TensorId::Embedding => Draw::Normal(1.0),
            TensorId::Unembedding => matrix(c.hidden),
            TensorId::FinalNorm => Draw::Ones,
            TensorId::Layer(_, tensor) => match tensor {
                L::AttentionNorm | L::MlpNorm => Draw::Ones,
                L::QueryWeight | L::KeyWeight | L::ValueWeight | L::RouterWeight => {
                    matrix(c.hidden)
                }
                L::OutputWeight => matrix(c.query_dim()),
                L::Sinks => Draw::Normal(1.0),
                L::QueryBias | L::KeyBias | L::ValueBias | L::OutputBias | L::RouterBias => {
                    Draw::Normal(STD)
                }
                L::GateUpBias | L::DownBias => Draw::Normal(STD),
                L::GateUpBlocks | L::DownBlocks => Draw::Bytes,
                L::GateUpScales => exponents(c.hidden),
                L::DownScales => exponents(c.intermediate),
            },
        }
    }
}

impl WeightSource for RandomWeights {
    fn config(&self) -> &ModelConfig {
        &self.config
    }

    fn tensor(&self, id: TensorId) -> Result<TensorData<'_>, WeightError> {
        let TensorInfo { dtype, shape, .. } = self.describe(id)?;
        let mut bytes = huge_pages::zeroed(shape.iter().product::<usize>() * dtype.size());
        fill(self.draw(id), mix(self.seed ^ mix(key(id))), &mut bytes);
        Ok(TensorData { dtype, shape, bytes: Cow::Owned(bytes) })
    }

    fn describe(&self, id: TensorId) -> Result<TensorInfo, WeightError> {
        let exists = match id {
            TensorId::Unembedding => !self.config.tied,
            TensorId::Layer(n, _) => n < self.config.layers.len(),
            TensorId::Embedding | TensorId::FinalNorm => true,
        };
        if !exists {
            return Err(WeightError(format!("random weights: this shape has no tensor `{id}`")));
        }
        Ok(TensorInfo {
            dtype: id.published_dtype(),
            shape: id.shape(&self.config),
            stored_bytes: 0,
        })
    }
}

/// A number for each tensor.
fn key(id: TensorId) -> u64 {
    match id {
        TensorId::Embedding => 0,
        TensorId::Unembedding => 1,
        TensorId::FinalNorm => 2,
        TensorId::Layer(n, tensor) => (n as u64 + 1) << 8 | tensor as u64,
    }
}

/// The finaliser of SplitMix64 (Steele, Lea and Flood 2014): a bijection whose outputs on a counter pass as random.
fn mix(counter: u64) -> u64 {
    let mut z = counter.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

fn fill(draw: Draw, seed: u64, bytes: &mut [u8]) {
    let table = match draw {
        Draw::Ones => normal_table(0.0, 1.0),
        Draw::Normal(std) => normal_table(std, 0.0),
        Draw::Bytes | Draw::Exponents(_) => [[0; 2]; 256],
    };
    bytes.par_chunks_mut(CHUNK).enumerate().for_each(|(i, chunk)| {
        let seed = mix(seed.wrapping_add(i as u64));
        match draw {
            Draw::Ones | Draw::Normal(_) => normals(seed, &table, chunk),
            Draw::Bytes => random_bytes(seed, chunk, |word| word),
            // Each byte, times 3, divided by 256, is 0, 1 or 2.
            Draw::Exponents(middle) => random_bytes(seed, chunk, |word| {
                u64::from_le_bytes(
                    word.to_le_bytes().map(|byte| middle - 1 + ((u16::from(byte) * 3) >> 8) as u8),
                )
            }),
        }
    });
}

fn random_bytes(seed: u64, bytes: &mut [u8], map: impl Fn(u64) -> u64) {
    for (i, out) in bytes.chunks_mut(8).enumerate() {
        out.copy_from_slice(&map(mix(seed.wrapping_add(i as u64))).to_le_bytes()[..out.len()]);
    }
}

/// Eight bf16 values from each random word, one for each of its bytes.
fn normals(seed: u64, table: &[[u8; 2]; 256], bytes: &mut [u8]) {
    for (i, out) in bytes.chunks_mut(16).enumerate() {
        let word = mix(seed.wrapping_add(i as u64)).to_le_bytes();
        for (out, byte) in out.as_chunks_mut::<2>().0.iter_mut().zip(word) {
            *out = table[usize::from(byte)];
        }
    }
}

/// The 256 quantiles of N(mean, std²) in bf16: a random byte chooses one.
fn normal_table(std: f64, mean: f64) -> [[u8; 2]; 256] {
    QUANTILES.map(|z| bf16::from_f64(mean + std * z).to_le_bytes())
}

/// The middles of 256 equally likely intervals of N(0, 1), scaled to variance 1.
static QUANTILES: LazyLock<[f64; 256]> = LazyLock::new(|| {
    const STEP: f64 = 1e-4;
    let mut quantiles = [0.0; 256];
    let (mut x, mut below, mut next) = (-6.0_f64, 0.0, 0);
    while next < 256 && x < 6.0 {
        below += (-0.5 * (x + 0.5 * STEP).powi(2)).exp() * STEP / std::f64::consts::TAU.sqrt();
        x += STEP;
        if below * 256.0 >= next as f64 + 0.5 {
            quantiles[next] = x;
            next += 1;
        }
    }
    let variance = quantiles.iter().map(|z| z * z).sum::<f64>() / 256.0;
    quantiles.map(|z| z / variance.sqrt())
});
