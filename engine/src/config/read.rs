//! `config.json` of both published layouts, and `generation_config.json`.

use serde_json::{Value, json};

use super::{
    ConfigError, GenerationConfig, LayerKind, ModelConfig, STOP_TOKENS, Yarn, fields::Fields,
};

// Sanity limits, far above any published model. They keep every product of extents below 2^63 and make a corrupt file an error
// instead of an allocation.
const MAX_HIDDEN: usize = 1 << 16;
const MAX_LAYERS: usize = 1 << 10;
const MAX_HEADS: usize = 1 << 12;
const MAX_HEAD_DIM: usize = 1 << 10;
const MAX_EXPERTS: usize = 1 << 12;
const MAX_VOCABULARY: usize = 1 << 22;
const MAX_POSITIONS: usize = 1 << 30;

impl ModelConfig {
    /// Parses `config.json`, either as transformers writes it (`model_type: gpt_oss`, both the 4.x and the 5.x spelling of the
    /// rotary parameters) or as in the `original/` folder of the published repositories. `file` is named in errors.
    ///
    /// # Errors
    /// Not JSON, a field missing, of the wrong type or out of range, or a feature this model does not have.
    pub fn from_json(file: &str, bytes: &[u8]) -> Result<Self, ConfigError> {
        let value: Value = parse(file, bytes)?;
        let fields = Fields::top(file, &value)?;
        let config = if !fields.has("model_type") && fields.has("num_experts") {
            original(fields)?
        } else {
            hugging_face(fields)?
        };
        check(&config, fields)?;
        Ok(config)
    }
}

impl GenerationConfig {
    /// Parses `generation_config.json` of a model with `vocabulary` ids. `<|return|>`, `<|call|>` and `<|endoftext|>` are stop tokens always:
    /// old copies of the published file lack `<|call|>` and would run past a tool call.
    ///
    /// # Errors
    /// Not JSON, or a field of the wrong type.
    pub fn from_json(file: &str, bytes: &[u8], vocabulary: usize) -> Result<Self, ConfigError> {
        let value: Value = parse(file, bytes)?;
        let f = Fields::top(file, &value)?;
        let temperature = match (f.flag("do_sample")?, f.has("temperature")) {
            (Some(false), _) => Some(0.0),
            (_, true) => Some(f.number_or("temperature", 1.0, 0.0..=100.0)? as f32),
            (_, false) => None,
        };
        Ok(Self { stop_tokens: stop_tokens(f, vocabulary)?, temperature })
    }
}

fn parse(file: &str, bytes: &[u8]) -> Result<Value, ConfigError> {
    serde_json::from_slice(bytes).map_err(|e| ConfigError {
        file: file.into(),
        field: "(whole file)".into(),
        expected: "JSON".into(),
        found: e.to_string(),
    })
}

fn hugging_face(f: Fields<'_>) -> Result<ModelConfig, ConfigError> {
    f.only("model_type", &json!("gpt_oss"))?;
    f.only("hidden_act", &json!("silu"))?;
    f.only("attention_bias", &json!(true))?;
    f.only("swiglu_alpha", &json!(1.702))?;
    if let Some(quantization) = f.object("quantization_config", "quantization_config.")? {
        quantization.only("quant_method", &json!("mxfp4"))?;
    }
    let hidden = f.count("hidden_size", 32..=MAX_HIDDEN)?;
    let heads = f.count("num_attention_heads", 1..=MAX_HEADS)?;
    let layers = f.count("num_hidden_layers", 1..=MAX_LAYERS)?;
    let vocabulary = f.count("vocab_size", 1..=MAX_VOCABULARY)?;
    let max_positions = f.count_or("max_position_embeddings", 131_072, 1..=MAX_POSITIONS)?;
    let experts_per_token =
        if f.has("num_experts_per_tok") { "num_experts_per_tok" } else { "experts_per_token" };
    let (rope_theta, yarn) = rope(f, max_positions)?;
    Ok(ModelConfig {
        hidden,
        layers: layer_types(f, layers)?,
        heads,
        kv_heads: f.count("num_key_value_heads", 1..=MAX_HEADS)?,
        head_dim: f.count_or("head_dim", 64, 2..=MAX_HEAD_DIM)?,
        experts: f.count("num_local_experts", 1..=MAX_EXPERTS)?,
        experts_per_token: f.count(experts_per_token, 1..=MAX_EXPERTS)?,
        intermediate: f.count("intermediate_size", 32..=MAX_HIDDEN)?,
        vocabulary,
        tied: f.flag("tie_word_embeddings")?.unwrap_or(false),
        window: f.count_or("sliding_window", 128, 1..=MAX_POSITIONS)?,
        norm_eps: f.number_or("rms_norm_eps", 1e-5, 1e-12..=1.0)? as f32,
        rope_theta,
        yarn,
        swiglu_limit: f.number_or("swiglu_limit", 7.0, 1e-3..=1e6)? as f32,
        max_positions,
        stop_tokens: stop_tokens(f, vocabulary)?,
    })
}

