//! The definition, in f64, one value at a time.

use super::cpu::{Projection, Weights};
use crate::ops::{route::Routes, simd::MXFP4_VALUES};

/// W\[e, row, column\].
fn weight(p: &Projection<'_>, expert: usize, row: usize, column: usize) -> f64 {
    let block = (expert * p.rows + row) * p.blocks + column / 32;
    let byte = p.codes[block][column % 32 / 2];
    let code = if column.is_multiple_of(2) { byte & 15 } else { byte >> 4 };
    f64::from(MXFP4_VALUES[usize::from(code)]) * 2f64.powi(i32::from(p.scales[block]) - 127)
}

/// W x + b.
fn project(p: &Projection<'_>, expert: usize, x: &[f64]) -> Vec<f64> {
    let row = |row| {
        let sum: f64 =
            x.iter().enumerate().map(|(column, x)| weight(p, expert, row, column) * x).sum();
        sum + f64::from(p.bias[expert * p.rows + row])
    };
    (0..p.rows).map(row).collect()
}

/// x \[n, h\] → \[n, h\].
pub(super) fn experts(w: &Weights<'_>, x: &[f32], routes: &Routes) -> Vec<f64> {
    let limit = f64::from(w.limit);
    let width = w.down.rows;
    let mut out = vec![0.0; x.len()];
    for (slot, (expert, gate_weight)) in routes.experts.iter().zip(&routes.weights).enumerate() {
        let token = slot / routes.k;
        let x: Vec<f64> = x[token * width..][..width].iter().map(|x| f64::from(*x)).collect();
        let u = project(&w.gate_up, *expert as usize, &x);
        let activated: Vec<f64> = u
            .chunks_exact(2)
            .map(|pair| {
                let (gate, linear) = (pair[0].min(limit), pair[1].clamp(-limit, limit));
                gate / (1.0 + (-1.702 * gate).exp()) * (linear + 1.0)
            })
            .collect();
        for (out, y) in
            out[token * width..].iter_mut().zip(project(&w.down, *expert as usize, &activated))
        {
            *out += f64::from(*gate_weight) * y;
        }
    }
    out
}
