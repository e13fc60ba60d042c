//! gpt-oss, top to bottom. n is the number of tokens of a step over all sequences, s the number of rows that are sampled; h hidden,
//! q = heads × head_dim, k = kv_heads × head_dim, e experts, v rows of the unembedding.

use candle_core::{Device, Result, Tensor};

use super::{Embedding, KvCache, Step, Vocabulary};
use crate::{
    config::{LayerKind, ModelConfig},
    ops::{
        linear::Linear,
        mxfp4_experts::Experts,
        paged_attention::{Attention, Pages, Places},
        rmsnorm::RmsNorm,
        rope::{Frequencies, Rotation},
        route::Routes,
    },
};

/// A model's weights on a device. Its activations are f32.
#[derive(Debug)]
pub struct GptOss {
    pub(super) config: ModelConfig,
    pub(super) device: Device,
    pub(super) embedding: Embedding,
    pub(super) frequencies: Frequencies,
    pub(super) layers: Vec<Layer>,
    pub(super) final_norm: RmsNorm,
    pub(super) unembedding: Linear,
    pub(super) vocabulary: Vocabulary,
}

/// One layer's weights.
#[derive(Debug)]
pub(super) struct Layer {
    pub(super) kind: LayerKind,
    pub(super) attention_norm: RmsNorm,
    /// Query, key and value in one: \[q + 2k, h\].
    pub(super) qkv: Linear,
    pub(super) attention: Attention,
    /// \[h, q\]
    pub(super) output: Linear,
    pub(super) mlp_norm: RmsNorm,
    /// \[e, h\]
    pub(super) router: Linear,
    pub(super) experts: Experts,
}

impl GptOss {
    /// The model's shape.
    pub fn config(&self) -> &ModelConfig {
        &self.config
    }

    /// Where the weights are.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// How rows of the unembedding stand for ids.
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// Computes the step's keys and values into `kv` and the final hidden states of the rows in `step.outputs`, \[s, h\].
    ///
    /// # Errors
    /// The step does not fit the model, or the device failed.
    pub fn forward(&self, step: &Step<'_>, kv: &mut KvCache) -> Result<Tensor> {
        let rotation = Rotation::new(&self.frequencies, step.positions, &self.device)?;
        let mut x = self.embedding.forward(step.tokens)?; // [n, h]
        for (layer, pages) in self.layers.iter().zip(kv.layers()) {
            let places = step.places(layer.kind);
            x = (&x
                + layer.attend(&layer.attention_norm.forward(&x)?, &rotation, pages, places)?)?; // [n, h]
            x = (&x + layer.mix(&layer.mlp_norm.forward(&x)?, self.config.experts_per_token)?)?; // [n, h]
        }
        let outputs = Tensor::new(step.outputs.as_slice(), &self.device)?; // [s]
        self.final_norm.forward(&x.index_select(&outputs, 0)?) // [s, h]
    }

    /// Logits of hidden states \[s, h\]: \[s, v\]. [`Self::vocabulary`] says which ids the columns stand for.
    ///
    /// # Errors
    /// The device failed.
    pub fn logits(&self, x: &Tensor) -> Result<Tensor> {
        self.unembedding.forward(x)
    }
}

impl Layer {
    /// t \[n, h\] → \[n, h\]
    fn attend(
        &self,
        t: &Tensor,
        rotation: &Rotation,
        pages: &mut Pages,
        places: &Places<'_>,
    ) -> Result<Tensor> {
        let q_width = self.output.weight().dim(1)?;
        let qkv = self.qkv.forward(t)?; // [n, q + 2k]
        let k_width = (qkv.dim(1)? - q_width) / 2;
        let q = rotation.apply(&qkv.narrow(1, 0, q_width)?)?; // [n, q]
        let k = rotation.apply(&qkv.narrow(1, q_width, k_width)?)?; // [n, k]
        let v = qkv.narrow(1, q_width + k_width, k_width)?; // [n, k]
        pages.store(&k, &v, places)?;
        let a = pages.attend(&q, places, &self.attention)?; // [n, q]
        self.output.forward(&a) // [n, h]
    }

    /// t \[n, h\] → \[n, h\]
    fn mix(&self, t: &Tensor, experts_per_token: usize) -> Result<Tensor> {
        let g = self.router.forward(t)?; // [n, e]
        let routes = Routes::choose(&g, experts_per_token)?; // [n, experts_per_token]
        self.experts.forward(t, &routes)
    }
}
