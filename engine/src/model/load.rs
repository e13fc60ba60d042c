//! From a [`WeightSource`] to tensors on a device, one at a time, so that no more than one tensor exists twice.

use std::borrow::Cow;

use candle_core::{Device, Tensor};
use half::bf16;

use super::{Embedding, GptOss, Vocabulary, gpt_oss::Layer};
use crate::{
    config::{LayerKind, ModelConfig},
    huge_pages,
    ops::{
        linear::Linear,
        mxfp4_experts::{Experts, Projection},
        paged_attention::Attention,
        rmsnorm::RmsNorm,
        rope::Frequencies,
    },
    weights::{Dtype, LayerTensor, TensorData, TensorId, WeightError, WeightSource},
};

/// A model could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The weights could not be read.
    #[error(transparent)]
    Weights(#[from] WeightError),
    /// The device refused, or shapes do not fit together.
    #[error(transparent)]
    Device(#[from] candle_core::Error),
    /// A tensor has an element type that the model cannot use.
    #[error("{tensor} is stored as {found:?}, expected {expected}")]
    Dtype {
        /// Which one.
        tensor: String,
        /// Its type.
        found: Dtype,
        /// The types that can be used.
        expected: &'static str,
    },
    /// The shape in `config.json` is not one that the model's operations can compute.
    #[error("{0}")]
    Shape(String),
}

type Result<T> = std::result::Result<T, LoadError>;

/// Reads tensors of one source onto one device.
struct Loader<'a> {
    source: &'a dyn WeightSource,
    device: &'a Device,
}

impl GptOss {
    /// Loads every tensor of `source` onto `device`.
    ///
    /// # Errors
    /// See [`LoadError`].
    pub fn load(source: &dyn WeightSource, device: &Device) -> Result<Self> {
        let config = source.config().clone();
        check(&config)?;
        let loader = Loader { source, device };
        let vocabulary = Vocabulary::new(config.vocabulary, source.shared_rows())?;
        // The largest tensors first: what they need twice for a moment is then free again for the layers.
        let table = loader.matrix(TensorId::Embedding)?;
        let unembedding =
            if config.tied { table.clone() } else { loader.matrix(TensorId::Unembedding)? };
        if unembedding.dim(0)? != vocabulary.rows() {
            return Err(LoadError::Shape(format!(
                "the unembedding has {} rows, the embedding {}",
                unembedding.dim(0)?,
                vocabulary.rows()
            )));
        }
        let layers = config.layers.iter().enumerate().map(|(n, kind)| loader.layer(n, *kind));
        Ok(Self {
            layers: layers.collect::<Result<_>>()?,
            embedding: Embedding::new(table, vocabulary.clone())?,
            frequencies: Frequencies::new(&config),
            final_norm: loader.norm(TensorId::FinalNorm)?,
            unembedding: Linear::new(unembedding, None)?,
            vocabulary,
            device: device.clone(),
            config,
        })
    }
}

/// What the operations cannot do is said before anything is read.
fn check(config: &ModelConfig) -> Result<()> {
    let heads = config.kv_heads > 0 && config.heads.is_multiple_of(config.kv_heads);
    if !heads || config.head_dim == 0 || !config.head_dim.is_multiple_of(2) {
        return Err(LoadError::Shape(format!(
            "{} query heads over {} KV heads of width {}: expected a multiple and an even width",
            config.heads, config.kv_heads, config.head_dim
        )));
    }
    if !config.hidden.is_multiple_of(32) || !config.intermediate.is_multiple_of(32) {
        return Err(LoadError::Shape(format!(
            "hidden size {} and intermediate size {} must be multiples of 32",
            config.hidden, config.intermediate
        )));
    }
    if config.experts_per_token == 0 || config.experts_per_token > config.experts {
        return Err(LoadError::Shape(format!(
            "{} of {} experts a token",
            config.experts_per_token, config.experts
        )));
    }
    Ok(())
}

