//! `gpt-oss logits`: what the model computes, for comparison with other implementations.

use std::{collections::HashMap, path::PathBuf};

use clap::Args;
use safetensors::{Dtype, tensor::TensorView};

use super::{
    failure::{Failure, chain},
    load::{self, ModelArgs},
};

/// Options of `logits`.
#[derive(Debug, Args)]
pub(super) struct LogitsArgs {
    /// JSON array of token ids.
    #[arg(long, value_name = "FILE.json")]
    tokens: PathBuf,
    /// Where to write tensor `logits`, f32 [tokens, vocabulary].
    #[arg(long, value_name = "FILE.safetensors")]
    out: PathBuf,
    #[command(flatten)]
    model: ModelArgs,
}

pub(super) fn run(args: &LogitsArgs) -> Result<(), Failure> {
    let tokens = read_tokens(args)?;
    let mut runner = load::runner(&args.model)?;
    let logits = runner.logits(&tokens).map_err(|error| {
        Failure::failed(format!("the model cannot compute these tokens: {error}"))
    })?;
    let vocabulary = logits.len() / tokens.len();
    let bytes: Vec<u8> = logits.iter().flat_map(|logit| logit.to_le_bytes()).collect();
    let tensor = TensorView::new(Dtype::F32, vec![tokens.len(), vocabulary], &bytes)
        .map_err(|error| Failure::failed(format!("the logits have no rows: {error}")))?;
    safetensors::serialize_to_file(HashMap::from([("logits", tensor)]), None, &args.out).map_err(
        |error| Failure::failed(format!("cannot write {}: {}", args.out.display(), chain(&error))),
    )
}

fn read_tokens(args: &LogitsArgs) -> Result<Vec<u32>, Failure> {
    let path = args.tokens.display();
    let file = std::fs::read(&args.tokens)
        .map_err(|error| Failure::failed(format!("cannot read {path}: {error}")))?;
    let tokens: Vec<u32> = serde_json::from_slice(&file).map_err(|error| {
        Failure::failed(format!(
            "{path} must hold a JSON array of token ids, like [1, 2, 3]: {error}"
        ))
    })?;
    match tokens.is_empty() {
        true => Err(Failure::failed(format!("{path} holds no token ids; give at least one"))),
        false => Ok(tokens),
    }
}
