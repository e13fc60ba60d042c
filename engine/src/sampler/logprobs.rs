//! Log-probabilities of the raw distribution, before any adjustment.

use super::{
    adjust::changes,
    scan::{Scale, largest, sum_exp},
};
use crate::{job::SamplingParams, stream::Logprob};

/// What is left of the raw distribution when the logits are changed.
pub(super) struct Raw {
    /// ln Σ e^logit.
    log_sum: f32,
    /// (id, logit), best first.
    top: Vec<(u32, f32)>,
    /// The logits, when they will be changed.
    kept: Option<Vec<f32>>,
}

impl Raw {
    /// `changes`: the logits will not stay as they are.
    /// Reads `logits` before they are changed; `None` when the job asked for nothing.
    pub(super) fn of(logits: &[f32], params: &SamplingParams) -> Option<Self> {
        let top = usize::from(params.logprobs?);
        // Without a largest logit sampling fails, and nobody reads the numbers.
        let max = largest(logits).map_or(0.0, |largest| largest.logit);
        let log_sum = (f64::from(max) + sum_exp(logits, Scale::new(max, 1.0)).ln()) as f32;
        let kept = changes(params).then(|| logits.to_vec());
        Some(Self { log_sum, top: best(logits, top), kept })
    }

    pub(super) fn logprob(self, logits: &[f32], token: u32) -> Logprob {
        let raw = self.kept.as_deref().unwrap_or(logits);
        let top = self.top.into_iter().map(|(id, logit)| (id, logit - self.log_sum)).collect();
        Logprob { chosen: raw[token as usize] - self.log_sum, top }
    }
}

/// The `n` largest finite logits, the lower id first among equals.
fn best(logits: &[f32], n: usize) -> Vec<(u32, f32)> {
    let mut best: Vec<(u32, f32)> = Vec::with_capacity(n + 1);
    let mut least = f32::NEG_INFINITY;
    for (id, &logit) in (0..).zip(logits) {
        if n > 0 && logit > least {
            let at = best.partition_point(|&(_, other)| other >= logit);
            best.insert(at, (id, logit));
            best.truncate(n);
            least = best.get(n - 1).map_or(f32::NEG_INFINITY, |&(_, last)| last);
        }
    }
    best
}
