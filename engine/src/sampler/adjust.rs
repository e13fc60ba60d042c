//! What changes single logits: penalties and bias.

use std::cell::RefCell;

use crate::{batch::SampleRequest, job::SamplingParams};

thread_local! {
    /// \[vocabulary\] occurrences; all 0 between calls.
    static COUNTS: RefCell<Vec<u32>> = const { RefCell::new(Vec::new()) };
}

/// Whether [`adjust`] would change anything.
pub(super) fn changes(params: &SamplingParams) -> bool {
    penalises(params) || params.repetition_penalty != 1.0 || !params.logit_bias.is_empty()
}

fn penalises(params: &SamplingParams) -> bool {
    params.presence_penalty != 0.0 || params.frequency_penalty != 0.0
}

/// Applies repetition, presence and frequency penalties and the bias, in this order. Time is linear in the history, and nothing
/// when no penalty is set.
pub(super) fn adjust(logits: &mut [f32], request: &SampleRequest<'_>) {
    let params = request.params;
    if params.repetition_penalty != 1.0 {
        for_each_count(logits, request.history, |logit, _| match *logit > 0.0 {
            true => *logit /= params.repetition_penalty,
            false => *logit *= params.repetition_penalty,
        });
    }
    if penalises(params) {
        for_each_count(logits, &request.history[request.prompt_len..], |logit, count| {
            *logit -= params.presence_penalty + params.frequency_penalty * count as f32;
        });
    }
    for &(id, bias) in &params.logit_bias {
        if let Some(logit) = logits.get_mut(id as usize) {
            *logit += bias;
        }
    }
}

/// Calls `change` once for every id that occurs in `tokens`, with its logit and the number of occurrences.
fn for_each_count(logits: &mut [f32], tokens: &[u32], change: impl Fn(&mut f32, u32)) {
    COUNTS.with_borrow_mut(|counts| {
        if counts.len() < logits.len() {
            counts.resize(logits.len(), 0);
        }
        let known = || tokens.iter().map(|&id| id as usize).filter(|&id| id < logits.len());
        known().for_each(|id| counts[id] += 1);
        for id in tokens.iter().map(|&id| id as usize) {
            if id < logits.len() && counts[id] > 0 {
                change(&mut logits[id], std::mem::take(&mut counts[id]));
            }
        }
    });
}
