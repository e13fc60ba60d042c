//! A small model's shape for tests.

use crate::config::{LayerKind, ModelConfig, Yarn};

/// Two layers of each kind, four experts, grouped queries, a window of 20.
pub(crate) fn config() -> ModelConfig {
    ModelConfig {
        hidden: 64,
        layers: vec![LayerKind::Sliding, LayerKind::Full, LayerKind::Sliding, LayerKind::Full],
        heads: 4,
        kv_heads: 2,
        head_dim: 16,
        experts: 4,
        experts_per_token: 2,
        intermediate: 96,
        vocabulary: 200,
        tied: false,
        window: 20,
        norm_eps: 1e-5,
        rope_theta: 150_000.0,
        yarn: Some(Yarn {
            factor: 32.0,
            original_context: 4096,
            beta_fast: 32.0,
            beta_slow: 1.0,
            truncate: false,
        }),
        swiglu_limit: 7.0,
        max_positions: 1000,
        stop_tokens: vec![199],
    }
}
