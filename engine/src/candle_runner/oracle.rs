//! Logits against transformers' (fp32, eager) on the checkpoints that `engine/oracle/make.py` made.

use std::{fs, path::Path};

use safetensors::SafeTensors;

use super::{CandleRunner, RunnerOptions};
use crate::{
    runner::Runner,
    weights::{self, NoProgress},
};

/// Largest difference over the largest logit; what is measured is about 1e-6.
const TOLERANCE: f32 = 1e-4;

/// f32 or i32 words of a tensor.
fn words<const N: usize, T>(file: &SafeTensors<'_>, name: &str, from: fn([u8; N]) -> T) -> Vec<T> {
    file.tensor(name).unwrap().data().as_chunks().0.iter().map(|w| from(*w)).collect()
}

fn check(name: &str, options: RunnerOptions) {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests-data/oracle")).join(name);
    let tokens: Vec<u32> =
        serde_json::from_slice(&fs::read(folder.join("tokens.json")).unwrap()).unwrap();
    let bytes = fs::read(folder.join("expected.logits")).unwrap();
    let expected = SafeTensors::deserialize(&bytes).unwrap();
    let rows = words(&expected, "rows", u32::from_le_bytes);
    let want = words(&expected, "logits", f32::from_le_bytes);

    let source = weights::open(folder.to_str().unwrap(), &NoProgress).unwrap();
    let mut runner = CandleRunner::load(source.as_ref(), options).unwrap();
    let got = runner.logits(&tokens).unwrap();
    let vocabulary = runner.spec().vocabulary;
    assert_eq!(got.len(), tokens.len() * vocabulary);
    assert_eq!(want.len(), rows.len() * vocabulary);

    let best = |row: &[f32]| (0..row.len()).max_by(|a, b| row[*a].total_cmp(&row[*b]));
    let largest = want.iter().fold(0.0f32, |m, x| m.max(x.abs()));
    for (row, want) in rows.iter().zip(want.chunks_exact(vocabulary)) {
        let got = &got[*row as usize * vocabulary..][..vocabulary];
        for (id, (got, want)) in got.iter().zip(want).enumerate() {
            let error = (got - want).abs() / largest;
            assert!(error <= TOLERANCE, "{name} row {row} id {id}: {got}, expected {want}");
        }
        assert_eq!(best(got), best(want), "{name} row {row}");
    }
}

#[test]
fn one_hundred_and_twenty_eight_experts() {
    check("experts_128", RunnerOptions::default());
}

#[test]
fn twelve_layers_with_two_of_eight_experts_and_tied_embeddings() {
    check("educational", RunnerOptions::default());
}

#[test]
fn positions_past_the_original_context() {
    check("past_yarn_boundary", RunnerOptions::default());
}

#[test]
fn odd_heads_odd_window_truncated_yarn_and_clamped_activations() {
    check("odd_heads_and_window", RunnerOptions::default());
}

#[test]
fn the_original_layout_in_small_chunks() {
    check(
        "original_layout",
        RunnerOptions { step_tokens: 19, threads: Some(1), ..RunnerOptions::default() },
    );
}
