//! The definition, in f64.

use half::bf16;

/// x \[n, columns\] × w \[out, columns\] + bias \[out\] → \[n, out\].
pub(super) fn linear(x: &[f32], w: &[bf16], bias: &[f32]) -> Vec<f64> {
    let columns = w.len() / bias.len();
    let mut y = Vec::new();
    for x in x.chunks_exact(columns) {
        for (w, b) in w.chunks_exact(columns).zip(bias) {
            let sum: f64 = x.iter().zip(w).map(|(x, w)| f64::from(*x) * w.to_f64()).sum();
            y.push(sum + f64::from(*b));
        }
    }
    y
}
