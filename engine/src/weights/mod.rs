//! Where weights come from. Every source gives the same tensors under the same names; the model does not know which it has.

mod checkpoint;
pub mod demo;
mod export;
mod memory;
mod place;
mod progress;
mod random;
mod report;

use std::borrow::Cow;

pub use self::{
    checkpoint::{Checkpoint, InMemory},
    export::{ExportLayout, Exported, export},
    progress::{NoProgress, Progress, Tracked},
    random::RandomWeights,
    report::{KvReport, Part, PartSize, Report, TensorRow},
};
use crate::config::{ConfigError, ModelConfig};

/// A tensor of a gpt-oss model, by place. Shapes are in the letters of [`ModelConfig`]: h hidden, v vocabulary, q = heads ×
/// head_dim, k = kv_heads × head_dim, e experts, i intermediate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TensorId {
    /// \[v, h\] bf16; fewer rows when [`WeightSource::shared_rows`] says so.
    Embedding,
    /// \[v, h\] bf16; absent when tied.
    Unembedding,
    /// \[h\] bf16.
    FinalNorm,
    /// One of a layer's tensors.
    Layer(usize, LayerTensor),
}

/// A tensor of a layer. Linear weights are \[out, in\].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LayerTensor {
    /// \[h\]
    AttentionNorm,
    /// \[q, h\]
    QueryWeight,
    /// \[q\]
    QueryBias,
    /// \[k, h\]
    KeyWeight,
    /// \[k\]
    KeyBias,
    /// \[k, h\]
    ValueWeight,
    /// \[k\]
    ValueBias,
    /// \[heads\]
    Sinks,
    /// \[h, q\]
    OutputWeight,
    /// \[h\]
    OutputBias,
    /// \[h\]
    MlpNorm,
    /// \[e, h\]
    RouterWeight,
    /// \[e\]
    RouterBias,
    /// u8 \[e, 2i, h/32, 16\]: two codes a byte, low nibble first; rows alternate gate, up.
    GateUpBlocks,
    /// u8 \[e, 2i, h/32\]: exponents with bias 127.
    GateUpScales,
    /// \[e, 2i\]
    GateUpBias,
    /// u8 \[e, h, i/32, 16\]
    DownBlocks,
    /// u8 \[e, h, i/32\]
    DownScales,
    /// \[e, h\]
    DownBias,
}

/// Element type of [`TensorData`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dtype {
    /// 32-bit float, little endian.
    F32,
    /// bfloat16, little endian.
    Bf16,
    /// Bytes.
    U8,
}

/// A tensor's bytes, borrowed from a mapped file where possible; row-major, not necessarily aligned to the element type.
#[derive(Clone, Debug)]
pub struct TensorData<'a> {
    /// Element type.
    pub dtype: Dtype,
    /// Extents, outermost first.
    pub shape: Vec<usize>,
    /// `product(shape) * size_of(dtype)` bytes.
    pub bytes: Cow<'a, [u8]>,
}

/// A model's weights could not be had. The message names file, tensor, expected and found.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct WeightError(pub String);

impl From<ConfigError> for WeightError {
    fn from(error: ConfigError) -> Self {
        Self(error.to_string())
    }
}

/// What a source holds of a tensor, without its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TensorInfo {
    /// Element type of the [`TensorData`] that `tensor` gives.
    pub dtype: Dtype,
    /// Its extents, outermost first.
    pub shape: Vec<usize>,
    /// Bytes that the source stores for it; fewer than shape × dtype when it is stored compressed, 0 when it is computed.
    pub stored_bytes: u64,
}

/// Opens the weights that a user names.
///
/// | `spec` | weights |
/// |---|---|
/// | `demo` | the built-in demo model |
/// | `random:20b`, `random:120b`, `random:educational` | random weights of a built-in shape |
/// | `random:CONFIG.json` | random weights of that file's shape |
/// | anything else | a folder with a checkpoint in either published layout |
///
/// # Errors
/// One sentence that names the file and, where there is one, the remedy.
pub fn open(spec: &str, progress: &dyn Progress) -> Result<Box<dyn WeightSource>, WeightError> {
    if spec == "demo" {
        return Ok(Box::new(demo::open()?));
    }
    if let Some(shape) = spec.strip_prefix("random:") {
        let config = match ModelConfig::built_in(shape) {
            Some(config) => config,
            None => checkpoint::config_file(shape)?,
        };
        return Ok(Box::new(RandomWeights::new(config, 0)));
    }
    Ok(Box::new(Checkpoint::open(spec.as_ref(), progress)?))
}

/// A checkpoint, random weights or the built-in demo model.
pub trait WeightSource: Send + Sync {
    /// The model's shape.
    fn config(&self) -> &ModelConfig;

    /// One tensor, checked against the shape that `config` implies.
    ///
    /// # Errors
    /// The tensor is absent or not as expected.
    fn tensor(&self, id: TensorId) -> Result<TensorData<'_>, WeightError>;

    /// Type, extents and stored size of a tensor, without reading it.
    ///
    /// # Errors
    /// The source has no such tensor.
    fn describe(&self, id: TensorId) -> Result<TensorInfo, WeightError>;

    /// When the embedding stores only some rows: the ids of its first rows, in order. One more row follows that all other ids share.
    fn shared_rows(&self) -> Option<&[u32]> {
        None
    }

    /// The checkpoint's own default temperature, from `generation_config.json`; 0 is greedy.
    fn temperature(&self) -> Option<f32> {
        None
    }

    /// The bytes of the checkpoint's own `tokenizer.json`, if it has one.
    ///
    /// # Errors
    /// The file is there but cannot be read.
    fn tokenizer_json(&self) -> Result<Option<Cow<'_, [u8]>>, WeightError> {
        Ok(None)
    }
}
