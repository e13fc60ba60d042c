//! Two passes over the chosen experts, each cut into ranges of weight rows that threads take: gate and up with the activation
//! after it, then down. Results of every (token, expert) pair are kept apart and summed at the end in the router's order.

use std::ops::Range;

use rayon::prelude::*;

use super::ALPHA;
use crate::ops::{
    dot::{self, Mxfp4Rows, Pair, STEP},
    route::Routes,
    simd::{Isa, LANES, Simd, multiversion},
    threads::{rows_a_task, worth_splitting},
};

/// Tokens at a time, which bounds the intermediate results.
const TOKENS: usize = 256;

/// One projection of all experts, as slices.
#[derive(Clone, Copy)]
pub(super) struct Projection<'a> {
    /// \[e, rows, blocks\]
    pub(super) codes: &'a [[u8; 16]],
    /// \[e, rows, blocks\]
    pub(super) scales: &'a [u8],
    /// \[e, rows\]
    pub(super) bias: &'a [f32],
    pub(super) rows: usize,
    /// Of a row: columns / 32.
    pub(super) blocks: usize,
}

/// The experts of a layer, as slices.
pub(super) struct Weights<'a> {
    pub(super) gate_up: Projection<'a>,
    pub(super) down: Projection<'a>,
    pub(super) limit: f32,
}

/// Tokens of one expert.
struct Group {
    expert: usize,
    /// Places in the routes; slot / k is the token.
    slots: Vec<u32>,
}

#[inline(always)]
fn dot_kernel<S: Simd>(
    s: S,
    w: &Mxfp4Rows<'_>,
    rows: Range<usize>,
    x: &[&[Pair]],
    out: &mut [f32],
) {
    dot::rows::<S, _, 4>(s, *w, rows, x, out);
}

multiversion! {
    /// `out[(row - rows.start) * n + r]` = `w[row]` · `x[r]`.
    fn dot_rows(w: &Mxfp4Rows<'_>, rows: Range<usize>, x: &[&[Pair]], out: &mut [f32]) = dot_kernel
}

/// Column c of the gate and up products of n tokens: `u[2 i n + c]` and `u[(2 i + 1) n + c]`.
struct Column<'a> {
    u: &'a [f32],
    n: usize,
    c: usize,
    /// Gate and up biases, interleaved.
    bias: &'a [f32],
    limit: f32,
}

#[inline(always)]
fn activate_kernel<S: Simd>(s: S, column: &Column<'_>, to: &mut [Pair]) {
    let Column { u, n, c, bias, limit } = *column;
    let (top, bottom, one) = (s.splat(limit), s.splat(-limit), s.splat(1.0));
    for (step, to) in to.iter_mut().enumerate() {
        for (odd, to) in to.iter_mut().enumerate() {
            let (mut gate, mut linear) = ([0.0; LANES], [0.0; LANES]);
            for lane in 0..LANES {
                let row = 2 * (step * STEP + 2 * lane + odd);
                gate[lane] = u[row * n + c] + bias[row];
                linear[lane] = u[(row + 1) * n + c] + bias[row + 1];
            }
            // The bound comes first, so that a NaN stays one.
            let gate = s.min(top, s.load(&gate));
            let linear = s.max(bottom, s.min(top, s.load(&linear)));
            let sigmoid = s.div(one, s.add(one, s.exp(s.mul(s.splat(-ALPHA), gate))));
            s.store(s.mul(s.mul(gate, sigmoid), s.add(linear, one)), to);
        }
    }
}

multiversion! {
    /// One token's activated values, even and odd columns apart.
    fn activate(column: &Column<'_>, to: &mut [Pair]) = activate_kernel
}

/// x f32 \[n, h\] → \[n, h\].
pub(super) fn forward(w: &Weights<'_>, x: &[f32], routes: &Routes) -> Vec<f32> {
    forward_with(Isa::best(), w, x, routes)
}

/// As [`forward`], with a given instruction set.
pub(super) fn forward_with(isa: Isa, w: &Weights<'_>, x: &[f32], routes: &Routes) -> Vec<f32> {
    let n = routes.experts.len() / routes.k;
    let width = x.len() / n.max(1);
    let mut out = vec![0.0; x.len()];
    for start in (0..n).step_by(TOKENS) {
        let count = TOKENS.min(n - start);
        let slots = start * routes.k..(start + count) * routes.k;
        let part = Routes {
            experts: routes.experts[slots.clone()].to_vec(),
            weights: routes.weights[slots].to_vec(),
            k: routes.k,
        };
        let range = start * width..(start + count) * width;
        chunk(isa, w, &x[range.clone()], &part, &mut out[range]);
    }
    out
}

/// At most [`TOKENS`] tokens.
fn chunk(isa: Isa, w: &Weights<'_>, x: &[f32], routes: &Routes, out: &mut [f32]) {
    let groups: Vec<Group> = routes
        .by_expert()
        .into_iter()
        .map(|(e, slots)| Group { expert: e as usize, slots })
        .collect();

    let x = split_even_odd(x);
    let of_token: Vec<&[Pair]> = x.chunks_exact(w.gate_up.blocks).collect();
    let token = |slot: &u32| of_token[*slot as usize / routes.k];
    let inputs: Vec<Vec<&[Pair]>> =
        groups.iter().map(|g| g.slots.iter().map(token).collect()).collect();
    let u = project(isa, &w.gate_up, &groups, &inputs); // [2i, m] a group
    let hidden = activate_groups(isa, w, &groups, &u); // [slots in group order, i]

    let mut rest = hidden.chunks_exact(w.down.blocks);
    let inputs: Vec<Vec<&[Pair]>> =
        groups.iter().map(|g| rest.by_ref().take(g.slots.len()).collect()).collect();
    let y = project(isa, &w.down, &groups, &inputs); // [h, m] a group
    combine(w, &groups, &y, routes, out);
}

/// Even and odd columns of every 32 apart, as the nibbles lie.
fn split_even_odd(x: &[f32]) -> Vec<Pair> {
    let blocks = x.as_chunks::<STEP>().0;
    blocks
        .iter()
        .map(|b| [std::array::from_fn(|i| b[2 * i]), std::array::from_fn(|i| b[2 * i + 1])])
        .collect()
}

/// A range of one expert's rows for all its tokens.
struct Task<'a> {
    group: usize,
    rows: Range<usize>,
    out: &'a mut [f32],
}

