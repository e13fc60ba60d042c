//! Parameters of the sampler, and stop strings.

use serde_json::Value;

use crate::error::ApiError;
use crate::wire::node::Node;

/// Entries of `stop` at most.
const MAX_STOPS: usize = 4;
/// Bytes of one entry of `stop` at most.
const MAX_STOP_BYTES: usize = 1_000;
/// Alternatives per token at most.
const MAX_TOP_LOGPROBS: i64 = 20;

/// Sampling parameters, in range.
#[derive(Clone, Debug, Default)]
#[expect(missing_docs, reason = "the API's own names")]
pub struct Sampling {
    pub temperature: Option<f64>,
    pub top_p: Option<f64>,
    pub presence_penalty: Option<f64>,
    pub frequency_penalty: Option<f64>,
    pub repetition_penalty: Option<f64>,
    pub top_k: Option<i64>,
    pub min_p: Option<f64>,
    pub seed: Option<u64>,
    pub top_logprobs: Option<i64>,
    pub stop: Vec<String>,
}

impl Sampling {
    pub(super) fn parse(node: &Node<'_>) -> Result<Self, ApiError> {
        let number = |key: &str, low: f64, high: f64| {
            node.get(key).map(|node| node.number(low, high)).transpose()
        };
        let integer = |key: &str, low: i64, high: i64| {
            node.get(key).map(|node| node.integer(low, high)).transpose()
        };
        Ok(Self {
            temperature: number("temperature", 0.0, 2.0)?,
            top_p: number("top_p", 0.0, 1.0)?,
            presence_penalty: number("presence_penalty", -2.0, 2.0)?,
            frequency_penalty: number("frequency_penalty", -2.0, 2.0)?,
            repetition_penalty: number("repetition_penalty", 0.01, 100.0)?,
            // -1 is how vLLM's users write "off".
            top_k: integer("top_k", -1, i64::from(u32::MAX))?,
            min_p: number("min_p", 0.0, 1.0)?,
            seed: node.get("seed").map(|seed| parse_seed(&seed)).transpose()?,
            top_logprobs: integer("top_logprobs", 0, MAX_TOP_LOGPROBS)?,
            stop: node.get("stop").map(|stop| parse_stop(&stop)).transpose()?.unwrap_or_default(),
        })
    }
}

/// Any 64-bit integer; negative ones keep their bits.
fn parse_seed(node: &Node<'_>) -> Result<u64, ApiError> {
    match node.value.as_u64() {
        Some(seed) => Ok(seed),
        None => node.integer(i64::MIN, i64::MAX).map(i64::cast_unsigned),
    }
}

fn parse_stop(node: &Node<'_>) -> Result<Vec<String>, ApiError> {
    let one = |node: Node<'_>| match node.str()? {
        "" => Err(node.invalid("a stop string is not empty")),
        text if text.len() > MAX_STOP_BYTES => {
            Err(node.invalid(format!("a stop string has at most {MAX_STOP_BYTES} bytes")))
        }
        text => Ok(text.to_owned()),
    };
    match node.value {
        Value::String(_) => Ok(vec![one(node.clone())?]),
        Value::Array(_) => node.elements(MAX_STOPS)?.map(one).collect(),
        _ => Err(node.wrong_type("a string or an array of strings")),
    }
}
