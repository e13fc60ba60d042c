//! Every tensor's shape and its names in the published layouts.

use std::{fmt, ops::Range};

use super::{Dtype, LayerTensor, TensorId};
use crate::config::ModelConfig;

/// Values that share one scale in MXFP4.
const GROUP: usize = 32;

impl LayerTensor {
    /// A layer's tensors, in the order of the forward pass.
    pub const ALL: [Self; 19] = [
        Self::AttentionNorm,
        Self::QueryWeight,
        Self::QueryBias,
        Self::KeyWeight,
        Self::KeyBias,
        Self::ValueWeight,
        Self::ValueBias,
        Self::Sinks,
        Self::OutputWeight,
        Self::OutputBias,
        Self::MlpNorm,
        Self::RouterWeight,
        Self::RouterBias,
        Self::GateUpBlocks,
        Self::GateUpScales,
        Self::GateUpBias,
        Self::DownBlocks,
        Self::DownScales,
        Self::DownBias,
    ];

    /// Name within the layer in the Hugging Face layout.
    fn hugging_face(self) -> &'static str {
        match self {
            Self::AttentionNorm => "input_layernorm.weight",
            Self::QueryWeight => "self_attn.q_proj.weight",
            Self::QueryBias => "self_attn.q_proj.bias",
            Self::KeyWeight => "self_attn.k_proj.weight",
            Self::KeyBias => "self_attn.k_proj.bias",
            Self::ValueWeight => "self_attn.v_proj.weight",
            Self::ValueBias => "self_attn.v_proj.bias",
            Self::Sinks => "self_attn.sinks",
            Self::OutputWeight => "self_attn.o_proj.weight",
            Self::OutputBias => "self_attn.o_proj.bias",
            Self::MlpNorm => "post_attention_layernorm.weight",
            Self::RouterWeight => "mlp.router.weight",
            Self::RouterBias => "mlp.router.bias",
            Self::GateUpBlocks => "mlp.experts.gate_up_proj_blocks",
            Self::GateUpScales => "mlp.experts.gate_up_proj_scales",
            Self::GateUpBias => "mlp.experts.gate_up_proj_bias",
            Self::DownBlocks => "mlp.experts.down_proj_blocks",
            Self::DownScales => "mlp.experts.down_proj_scales",
            Self::DownBias => "mlp.experts.down_proj_bias",
        }
    }

    /// Name within the block in the `original/` layout. Query, key and value share one tensor.
    fn original(self) -> &'static str {
        match self {
            Self::AttentionNorm => "attn.norm.scale",
            Self::QueryWeight | Self::KeyWeight | Self::ValueWeight => "attn.qkv.weight",
            Self::QueryBias | Self::KeyBias | Self::ValueBias => "attn.qkv.bias",
            Self::Sinks => "attn.sinks",
            Self::OutputWeight => "attn.out.weight",
            Self::OutputBias => "attn.out.bias",
            Self::MlpNorm => "mlp.norm.scale",
            Self::RouterWeight => "mlp.gate.weight",
            Self::RouterBias => "mlp.gate.bias",
            Self::GateUpBlocks => "mlp.mlp1_weight.blocks",
            Self::GateUpScales => "mlp.mlp1_weight.scales",
            Self::GateUpBias => "mlp.mlp1_bias",
            Self::DownBlocks => "mlp.mlp2_weight.blocks",
            Self::DownScales => "mlp.mlp2_weight.scales",
            Self::DownBias => "mlp.mlp2_bias",
        }
    }
}

impl TensorId {
    /// Every tensor of a model, in the order of the forward pass. A tied model has no [`TensorId::Unembedding`].
    #[must_use]
    pub fn all(config: &ModelConfig) -> Vec<Self> {
        let layers = (0..config.layers.len())
            .flat_map(|n| LayerTensor::ALL.map(|tensor| Self::Layer(n, tensor)));
        let last = (!config.tied).then_some(Self::Unembedding);
        [Self::Embedding].into_iter().chain(layers).chain([Self::FinalNorm]).chain(last).collect()
    }

