//! The shape of a gpt-oss model, and its `config.json`.

mod fields;
mod read;
#[cfg(test)]
mod tests;
mod write;

use serde_json::Value;

/// Ids that end a generation in every model of the family: `<|return|>`, `<|endoftext|>`, `<|call|>`.
pub const STOP_TOKENS: [u32; 3] = [200_002, 199_999, 200_012];

/// A configuration file says something the model cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {field}: expected {expected}, found {found}")]
pub struct ConfigError {
    /// As given by the caller.
    pub file: String,
    /// Path of the field within the file.
    pub field: String,
    /// What would have been accepted.
    pub expected: String,
    /// What was there, shortened.
    pub found: String,
}

/// What `generation_config.json` says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GenerationConfig {
    /// Ids that end a generation, the family's own included.
    pub stop_tokens: Vec<u32>,
    /// The checkpoint's own default temperature; 0 when it says not to sample.
    pub temperature: Option<f32>,
}

impl ConfigError {
    fn new(file: &str, field: &str, expected: &str, found: &Value) -> Self {
        const SHOWN: usize = 80;
        let mut text = found.to_string();
        if let Some((cut, _)) = text.char_indices().nth(SHOWN) {
            text.truncate(cut);
            text.push('…');
        }
        Self { file: file.into(), field: field.into(), expected: expected.into(), found: text }
    }
}

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

impl ModelConfig {
    /// The shapes that ship with the program: `20b`, `120b` and `educational` (12 layers, hidden 768, 8 experts top-2, tied).
    #[must_use]
    pub fn built_in(name: &str) -> Option<Self> {
        let json = match name {
            "20b" => include_str!("../configs/20b.json"),
            "120b" => include_str!("../configs/120b.json"),
            "educational" => include_str!("../configs/educational.json"),
            _ => return None,
        };
        Self::from_json(name, json.as_bytes()).ok()
    }

    /// Width of all query heads together.
    #[must_use]
    pub fn query_dim(&self) -> usize {
        self.heads * self.head_dim
    }

    /// Width of all key (or value) heads together.
    #[must_use]
    pub fn kv_dim(&self) -> usize {
        self.kv_heads * self.head_dim
    }
}