impl Loader<'_> {
    fn layer(&self, n: usize, kind: LayerKind) -> Result<Layer> {
        let config = self.source.config();
        let id = |tensor| TensorId::Layer(n, tensor);
        use LayerTensor as T;
        let window = (kind == LayerKind::Sliding).then_some(config.window);
        let gate_up =
            self.projection(id(T::GateUpBlocks), id(T::GateUpScales), id(T::GateUpBias))?;
        let down = self.projection(id(T::DownBlocks), id(T::DownScales), id(T::DownBias))?;
        Ok(Layer {
            kind,
            attention_norm: self.norm(id(T::AttentionNorm))?,
            qkv: self.linear(
                &[id(T::QueryWeight), id(T::KeyWeight), id(T::ValueWeight)],
                &[id(T::QueryBias), id(T::KeyBias), id(T::ValueBias)],
            )?,
            attention: Attention { sinks: self.vector(id(T::Sinks))?, window },
            output: self.linear(&[id(T::OutputWeight)], &[id(T::OutputBias)])?,
            mlp_norm: self.norm(id(T::MlpNorm))?,
            router: self.linear(&[id(T::RouterWeight)], &[id(T::RouterBias)])?,
            experts: Experts::new(gate_up, down, config.swiglu_limit)?,
        })
    }

    /// bf16, row-major.
    fn matrix(&self, id: TensorId) -> Result<Tensor> {
        let data = self.source.tensor(id)?;
        let mut values = huge_pages::with_capacity(data.shape.iter().product());
        append_bf16s(id, &data, &mut values)?;
        Ok(Tensor::from_vec(values, data.shape, self.device)?)
    }

    /// f32
    fn vector(&self, id: TensorId) -> Result<Tensor> {
        let data = self.source.tensor(id)?;
        let shape = data.shape.clone();
        Ok(Tensor::from_vec(f32s(id, &data)?, shape, self.device)?)
    }

    /// Bytes, without a copy when the source owns them.
    fn bytes(&self, id: TensorId) -> Result<Tensor> {
        let data = self.source.tensor(id)?;
        if data.dtype != Dtype::U8 {
            return Err(wrong_type(id, &data, "bytes"));
        }
        let bytes = match data.bytes {
            Cow::Owned(bytes) => bytes,
            Cow::Borrowed(bytes) => huge_pages::copy(bytes),
        };
        Ok(Tensor::from_vec(bytes, data.shape, self.device)?)
    }

    /// Layers whose outputs are concatenated become one.
    fn linear(&self, weights: &[TensorId], biases: &[TensorId]) -> Result<Linear> {
        let elements = |id: &TensorId| id.shape(self.source.config()).iter().product::<usize>();
        let mut weight = huge_pages::with_capacity(weights.iter().map(elements).sum());
        let (mut bias, mut columns) = (Vec::new(), 0);
        for id in weights {
            let data = self.source.tensor(*id)?;
            columns = *data.shape.last().unwrap_or(&0);
            append_bf16s(*id, &data, &mut weight)?;
        }
        for id in biases {
            bias.extend(f32s(*id, &self.source.tensor(*id)?)?);
        }
        let rows = bias.len();
        let weight = Tensor::from_vec(weight, (rows, columns), self.device)?;
        Ok(Linear::new(weight, Some(Tensor::from_vec(bias, rows, self.device)?))?)
    }

    fn norm(&self, id: TensorId) -> Result<RmsNorm> {
        Ok(RmsNorm { scale: self.vector(id)?, eps: self.source.config().norm_eps })
    }

    fn projection(&self, blocks: TensorId, scales: TensorId, bias: TensorId) -> Result<Projection> {
        Ok(Projection {
            blocks: self.bytes(blocks)?,
            scales: self.bytes(scales)?,
            bias: self.vector(bias)?,
        })
    }
}

fn wrong_type(id: TensorId, data: &TensorData<'_>, expected: &'static str) -> LoadError {
    LoadError::Dtype { tensor: id.hugging_face_name(), found: data.dtype, expected }
}

/// Adds the elements of a matrix. f32 is rounded to bf16, the type that matrices are computed from.
fn append_bf16s(id: TensorId, data: &TensorData<'_>, values: &mut Vec<bf16>) -> Result<()> {
    match data.dtype {
        Dtype::Bf16 => {
            values.extend(data.bytes.as_chunks().0.iter().map(|b| bf16::from_le_bytes(*b)))
        }
        Dtype::F32 => {
            values.extend(
                data.bytes.as_chunks().0.iter().map(|b| bf16::from_f32(f32::from_le_bytes(*b))),
            );
        }
        Dtype::U8 => return Err(wrong_type(id, data, "bf16 or f32")),
    }
    Ok(())
}

/// The elements of a small tensor as f32.
fn f32s(id: TensorId, data: &TensorData<'_>) -> Result<Vec<f32>> {
    match data.dtype {
        Dtype::Bf16 => {
            Ok(data.bytes.as_chunks().0.iter().map(|b| bf16::from_le_bytes(*b).to_f32()).collect())
        }
        Dtype::F32 => Ok(data.bytes.as_chunks().0.iter().map(|b| f32::from_le_bytes(*b)).collect()),
        Dtype::U8 => Err(wrong_type(id, data, "bf16 or f32")),
    }
}
