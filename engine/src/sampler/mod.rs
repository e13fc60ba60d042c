//! From logits to a token.
//!
//! The order of things is fixed: the raw distribution (for log-probabilities), repetition penalty, presence and frequency penalties,
//! bias, temperature, `top_k`, `top_p` on what is left, `min_p`, and the draw. A token mask belongs beside the bias: whatever forbids a
//! token sets its logit to -inf there, and the rest needs no change.
//!
//! The draw is a Gumbel-max: every token's logit gets noise that is a function of (seed, position, token id), and the largest sum
//! wins. So the choice depends neither on the other sequences of the batch, nor on the order in which tokens are visited, nor on the
//! device; and a filter changes the choice only when it removes the winner.

mod adjust;
mod filter;
mod logprobs;
mod noise;
mod scan;
#[cfg(test)]
mod tests;

use crate::{
    batch::SampleRequest,
    job::SamplingParams,
    runner::{SampleError, SampleResult},
    stream::Sampled,
};

/// Chooses the next token from the \[vocabulary\] `logits` of a sequence's last position. `logits` are changed.
///
/// Temperature 0 takes the largest adjusted logit, the lowest id among equals. A logit of -inf is never chosen.
///
/// # Errors
/// [`SampleError::NotFinite`] when a logit is NaN or +inf, or all are -inf.
pub fn sample(logits: &mut [f32], request: &SampleRequest<'_>) -> SampleResult {
    let params = request.params;
    let raw = logprobs::Raw::of(logits, params);
    adjust::adjust(logits, request);
    let best = scan::largest(logits).ok_or(SampleError::NotFinite)?;
    let token = match params.temperature > 0.0 {
        true => draw(logits, best, request),
        false => best.id,
    };
    Ok(Sampled { token, logprob: raw.map(|raw| raw.logprob(logits, token)) })
}

fn draw(logits: &[f32], best: scan::Largest, request: &SampleRequest<'_>) -> u32 {
    let params = request.params;
    let scale = scan::Scale::new(best.logit, params.temperature);
    let cut = filter::cut(logits, scale, &filter::Filter::of(params));
    let noise = noise::Noise::new(params.seed, request.history.len() as u64);
    scan::gumbel_argmax(logits, best.id, scale, cut, noise)
}

/// Why `params` cannot be used with ids below `vocabulary`; `None` when they can.
pub(crate) fn invalid(params: &SamplingParams, vocabulary: usize) -> Option<String> {
    let unit = 0.0..=1.0;
    let outside =
        |name: &str, range: &str, value: f32| Some(format!("{name} must be {range}, not {value}"));
    if !(params.temperature.is_finite() && params.temperature >= 0.0) {
        return outside("temperature", "finite and at least 0", params.temperature);
    }
    if !unit.contains(&params.top_p) {
        return outside("top_p", "between 0 and 1", params.top_p);
    }
    if !unit.contains(&params.min_p) {
        return outside("min_p", "between 0 and 1", params.min_p);
    }
    if !(params.repetition_penalty.is_finite() && params.repetition_penalty > 0.0) {
        return outside("repetition_penalty", "finite and above 0", params.repetition_penalty);
    }
    let additive = [
        ("presence_penalty", params.presence_penalty),
        ("frequency_penalty", params.frequency_penalty),
    ];
    if let Some((name, value)) = additive.into_iter().find(|(_, value)| !value.is_finite()) {
        return outside(name, "finite", value);
    }
    let wrong = |&&(id, bias): &&(u32, f32)| {
        id as usize >= vocabulary || bias.is_nan() || bias == f32::INFINITY
    };
    let (id, bias) = params.logit_bias.iter().find(wrong)?;
    Some(format!("logit_bias of {bias} for token {id} is impossible"))
}
