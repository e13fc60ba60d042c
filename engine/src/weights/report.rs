//! What a model weighs: the numbers behind `gpt-oss model inspect`.

#[cfg(test)]
mod tests;

use serde::Serialize;

use super::{Dtype, LayerTensor, TensorId, WeightError, WeightSource};
use crate::config::{LayerKind, ModelConfig};

/// Bytes of a KV value in bf16.
const KV_BYTES: u64 = 2;

/// Sizes of a model; every number is exact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// All weights: an MXFP4 code is one, its scale none; an embedding row that ids share counts once.
    pub parameters: u64,
    /// Weights that one token uses: its experts and the unembedding, not the embedding table.
    pub active_parameters: u64,
    /// Bytes in memory in the layout of the published checkpoints.
    pub bytes: u64,
    /// Bytes that the source stores; 0 for weights that are computed.
    pub stored_bytes: u64,
    /// What the same weights take in bf16.
    pub bf16_bytes: u64,
    /// The same numbers by part of the model.
    pub parts: Vec<PartSize>,
    /// The KV cache, in bf16.
    pub kv: KvReport,
    /// Every tensor, in the order of the forward pass.
    pub tensors: Vec<TensorRow>,
}

/// One part of the model, all layers together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PartSize {
    /// Which.
    pub part: Part,
    /// Its weights.
    pub parameters: u64,
    /// Its bytes in memory.
    pub bytes: u64,
    /// Its bytes in the source.
    pub stored_bytes: u64,
}

/// Parts of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The embedding table, which is the unembedding as well when tied.
    Embedding,
    /// Query, key, value and output projections, biases, sinks.
    Attention,
    /// Router weights and biases.
    Router,
    /// MXFP4 blocks and scales, and biases.
    Experts,
    /// All norms.
    Norms,
    /// The unembedding, when it is not tied.
    Unembedding,
}

/// Memory of the KV cache in bf16.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KvReport {
    /// Layers that keep every position.
    pub full_layers: usize,
    /// Bytes that each further token takes in them, for as long as the sequence lives.
    pub full_bytes_per_token: u64,
    /// Layers that keep a window.
    pub sliding_layers: usize,
    /// Bytes that a token takes in them while it is in the window.
    pub sliding_bytes_per_token: u64,
    /// Positions in the window.
    pub window: usize,
}

/// One tensor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TensorRow {
    /// Hugging Face name.
    pub name: String,
    /// `bf16`, `f32` or `u8`.
    pub dtype: &'static str,
    /// Extents, outermost first.
    pub shape: Vec<usize>,
    /// Bytes in memory.
    pub bytes: u64,
    /// Bytes in the source.
    pub stored_bytes: u64,
}

impl Report {
    /// Measures a source without reading its tensors.
    ///
    /// # Errors
    /// A tensor is absent.
    pub fn new(source: &dyn WeightSource) -> Result<Self, WeightError> {
        let config = source.config();
        let mut report = Self {
            parameters: 0,
            active_parameters: 0,
            bytes: 0,
            stored_bytes: 0,
            bf16_bytes: 0,
            parts: Vec::new(),
            kv: KvReport::new(config),
            tensors: Vec::new(),
        };
        for id in TensorId::all(config) {
            let info = source.describe(id)?;
            let size = PartSize {
                part: Part::of(id),
                parameters: parameters(id, &info.shape),
                bytes: info.bytes(),
                stored_bytes: info.stored_bytes,
            };
            report.add(&size);
            report.active_parameters += active(&size, config);
            report.tensors.push(TensorRow {
                name: id.to_string(),
                dtype: info.dtype.name(),
                bytes: size.bytes,
                stored_bytes: size.stored_bytes,
                shape: info.shape,
            });
        }
        report.bf16_bytes = 2 * report.parameters;
        report.parts.sort_by_key(|part| part.part);
        Ok(report)
    }

    /// How many times smaller the weights are in memory than in bf16.
    #[must_use]
    pub fn compression(&self) -> f64 {
        self.bf16_bytes as f64 / self.bytes as f64
    }

    fn add(&mut self, size: &PartSize) {
        self.parameters += size.parameters;
        self.bytes += size.bytes;
        self.stored_bytes += size.stored_bytes;
        match self.parts.iter_mut().find(|part| part.part == size.part) {
            Some(part) => {
                part.parameters += size.parameters;
                part.bytes += size.bytes;
                part.stored_bytes += size.stored_bytes;
            }
            None => self.parts.push(size.clone()),
        }
    }
}

impl KvReport {
    fn new(config: &ModelConfig) -> Self {
        let count = |kind| config.layers.iter().filter(|k| **k == kind).count();
        let (full_layers, sliding_layers) = (count(LayerKind::Full), count(LayerKind::Sliding));
        // A key and a value in each layer.
        let layer = 2 * config.kv_dim() as u64 * KV_BYTES;
        Self {
            full_layers,
            full_bytes_per_token: full_layers as u64 * layer,
            sliding_layers,
            sliding_bytes_per_token: sliding_layers as u64 * layer,
            window: config.window,
        }
    }

    /// Bytes that one sequence of `tokens` tokens needs, blocks not counted.
    #[must_use]
    pub fn sequence_bytes(&self, tokens: u64) -> u64 {
        self.full_bytes_per_token * tokens
            + self.sliding_bytes_per_token * tokens.min(self.window as u64)
    }
}

impl Part {
    fn of(id: TensorId) -> Self {
        use LayerTensor as L;
        match id {
            TensorId::Embedding => Self::Embedding,
            TensorId::Unembedding => Self::Unembedding,
            TensorId::FinalNorm | TensorId::Layer(_, L::AttentionNorm | L::MlpNorm) => Self::Norms,
            TensorId::Layer(_, L::RouterWeight | L::RouterBias) => Self::Router,
            TensorId::Layer(
                _,
                L::GateUpBlocks
                | L::GateUpScales
                | L::GateUpBias
                | L::DownBlocks
                | L::DownScales
                | L::DownBias,
            ) => Self::Experts,
            TensorId::Layer(_, _) => Self::Attention,
        }
    }

    /// For tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Embedding => "embedding",
            Self::Attention => "attention",
            Self::Router => "router",
            Self::Experts => "experts",
            Self::Norms => "norms",
            Self::Unembedding => "unembedding",
        }
    }
}

impl Dtype {
    /// As in file headers, in lower case.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::Bf16 => "bf16",
            Self::U8 => "u8",
        }
    }
}

/// Weights of a tensor: two a byte of MXFP4 blocks, none in its scales.
fn parameters(id: TensorId, shape: &[usize]) -> u64 {
    let elements = shape.iter().product::<usize>() as u64;
    match id {
        TensorId::Layer(_, LayerTensor::GateUpBlocks | LayerTensor::DownBlocks) => 2 * elements,
        TensorId::Layer(_, LayerTensor::GateUpScales | LayerTensor::DownScales) => 0,
        _ => elements,
    }
}

/// The weights of a tensor that one token uses: the experts chosen; of an embedding that is not the unembedding as well, one row.
fn active(size: &PartSize, config: &ModelConfig) -> u64 {
    match size.part {
        Part::Embedding if !config.tied => 0,
        Part::Experts => size.parameters / config.experts as u64 * config.experts_per_token as u64,
        _ => size.parameters,
    }
}