    /// Extents, outermost first, of the whole tensor (an embedding with [`super::WeightSource::shared_rows`] has fewer rows).
    #[must_use]
    pub fn shape(self, config: &ModelConfig) -> Vec<usize> {
        let ModelConfig { hidden: h, intermediate: i, experts: e, .. } = *config;
        let (q, k) = (config.query_dim(), config.kv_dim());
        let tensor = match self {
            Self::Embedding | Self::Unembedding => return vec![config.vocabulary, h],
            Self::FinalNorm => return vec![h],
            Self::Layer(_, tensor) => tensor,
        };
        match tensor {
            LayerTensor::AttentionNorm | LayerTensor::OutputBias | LayerTensor::MlpNorm => vec![h],
            LayerTensor::QueryWeight => vec![q, h],
            LayerTensor::QueryBias => vec![q],
            LayerTensor::KeyWeight | LayerTensor::ValueWeight => vec![k, h],
            LayerTensor::KeyBias | LayerTensor::ValueBias => vec![k],
            LayerTensor::Sinks => vec![config.heads],
            LayerTensor::OutputWeight => vec![h, q],
            LayerTensor::RouterWeight => vec![e, h],
            LayerTensor::RouterBias => vec![e],
            LayerTensor::GateUpBlocks => vec![e, 2 * i, h / GROUP, GROUP / 2],
            LayerTensor::GateUpScales => vec![e, 2 * i, h / GROUP],
            LayerTensor::GateUpBias => vec![e, 2 * i],
            LayerTensor::DownBlocks => vec![e, h, i / GROUP, GROUP / 2],
            LayerTensor::DownScales => vec![e, h, i / GROUP],
            LayerTensor::DownBias => vec![e, h],
        }
    }

    /// Whether it is half of an MXFP4 tensor (blocks or scales), which is bytes; everything else is floating point.
    #[must_use]
    pub fn is_mxfp4(self) -> bool {
        use LayerTensor::{DownBlocks, DownScales, GateUpBlocks, GateUpScales};
        matches!(self, Self::Layer(_, GateUpBlocks | GateUpScales | DownBlocks | DownScales))
    }

    /// Element type in the published checkpoints.
    #[must_use]
    pub fn published_dtype(self) -> Dtype {
        if self.is_mxfp4() { Dtype::U8 } else { Dtype::Bf16 }
    }

    /// Name in the Hugging Face layout.
    #[must_use]
    pub fn hugging_face_name(self) -> String {
        match self {
            Self::Embedding => "model.embed_tokens.weight".into(),
            Self::Unembedding => "lm_head.weight".into(),
            Self::FinalNorm => "model.norm.weight".into(),
            Self::Layer(n, tensor) => format!("model.layers.{n}.{}", tensor.hugging_face()),
        }
    }

    /// Name in the `original/` layout.
    #[must_use]
    pub fn original_name(self) -> String {
        match self {
            Self::Embedding => "embedding.weight".into(),
            Self::Unembedding => "unembedding.weight".into(),
            Self::FinalNorm => "norm.scale".into(),
            Self::Layer(n, tensor) => format!("block.{n}.{}", tensor.original()),
        }
    }

    /// The rows of the fused tensor that are this one, and how many the fused tensor has; `original/` fuses query, key and value.
    pub(super) fn fused_rows(self, config: &ModelConfig) -> Option<(Range<usize>, usize)> {
        let (q, k) = (config.query_dim(), config.kv_dim());
        let Self::Layer(_, tensor) = self else { return None };
        let rows = match tensor {
            LayerTensor::QueryWeight | LayerTensor::QueryBias => 0..q,
            LayerTensor::KeyWeight | LayerTensor::KeyBias => q..q + k,
            LayerTensor::ValueWeight | LayerTensor::ValueBias => q + k..q + 2 * k,
            _ => return None,
        };
        Some((rows, q + 2 * k))
    }
}

/// The Hugging Face name.
impl fmt::Display for TensorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.hugging_face_name())
    }
}

impl Dtype {
    /// Bytes an element.
    #[must_use]
    pub fn size(self) -> usize {
        match self {
            Self::F32 => 4,
            Self::Bf16 => 2,
            Self::U8 => 1,
        }
    }
}
