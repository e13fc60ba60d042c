use proptest::strategy::Strategy;
use serde_json::json;

use super::*;

/// The 20b shape as the published `config.json` spells it.
fn published() -> Value {
    serde_json::from_str(include_str!("../../configs/20b.json")).expect("JSON")
}

fn parse(value: &Value) -> Result<ModelConfig, ConfigError> {
    ModelConfig::from_json("config.json", value.to_string().as_bytes())
}

fn with(changes: Value) -> Value {
    let mut value = published();
    for (name, change) in changes.as_object().expect("an object") {
        value[name] = change.clone();
    }
    value
}

fn without(name: &str) -> Value {
    let mut value = published();
    value.as_object_mut().expect("an object").remove(name);
    value
}

#[test]
fn the_built_in_shapes_are_those_of_the_published_models() {
    let small = ModelConfig::built_in("20b").expect("20b");
    assert_eq!((small.layers.len(), small.experts, small.experts_per_token), (24, 32, 4));
    assert_eq!(
        (small.hidden, small.intermediate, small.query_dim(), small.kv_dim()),
        (2880, 2880, 4096, 512)
    );
    assert_eq!(small.layers[..3], [LayerKind::Sliding, LayerKind::Full, LayerKind::Sliding]);
    assert_eq!(small.stop_tokens, [200_002, 199_999, 200_012]);
    assert_eq!(small.norm_eps, 1e-5);
    let large = ModelConfig::built_in("120b").expect("120b");
    assert_eq!((large.layers.len(), large.experts), (36, 128));
    let educational = ModelConfig::built_in("educational").expect("educational");
    assert_eq!((educational.layers.len(), educational.hidden, educational.head_dim), (12, 768, 48));
    assert!(educational.tied && educational.yarn.is_some());
    assert_eq!(ModelConfig::built_in("../20b"), None);
}

#[test]
fn the_original_layout_gives_the_same_shape() {
    let original = json!({
        "num_hidden_layers": 24, "num_experts": 32, "experts_per_token": 4, "vocab_size": 201088, "hidden_size": 2880,
        "intermediate_size": 2880, "swiglu_limit": 7.0, "head_dim": 64, "num_attention_heads": 64, "num_key_value_heads": 8,
        "sliding_window": 128, "initial_context_length": 4096, "rope_theta": 150000, "rope_scaling_factor": 32.0, "rope_ntk_alpha": 1,
        "rope_ntk_beta": 32,
    });
    assert_eq!(parse(&original), parse(&published()));
}

#[test]
fn both_spellings_of_the_rotary_parameters_agree() {
    let mut new = without("rope_scaling");
    new.as_object_mut().expect("an object").remove("rope_theta");
    new["rope_parameters"] = published()["rope_scaling"].clone();
    new["rope_parameters"]["rope_theta"] = json!(150000.0);
    assert_eq!(parse(&new), parse(&published()));
    // Without any the family's YaRN holds; plain RoPE must be said.
    assert_eq!(parse(&without("rope_scaling")), parse(&published()));
    assert_eq!(
        parse(&with(json!({"rope_parameters": {"rope_type": "default", "rope_theta": 1e4}})))
            .map(|c| (c.rope_theta, c.yarn)),
        Ok((1e4, None))
    );
}

#[test]
fn what_is_written_is_read_back() {
    for name in ["20b", "120b", "educational"] {
        let mut config = ModelConfig::built_in(name).expect("built in");
        config.stop_tokens = vec![200_012, 200_002, 199_999];
        let mut read = parse(&config.to_hugging_face()).expect("parses");
        for temperature in [None, Some(0.0), Some(0.7)] {
            let written = config.to_generation_config(temperature).to_string();
            let generation =
                GenerationConfig::from_json("g", written.as_bytes(), config.vocabulary)
                    .expect("parses");
            assert_eq!(generation.temperature, temperature);
            read.stop_tokens = generation.stop_tokens;
        }
        assert_eq!(read, config);
        let original =
            parse(&config.to_original().expect("this layout can say it")).expect("parses");
        assert_eq!(
            ModelConfig { tied: config.tied, stop_tokens: config.stop_tokens.clone(), ..original },
            config
        );
    }
    let mut odd = ModelConfig::built_in("20b").expect("built in");
    odd.layers[0] = LayerKind::Full;
    odd.yarn = None;
    assert_eq!(parse(&odd.to_hugging_face()), Ok(odd.clone()));
    assert_eq!(odd.to_original(), None);
}

