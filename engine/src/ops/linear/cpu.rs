//! Threads over ranges of output rows; each range by [`dot::rows`].

use std::ops::Range;

use half::bf16;
use rayon::prelude::*;

use crate::ops::{
    dot::{self, Bf16Rows, Pair, Steps},
    simd::{Isa, Simd, multiversion},
    threads::{rows_a_task, worth_splitting},
};

#[inline(always)]
fn kernel<S: Simd>(s: S, w: &Bf16Rows<'_>, rows: Range<usize>, x: &[&[Pair]], out: &mut [f32]) {
    dot::rows::<S, _, 8>(s, *w, rows, x, out);
}

multiversion! {
    /// `out[(row - rows.start) * n + r]` = `w[row]` · `x[r]`.
    fn run(w: &Bf16Rows<'_>, rows: Range<usize>, x: &[&[Pair]], out: &mut [f32]) = kernel
}

/// x \[n, columns\] × w \[out, columns\] → \[n, out\].
pub(super) fn forward(x: &[f32], w: &[bf16], columns: usize) -> Vec<f32> {
    forward_with(Isa::best(), x, w, columns)
}

/// As [`forward`], with a given instruction set.
pub(super) fn forward_with(isa: Isa, x: &[f32], w: &[bf16], columns: usize) -> Vec<f32> {
    let (n, out) = (x.len() / columns, w.len() / columns);
    if n == 0 || out == 0 {
        return Vec::new();
    }
    let steps = Steps::new(x, columns);
    let x = steps.rows(n);
    let weights = Bf16Rows { data: w, columns };
    let mut by_output = vec![0.0; out * n];
    let task = rows_a_task(out, columns * 2 * n.div_ceil(4));
    by_output.par_chunks_mut(task * n).enumerate().for_each(|(i, part)| {
        run(isa, &weights, i * task..i * task + part.len() / n, &x, part);
    });
    transpose(by_output, out, n)
}

/// \[rows, columns\] → \[columns, rows\]; nothing to do when one of them is 1.
fn transpose(from: Vec<f32>, rows: usize, columns: usize) -> Vec<f32> {
    if rows == 1 || columns == 1 {
        return from;
    }
    let mut to = vec![0.0; from.len()];
    let fill = |(column, to): (usize, &mut [f32])| {
        for (to, from) in to.iter_mut().zip(from.chunks_exact(columns)) {
            *to = from[column];
        }
    };
    if worth_splitting(size_of_val(from.as_slice())) {
        to.par_chunks_mut(rows).enumerate().for_each(fill);
    } else {
        to.chunks_mut(rows).enumerate().for_each(fill);
    }
    to
}

/// Adds `bias` \[out\] to every row of `y`.
pub(super) fn add_bias(y: &mut [f32], bias: &[f32]) {
    for row in y.chunks_exact_mut(bias.len()) {
        for (y, b) in row.iter_mut().zip(bias) {
            *y += b;
        }
    }
}
