//! The built-in demo model.

use std::borrow::Cow;

use super::{Checkpoint, WeightError};
use crate::config::ModelConfig;

/// The three files of a demo model in the compact form that [`Checkpoint`] reads.
struct Files {
    config: &'static [u8],
    weights: &'static [u8],
    tokenizer: &'static [u8],
}

/// The model that is compiled in.
const BUILT_IN: Option<Files> = None;

/// Opens the model that is compiled in.
///
/// # Errors
/// This build has none, or its files do not fit together.
pub fn open() -> Result<Checkpoint, WeightError> {
    let files = BUILT_IN.ok_or_else(|| {
        WeightError(
            "this build has no demo model: give a model folder or random:educational".into(),
        )
    })?;
    let config = ModelConfig::from_json("demo/config.json", files.config)?;
    let tokenizer = Some(Cow::Borrowed(files.tokenizer));
    Checkpoint::from_bytes("demo/demo.safetensors", config, Cow::Borrowed(files.weights), tokenizer)
}