/// The `ModelConfig` of OpenAI's PyTorch code: sliding and full layers alternate, nothing is tied, eps is a constant.
fn original(f: Fields<'_>) -> Result<ModelConfig, ConfigError> {
    let factor = f.number_or("rope_scaling_factor", 32.0, 1.0..=1e6)?;
    let context = f.count_or("initial_context_length", 4096, 1..=MAX_POSITIONS)?;
    let max_positions = ((context as f64 * factor) as usize).min(MAX_POSITIONS);
    let layers = f.count("num_hidden_layers", 1..=MAX_LAYERS)?;
    let vocabulary = f.count("vocab_size", 1..=MAX_VOCABULARY)?;
    let beta_fast = f.number_or("rope_ntk_beta", 32.0, 1e-3..=1e6)?;
    let beta_slow = f.number_or("rope_ntk_alpha", 1.0, 1e-3..=1e6)?;
    Ok(ModelConfig {
        hidden: f.count("hidden_size", 32..=MAX_HIDDEN)?,
        layers: alternating(layers),
        heads: f.count("num_attention_heads", 1..=MAX_HEADS)?,
        kv_heads: f.count("num_key_value_heads", 1..=MAX_HEADS)?,
        head_dim: f.count_or("head_dim", 64, 2..=MAX_HEAD_DIM)?,
        experts: f.count("num_experts", 1..=MAX_EXPERTS)?,
        experts_per_token: f.count("experts_per_token", 1..=MAX_EXPERTS)?,
        intermediate: f.count("intermediate_size", 32..=MAX_HIDDEN)?,
        vocabulary,
        tied: false,
        window: f.count_or("sliding_window", 128, 1..=MAX_POSITIONS)?,
        norm_eps: 1e-5,
        rope_theta: f.number_or("rope_theta", 150_000.0, 1.0..=1e12)?,
        yarn: (factor > 1.0).then_some(Yarn {
            factor,
            original_context: context,
            beta_fast,
            beta_slow,
            truncate: false,
        }),
        swiglu_limit: f.number_or("swiglu_limit", 7.0, 1e-3..=1e6)? as f32,
        max_positions,
        stop_tokens: stop_tokens(f, vocabulary)?,
    })
}

/// Even layers slide: the rule of the published models when `layer_types` is absent.
fn alternating(layers: usize) -> Vec<LayerKind> {
    (0..layers).map(|i| if i % 2 == 0 { LayerKind::Sliding } else { LayerKind::Full }).collect()
}

fn layer_types(f: Fields<'_>, layers: usize) -> Result<Vec<LayerKind>, ConfigError> {
    let Some(value) = f.get("layer_types") else { return Ok(alternating(layers)) };
    let expected = format!("a list of {layers} entries (num_hidden_layers)");
    let list =
        value.as_array().filter(|l| l.len() == layers).ok_or_else(|| match value.as_array() {
            Some(list) => {
                f.fail("layer_types", &expected, &json!(format!("{} entries", list.len())))
            }
            None => f.fail("layer_types", &expected, value),
        })?;
    list.iter()
        .map(|kind| match kind.as_str() {
            Some("sliding_attention") => Ok(LayerKind::Sliding),
            Some("full_attention") => Ok(LayerKind::Full),
            _ => Err(f.fail("layer_types", "sliding_attention or full_attention", kind)),
        })
        .collect()
}

