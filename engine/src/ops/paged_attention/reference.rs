//! The definition, in f64, from keys and values in the order of their positions.

/// One query head at `position`: q \[d\], keys and values \[positions, d\].
pub(super) fn attend(
    q: &[f32],
    keys: &[Vec<f32>],
    values: &[Vec<f32>],
    sink: f32,
    visible: std::ops::RangeInclusive<usize>,
) -> Vec<f64> {
    let dot = |k: &[f32]| q.iter().zip(k).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>();
    let weights: Vec<f64> =
        visible.clone().map(|p| (dot(&keys[p]) / (q.len() as f64).sqrt()).exp()).collect();
    let total = weights.iter().sum::<f64>() + f64::from(sink).exp();
    let mut out = vec![0.0; q.len()];
    for (p, weight) in visible.zip(weights) {
        for (out, v) in out.iter_mut().zip(&values[p]) {
            *out += weight / total * f64::from(*v);
        }
    }
    out
}
