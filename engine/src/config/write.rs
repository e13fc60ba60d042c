//! The same shape written back, for exported checkpoints.

use serde_json::{Value, json};

use super::{LayerKind, ModelConfig};

impl ModelConfig {
    /// `config.json` as transformers reads it.
    #[must_use]
    pub fn to_hugging_face(&self) -> Value {
        let kinds: Vec<&str> = self
            .layers
            .iter()
            .map(|kind| match kind {
                LayerKind::Sliding => "sliding_attention",
                LayerKind::Full => "full_attention",
            })
            .collect();
        let rope_scaling = match &self.yarn {
            Some(yarn) => json!({
                "rope_type": "yarn", "factor": yarn.factor, "beta_fast": yarn.beta_fast, "beta_slow": yarn.beta_slow,
                "original_max_position_embeddings": yarn.original_context, "truncate": yarn.truncate,
            }),
            None => json!({ "rope_type": "default" }),
        };
        let initial_context = self.yarn.map_or(self.max_positions, |yarn| yarn.original_context);
        json!({
            "architectures": ["GptOssForCausalLM"],
            "model_type": "gpt_oss",
            "num_hidden_layers": self.layers.len(),
            "hidden_size": self.hidden,
            "intermediate_size": self.intermediate,
            "num_attention_heads": self.heads,
            "num_key_value_heads": self.kv_heads,
            "head_dim": self.head_dim,
            "num_local_experts": self.experts,
            "num_experts_per_tok": self.experts_per_token,
            "experts_per_token": self.experts_per_token,
            "vocab_size": self.vocabulary,
            "tie_word_embeddings": self.tied,
            "layer_types": kinds,
            "sliding_window": self.window,
            "max_position_embeddings": self.max_positions,
            "initial_context_length": initial_context,
            "rope_theta": self.rope_theta,
            "rope_scaling": rope_scaling,
            "rms_norm_eps": decimal(self.norm_eps),
            "swiglu_limit": decimal(self.swiglu_limit),
            "hidden_act": "silu",
            "attention_bias": true,
            "attention_dropout": 0.0,
            "torch_dtype": "bfloat16",
            "eos_token_id": self.stop_tokens.first(),
            "pad_token_id": self.pad_token(),
            "quantization_config": {
                "quant_method": "mxfp4",
                "modules_to_not_convert":
                    ["model.layers.*.self_attn", "model.layers.*.mlp.router", "model.embed_tokens", "lm_head"],
            },
        })
    }

    /// `generation_config.json` as transformers reads it. A `temperature` of 0 is greedy; `None` samples without one.
    #[must_use]
    pub fn to_generation_config(&self, temperature: Option<f32>) -> Value {
        let mut value = json!({ "eos_token_id": self.stop_tokens, "pad_token_id": self.pad_token(), "do_sample": temperature != Some(0.0) });
        if self.stop_tokens.is_empty() {
            value["eos_token_id"] = Value::Null;
        }
        if let Some(temperature) = temperature.filter(|t| *t != 0.0) {
            value["temperature"] = json!(decimal(temperature));
        }
        value
    }

    /// `config.json` of the `original/` layout; `None` if that layout cannot say what this model is.
    #[must_use]
    pub fn to_original(&self) -> Option<Value> {
        let alternating = self
            .layers
            .iter()
            .enumerate()
            .all(|(i, kind)| (*kind == LayerKind::Sliding) == (i % 2 == 0));
        let (context, factor, fast, slow) = match &self.yarn {
            Some(yarn) if yarn.truncate => return None,
            Some(yarn) => (yarn.original_context, yarn.factor, yarn.beta_fast, yarn.beta_slow),
            None => (self.max_positions, 1.0, 32.0, 1.0),
        };
        let same_length = (context as f64 * factor) as usize == self.max_positions;
        if !alternating || !same_length || decimal(self.norm_eps) != 1e-5 {
            return None;
        }
        Some(json!({
            "num_hidden_layers": self.layers.len(),
            "num_experts": self.experts,
            "experts_per_token": self.experts_per_token,
            "vocab_size": self.vocabulary,
            "hidden_size": self.hidden,
            "intermediate_size": self.intermediate,
            "swiglu_limit": decimal(self.swiglu_limit),
            "head_dim": self.head_dim,
            "num_attention_heads": self.heads,
            "num_key_value_heads": self.kv_heads,
            "sliding_window": self.window,
            "initial_context_length": context,
            "rope_theta": self.rope_theta,
            "rope_scaling_factor": factor,
            "rope_ntk_alpha": slow,
            "rope_ntk_beta": fast,
        }))
    }

    /// `<|endoftext|>` where the vocabulary has it.
    fn pad_token(&self) -> u32 {
        if self.vocabulary > 199_999 { 199_999 } else { 0 }
    }
}

/// The shortest decimal of an f32 as f64: 1e-5 and not 9.999999747378752e-06.
fn decimal(x: f32) -> f64 {
    x.to_string().parse().unwrap_or_else(|_| f64::from(x))
}