/// Rotary base and YaRN from `rope_parameters` (transformers 5.x) or `rope_theta` and `rope_scaling` (4.x). Without either the
/// published models' YaRN holds, as in transformers; plain RoPE is written `rope_type: default`.
fn rope(f: Fields<'_>, max_positions: usize) -> Result<(f64, Option<Yarn>), ConfigError> {
    let theta = f.number_or("rope_theta", 150_000.0, 1.0..=1e12)?;
    let params = match f.object("rope_parameters", "rope_parameters.")? {
        Some(params) => Some(params),
        None => f.object("rope_scaling", "rope_scaling.")?,
    };
    let Some(params) = params else {
        let family = Yarn {
            factor: 32.0,
            original_context: 4096,
            beta_fast: 32.0,
            beta_slow: 1.0,
            truncate: false,
        };
        return Ok((theta, Some(family)));
    };
    let theta = params.number_or("rope_theta", theta, 1.0..=1e12)?;
    params.only("partial_rotary_factor", &json!(1.0))?;
    let kind = params.get("rope_type").or_else(|| params.get("type"));
    match kind.map(|kind| kind.as_str().ok_or(kind)) {
        Some(Ok("default")) => Ok((theta, None)),
        Some(Ok("yarn")) => Ok((theta, Some(yarn(f, params, max_positions)?))),
        Some(_) => {
            Err(params.fail("rope_type", "\"yarn\" or \"default\"", kind.unwrap_or(&Value::Null)))
        }
        None => Err(params.missing("rope_type", "\"yarn\" or \"default\"")),
    }
}

fn yarn(f: Fields<'_>, params: Fields<'_>, max_positions: usize) -> Result<Yarn, ConfigError> {
    for name in ["attention_factor", "mscale", "mscale_all_dim"] {
        params.absent(name)?;
    }
    let original_context = if params.has("original_max_position_embeddings") {
        params.count("original_max_position_embeddings", 1..=MAX_POSITIONS)?
    } else {
        f.count("initial_context_length", 1..=MAX_POSITIONS)?
    };
    Ok(Yarn {
        factor: params.number_or(
            "factor",
            max_positions as f64 / original_context as f64,
            1.0..=1e6,
        )?,
        original_context,
        beta_fast: params.number_or("beta_fast", 32.0, 1e-3..=1e6)?,
        beta_slow: params.number_or("beta_slow", 1.0, 1e-3..=1e6)?,
        // transformers rounds the bounds unless told not to; every gpt-oss checkpoint tells it.
        truncate: params.flag("truncate")?.unwrap_or(true),
    })
}

/// `eos_token_id` (an id or a list) and the family's own stop tokens, those within the vocabulary.
fn stop_tokens(f: Fields<'_>, vocabulary: usize) -> Result<Vec<u32>, ConfigError> {
    let wrong = |value| f.fail("eos_token_id", "a token id or a list of token ids", value);
    let id = |value: &Value| value.as_u64().and_then(|n| u32::try_from(n).ok());
    let mut ids = match f.get("eos_token_id") {
        None => Vec::new(),
        Some(Value::Array(list)) => {
            list.iter().map(|v| id(v).ok_or_else(|| wrong(v))).collect::<Result<_, _>>()?
        }
        Some(value) => vec![id(value).ok_or_else(|| wrong(value))?],
    };
    ids.extend(STOP_TOKENS);
    let mut stops = Vec::new();
    for id in ids {
        if (id as usize) < vocabulary && !stops.contains(&id) {
            stops.push(id);
        }
    }
    Ok(stops)
}

/// What several fields must satisfy together.
fn check(config: &ModelConfig, f: Fields<'_>) -> Result<(), ConfigError> {
    let multiple = |name: &str, value: usize, of: usize| {
        if value.is_multiple_of(of) {
            Ok(())
        } else {
            Err(f.fail(name, &format!("a multiple of {of}"), &json!(value)))
        }
    };
    multiple("hidden_size", config.hidden, 32)?;
    multiple("intermediate_size", config.intermediate, 32)?;
    multiple("head_dim", config.head_dim, 2)?;
    multiple("num_attention_heads", config.heads, config.kv_heads)?;
    if config.experts_per_token > config.experts {
        let expected = format!("at most the number of experts, {}", config.experts);
        return Err(f.fail("num_experts_per_tok", &expected, &json!(config.experts_per_token)));
    }
    Ok(())
}
