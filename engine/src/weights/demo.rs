//! The built-in demo model: a checkpoint in the compact form that [`Checkpoint`] reads, compiled into the program.

use std::borrow::Cow;

use super::{Checkpoint, InMemory, WeightError};

/// The held-out prompts of the demo model, as described in `engine/demo/README.md`.
pub const EVAL: &str = include_str!("../../demo/eval.jsonl");

/// Opens the model that is compiled in.
///
/// # Errors
/// Its files do not fit together: a fault of the build, which a test would find.
pub fn open() -> Result<Checkpoint, WeightError> {
    let files = InMemory {
        config: Cow::Borrowed(include_bytes!("../../demo/config.json")),
        generation_config: Some(Cow::Borrowed(include_bytes!("../../demo/generation_config.json"))),
        weights: Cow::Borrowed(include_bytes!("../../demo/demo.safetensors")),
        tokenizer: Some(Cow::Borrowed(include_bytes!("../../demo/tokenizer.json"))),
    };
    Checkpoint::from_memory("demo", files)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::weights::{Report, TensorId, WeightSource};

    #[test]
    fn the_built_in_model_is_whole_and_small() {
        let demo = open().expect("the files fit together");
        let config = demo.config();
        assert_eq!((config.vocabulary, config.tied), (201_088, true));
        assert!([200_002, 200_012].iter().all(|stop| config.stop_tokens.contains(stop)));
        assert_eq!(demo.temperature(), Some(0.0), "a demo answers the same each time");
        let tokenizer = demo.tokenizer_json().expect("readable").expect("its own");
        assert!(
            serde_json::from_slice::<serde_json::Value>(&tokenizer)
                .expect("JSON")
                .get("model")
                .is_some()
        );
        // Every special token has a row of its own; what the tokenizer never makes shares the last.
        let rows = demo.shared_rows().expect("stored rows");
        assert!(
            (200_005..=200_008).chain([200_002, 200_003, 200_012]).all(|id| rows.contains(&id))
        );
        assert_eq!(
            demo.tensor(TensorId::Embedding).expect("tensor").shape,
            [rows.len() + 1, config.hidden]
        );
        assert!(
            Report::new(&demo).expect("a report").stored_bytes <= 32 << 20,
            "the limit of the compact file"
        );
    }

    /// No weight is infinite or not a number: one such value would silence the model.
    #[test]
    fn every_weight_is_finite() {
        let demo = open().expect("the files fit together");
        for id in TensorId::all(demo.config()) {
            let data = demo.tensor(id).expect("tensor");
            if id.is_mxfp4() {
                // 255 is the scale that means NaN.
                let scales = id.to_string().ends_with("_scales");
                assert!(!scales || data.bytes.iter().all(|scale| *scale < 200), "{id}");
            } else {
                let finite = |b: &[u8; 2]| half::bf16::from_le_bytes(*b).is_finite();
                assert!(data.bytes.as_chunks().0.iter().all(finite), "{id}");
            }
        }
    }
}
