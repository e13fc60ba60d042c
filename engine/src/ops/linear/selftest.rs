//! The kernel against its reference, on the machine at hand.

use half::bf16;

use super::{cpu, reference};
use crate::ops::{
    simd::Isa,
    testing::{noise, relative_error},
};

/// Relative error of `isa` on a shape whose columns do not fill the vectors.
pub(in crate::ops) fn error(isa: Isa) -> f64 {
    let (n, columns, out) = (5, 300, 37);
    let w: Vec<bf16> = noise(out * columns, 1).into_iter().map(bf16::from_f32).collect();
    let x = noise(n * columns, 2);
    let want = reference::linear(&x, &w, &vec![0.0; out]);
    relative_error(&cpu::forward_with(isa, &x, &w, columns), &want)
}
