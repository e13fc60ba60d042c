//! The shape of a gpt-oss model.

/// Which keys a layer's queries see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LayerKind {
    /// Itself and `window - 1` positions before it.
    Sliding,
    /// Every position up to itself.
    Full,
}

/// A model's shape and constants, whichever layout of `config.json` it came from.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelConfig {
    /// Width of the residual stream.
    pub hidden: usize,
    /// One entry a layer.
    pub layers: Vec<LayerKind>,
    /// Query heads.
    pub heads: usize,
    /// Key and value heads; divides `heads`. Query head h reads KV head `h / (heads / kv_heads)`.
    pub kv_heads: usize,
    /// Width of a head; even.
    pub head_dim: usize,
    /// Experts a layer.
    pub experts: usize,
    /// Experts a token.
    pub experts_per_token: usize,
    /// Width of an expert; gate and up rows are interleaved, `2 * intermediate` rows.
    pub intermediate: usize,
    /// Rows of the embedding.
    pub vocabulary: usize,
    /// The unembedding is the embedding.
    pub tied: bool,
    /// Keys visible to a query of a sliding layer, itself included.
    pub window: usize,
    /// Of RMSNorm.
    pub norm_eps: f32,
    /// Base of the rotary frequencies.
    pub rope_theta: f64,
    /// YaRN; `None` is plain RoPE.
    pub yarn: Option<Yarn>,
    /// Clamp inside the experts' activation.
    pub swiglu_limit: f32,
    /// Longest sequence in tokens.
    pub max_positions: usize,
    /// From `generation_config.json`, or the family's defaults: ids that end a generation.
    pub stop_tokens: Vec<u32>,
}

/// YaRN's parameters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Yarn {
    /// Length extension.
    pub factor: f64,
    /// Context of the pre-training, in tokens.
    pub original_context: usize,
    /// Rotations above which a frequency is kept.
    pub beta_fast: f64,
    /// Rotations below which a frequency is interpolated.
    pub beta_slow: f64,
    /// Round the ramp's bounds (gpt-oss: no).
    pub truncate: bool,
}