/// Every group's rows times its inputs: \[rows, tokens of the group\] one after another.
fn project(isa: Isa, p: &Projection<'_>, groups: &[Group], inputs: &[Vec<&[Pair]>]) -> Vec<f32> {
    let Projection { rows, blocks, .. } = *p;
    let slots: usize = inputs.iter().map(Vec::len).sum();
    let mut out = vec![0.0; slots * rows];
    // Work in bytes of codes; several tokens of an expert count for what their arithmetic costs beside the bytes.
    let row_work = blocks * 17 * slots.div_ceil(groups.len()).div_ceil(2);
    let task_rows = rows_a_task(groups.len() * rows, row_work).min(rows);

    let mut tasks = Vec::new();
    let mut rest = out.as_mut_slice();
    for (group, input) in inputs.iter().enumerate() {
        for start in (0..rows).step_by(task_rows) {
            let count = task_rows.min(rows - start);
            let (part, after) = rest.split_at_mut(count * input.len());
            rest = after;
            tasks.push(Task { group, rows: start..start + count, out: part });
        }
    }
    let whole = groups.len() * rows * row_work;
    let run = |task: Task<'_>| {
        let first = groups[task.group].expert * rows * blocks;
        let of_expert = first..first + rows * blocks;
        let w =
            Mxfp4Rows { codes: &p.codes[of_expert.clone()], scales: &p.scales[of_expert], blocks };
        dot_rows(isa, &w, task.rows, &inputs[task.group], task.out);
    };
    if worth_splitting(whole) {
        tasks.into_par_iter().for_each(run)
    } else {
        tasks.into_iter().for_each(run)
    }
    out
}

/// The activation of every (token, expert) pair, in the order of the groups: \[slots, i / 32\].
fn activate_groups(isa: Isa, w: &Weights<'_>, groups: &[Group], u: &[f32]) -> Vec<Pair> {
    let rows = w.gate_up.rows;
    let steps = rows / 2 / STEP;
    let mut columns = Vec::new();
    let mut rest = u;
    for group in groups {
        let n = group.slots.len();
        let (of_group, after) = rest.split_at(rows * n);
        rest = after;
        let bias = &w.gate_up.bias[group.expert * rows..][..rows];
        columns.extend((0..n).map(|c| Column { u: of_group, n, c, bias, limit: w.limit }));
    }
    let mut hidden = vec![[[0.0; LANES]; 2]; columns.len() * steps];
    let run = |(column, to): (&Column<'_>, &mut [Pair])| activate(isa, column, to);
    if worth_splitting(hidden.len() * size_of::<Pair>()) {
        columns.par_iter().zip(hidden.par_chunks_mut(steps)).for_each(run);
    } else {
        columns.iter().zip(hidden.chunks_mut(steps)).for_each(run);
    }
    hidden
}

/// `out[t]` = sum over j in the router's order of weight × (product + bias).
fn combine(w: &Weights<'_>, groups: &[Group], y: &[f32], routes: &Routes, out: &mut [f32]) {
    let rows = w.down.rows;
    // Where each slot's results lie: element (row, column) of a group is at start + row * n + column.
    let mut places = vec![(0, 0); routes.experts.len()];
    let mut start = 0;
    for group in groups {
        let n = group.slots.len();
        for (column, slot) in group.slots.iter().enumerate() {
            places[*slot as usize] = (start + column, n);
        }
        start += rows * n;
    }
    let run = |(token, out): (usize, &mut [f32])| {
        let slots = token * routes.k..(token + 1) * routes.k;
        for (slot, (first, n)) in slots.clone().zip(&places[slots]) {
            let bias = &w.down.bias[routes.experts[slot] as usize * rows..][..rows];
            let weight = routes.weights[slot];
            let results = y[*first..].iter().step_by(*n);
            for ((out, y), b) in out.iter_mut().zip(results).zip(bias) {
                *out += weight * (y + b);
            }
        }
    };
    if worth_splitting(size_of_val(y)) {
        out.par_chunks_mut(rows).enumerate().for_each(run);
    } else {
        out.chunks_mut(rows).enumerate().for_each(run);
    }
}