#[test]
fn old_generation_configs_gain_the_call_token() {
    let parse =
        |json: &str, vocabulary| GenerationConfig::from_json("g", json.as_bytes(), vocabulary);
    let old = parse(
        r#"{"bos_token_id": 199998, "do_sample": true, "eos_token_id": [200002, 199999]}"#,
        201_088,
    )
    .expect("parses");
    assert_eq!(
        old,
        GenerationConfig { stop_tokens: vec![200_002, 199_999, 200_012], temperature: None }
    );
    let small = parse(r#"{"eos_token_id": 7, "do_sample": false, "temperature": 0.6}"#, 512)
        .expect("parses");
    assert_eq!(small, GenerationConfig { stop_tokens: vec![7], temperature: Some(0.0) });
    let error = parse(r#"{"temperature": "hot"}"#, 512).expect_err("no number").to_string();
    assert_eq!(error, "g: temperature: expected a number from 0 to 100, found \"hot\"");
}

proptest::proptest! {
    /// Any numbers in any fields are refused or give a shape whose sizes can be computed.
    #[test]
    fn arithmetic_on_an_accepted_shape_cannot_overflow(changes in proptest::collection::vec((0..NUMBERS.len(), numbers()), 1..6)) {
        let mut value = published();
        for (field, number) in changes {
            value[NUMBERS[field]] = json!(number);
        }
        if let Ok(config) = parse(&value) {
            let mut total = 0u64;
            for id in crate::weights::TensorId::all(&config) {
                let elements = id.shape(&config).into_iter().try_fold(1usize, usize::checked_mul).expect("fits");
                let bytes = elements.checked_mul(4).expect("fits");
                total = total.checked_add(bytes as u64).expect("fits");
            }
        }
    }
}

const NUMBERS: [&str; 12] = [
    "hidden_size",
    "num_hidden_layers",
    "num_attention_heads",
    "num_key_value_heads",
    "head_dim",
    "num_local_experts",
    "num_experts_per_tok",
    "intermediate_size",
    "vocab_size",
    "sliding_window",
    "max_position_embeddings",
    "rms_norm_eps",
];

fn numbers() -> impl proptest::strategy::Strategy<Value = u64> {
    let limit = (0u32..64).prop_flat_map(|bits| {
        proptest::prop_oneof![
            proptest::strategy::Just(1u64 << bits),
            proptest::strategy::Just((1u64 << bits) - 1)
        ]
    });
    proptest::prop_oneof![limit, proptest::prelude::any::<u64>()]
}

#[test]
fn errors_name_file_field_expected_and_found() {
    let cases = [
        (
            with(json!({"hidden_size": 2881})),
            "config.json: hidden_size: expected a multiple of 32, found 2881",
        ),
        (
            with(json!({"hidden_size": "big"})),
            "config.json: hidden_size: expected a whole number from 32 to 65536, found \"big\"",
        ),
        (
            with(json!({"hidden_size": 1u64 << 60})),
            "config.json: hidden_size: expected a whole number from 32 to 65536, found 1152921504606846976",
        ),
        (
            with(json!({"num_local_experts": -1})),
            "config.json: num_local_experts: expected a whole number from 1 to 4096, found -1",
        ),
        (
            with(json!({"num_key_value_heads": 7})),
            "config.json: num_attention_heads: expected a multiple of 7, found 64",
        ),
        (
            with(json!({"head_dim": 63})),
            "config.json: head_dim: expected a multiple of 2, found 63",
        ),
        (
            with(json!({"num_experts_per_tok": 33})),
            "config.json: num_experts_per_tok: expected at most the number of experts, 32, found 33",
        ),
        (
            with(json!({"layer_types": ["full_attention"]})),
            "config.json: layer_types: expected a list of 24 entries (num_hidden_layers), found \"1 entries\"",
        ),
        (
            with(json!({"model_type": "llama"})),
            "config.json: model_type: expected \"gpt_oss\", found \"llama\"",
        ),
        (
            with(json!({"quantization_config": {"quant_method": "gptq"}})),
            "config.json: quantization_config.quant_method: expected \"mxfp4\", found \"gptq\"",
        ),
        (
            with(json!({"rope_scaling": {"rope_type": "llama3"}})),
            "config.json: rope_scaling.rope_type: expected \"yarn\" or \"default\", found \"llama3\"",
        ),
        (
            with(
                json!({"rope_scaling": {"rope_type": "yarn", "factor": 32, "attention_factor": 1.0}}),
            ),
            "config.json: rope_scaling.attention_factor: expected nothing (not supported), found 1.0",
        ),
        (
            with(json!({"eos_token_id": "<|return|>"})),
            "config.json: eos_token_id: expected a token id or a list of token ids, found \"<|return|>\"",
        ),
        (
            without("vocab_size"),
            "config.json: vocab_size: expected a whole number from 1 to 4194304, found nothing",
        ),
        (json!([1]), "config.json: (whole file): expected a JSON object, found [1]"),
    ];
    for (value, message) in cases {
        assert_eq!(parse(&value).expect_err(message).to_string(), message);
    }
}

#[test]
fn what_is_no_config_is_said_shortly() {
    let cut = ModelConfig::from_json("config.json", b"{\"model_type\"").expect_err("cut");
    assert!(
        cut.to_string().starts_with("config.json: (whole file): expected JSON, found EOF"),
        "{cut}"
    );
    let long = parse(&with(json!({"model_type": "é".repeat(500)}))).expect_err("long");
    assert!(long.to_string().len() < 300, "a long value is shortened: {long}");
}
