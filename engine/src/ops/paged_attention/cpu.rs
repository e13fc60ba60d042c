//! One task is one query row with the heads that share a KV head: their keys and values are read once. Softmax runs online over
//! tiles of sixteen positions.

use rayon::prelude::*;

use super::{PageShape, Places, TILE, first_visible};
use crate::{
    batch::BlockId,
    ops::{
        simd::{Isa, Simd, multiversion},
        threads::worth_splitting,
    },
};

/// Everything of one call, as slices.
pub(super) struct Inputs<'a> {
    /// \[n, heads, d\]
    pub(super) q: &'a [f32],
    /// \[tiles, kv_heads, d, 16\]
    pub(super) keys: &'a [f32],
    /// \[tiles, kv_heads, 16, padded d\]
    pub(super) values: &'a [f32],
    /// \[heads\]
    pub(super) sinks: &'a [f32],
    pub(super) window: Option<usize>,
    pub(super) shape: PageShape,
}

/// Writes a key \[kv_heads · d\] to its slot: position by position beside the others of its tile.
pub(super) fn put_key(shape: &PageShape, slot: u32, row: &[f32], keys: &mut [f32]) {
    let (tile, lane) = (slot as usize / TILE, slot as usize % TILE);
    let of_tile = &mut keys[tile * row.len() * TILE..][..row.len() * TILE];
    debug_assert_eq!(row.len(), shape.kv_heads * shape.head_dim);
    for (x, to) in row.iter().zip(of_tile.chunks_exact_mut(TILE)) {
        to[lane] = *x;
    }
}

/// Writes a value \[kv_heads · d\] to its slot.
pub(super) fn put_value(shape: &PageShape, slot: u32, row: &[f32], values: &mut [f32]) {
    let (tile, lane) = (slot as usize / TILE, slot as usize % TILE);
    let padded = shape.padded();
    let of_tile =
        &mut values[tile * shape.kv_heads * TILE * padded..][..shape.kv_heads * TILE * padded];
    for (x, to) in row.chunks_exact(shape.head_dim).zip(of_tile.chunks_exact_mut(TILE * padded)) {
        to[lane * padded..][..shape.head_dim].copy_from_slice(x);
    }
}

/// One query row and one KV head.
struct Task<'a> {
    /// \[group, d\]
    q: &'a [f32],
    /// \[group\]
    sinks: &'a [f32],
    position: usize,
    table: &'a [BlockId],
    kv_head: usize,
}

/// Running softmax of the heads of a group.
#[derive(Default)]
struct State {
    /// \[group\] largest logit so far.
    top: Vec<f32>,
    /// \[group\] sum of exp(logit - top).
    sum: Vec<f32>,
    /// \[group, padded d\] weighted values.
    values: Vec<f32>,
    /// \[group\] logits, then weights of the tile.
    tile: Vec<[f32; TILE]>,
}

/// Logits of `H` heads for one tile: the keys are loaded once.
#[inline(always)]
fn logits<S: Simd, const H: usize>(s: S, q: &[f32], keys: &[[f32; TILE]], out: &mut [[f32; TILE]]) {
    let mut sums = [s.splat(0.0); H];
    let d = keys.len();
    for (i, key) in keys.iter().enumerate() {
        let key = s.load(key);
        for h in 0..H {
            sums[h] = s.fma(s.splat(q[h * d + i]), key, sums[h]);
        }
    }
    let scale = s.splat(1.0 / (d as f32).sqrt());
    for h in 0..H {
        s.store(s.mul(sums[h], scale), &mut out[h]);
    }
}

/// Logits of every head of the group.
#[inline(always)]
fn all_logits<S: Simd>(s: S, q: &[f32], keys: &[[f32; TILE]], out: &mut [[f32; TILE]]) {
    let d = keys.len();
    let mut h = 0;
    while h < out.len() {
        let (q, out) = (&q[h * d..], &mut out[h..]);
        h += match out.len() {
            8.. => {
                logits::<S, 8>(s, q, keys, out);
                8
            }
            4.. => {
                logits::<S, 4>(s, q, keys, out);
                4
            }
            2.. => {
                logits::<S, 2>(s, q, keys, out);
                2
            }
            _ => {
                logits::<S, 1>(s, q, keys, out);
                1
            }
        };
    }
}

/// Turns a tile's logits into weights and returns the factor of what was summed before. Lanes outside `lanes` get weight 0,
/// whatever stale numbers lie there.
#[inline(always)]
fn weigh<S: Simd>(
    s: S,
    tile: &mut [f32; TILE],
    lanes: &std::ops::Range<usize>,
    top: &mut f32,
    sum: &mut f32,
) -> f32 {
    let mut inside = [1.0; TILE];
    for lane in (0..lanes.start).chain(lanes.end..TILE) {
        tile[lane] = f32::NEG_INFINITY;
        inside[lane] = 0.0;
    }
    let logits = s.load(tile);
    let largest = s.largest(logits);
    let new_top = if largest > *top { largest } else { *top };
    // The same exponential for both, so that a factor is the quotient of the weights it stands for.
    let mut factors = [0.0; TILE];
    s.store(s.exp(s.splat(*top - new_top)), &mut factors);
    let weights = s.mul(s.exp(s.add(logits, s.splat(-new_top))), s.load(&inside));
    s.store(weights, tile);
    *top = new_top;
    *sum = *sum * factors[0] + s.sum(weights);
    factors[0]
}

/// `sums` = `sums` × the factor + Σ over the lanes of weight × value.
#[inline(always)]
fn add_values<S: Simd>(
    s: S,
    weights: &[f32; TILE],
    lanes: &std::ops::Range<usize>,
    (factor, values): (S::V, &[[f32; TILE]]),
    sums: &mut [[f32; TILE]],
) {
    let parts = sums.len();
    for (part, to) in sums.iter_mut().enumerate() {
        let mut sum = s.mul(s.load(to), factor);
        for lane in lanes.clone() {
            sum = s.fma(s.splat(weights[lane]), s.load(&values[lane * parts + part]), sum);
        }
        s.store(sum, to);
    }
}

#[inline(always)]
fn head_kernel<S: Simd>(
    s: S,
    inputs: &Inputs<'_>,
    task: &Task<'_>,
    state: &mut State,
    out: &mut [f32],
) {
    let PageShape { block_tokens, kv_heads, head_dim: d, .. } = inputs.shape;
    let (group, padded) = (task.sinks.len(), inputs.shape.padded());
    state.top.clear();
    state.top.extend_from_slice(task.sinks);
    state.sum.clear();
    state.sum.resize(group, 1.0);
    state.values.clear();
    state.values.resize(group * padded, 0.0);
    state.tile.resize(group, [0.0; TILE]);

    let first = first_visible(task.position, inputs.window);
    for start in (first / TILE * TILE..=task.position).step_by(TILE) {
        let lanes = first.saturating_sub(start)..(task.position + 1 - start).min(TILE);
        let block = task.table[start / block_tokens] as usize;
        let page = (block * block_tokens + start % block_tokens) / TILE * kv_heads + task.kv_head;
        let keys = inputs.keys[page * d * TILE..][..d * TILE].as_chunks::<TILE>().0;
        let values = inputs.values[page * TILE * padded..][..TILE * padded].as_chunks::<TILE>().0;
        all_logits(s, task.q, keys, &mut state.tile);
        for h in 0..group {
            let tile = &mut state.tile[h];
            let factor = s.splat(weigh(s, tile, &lanes, &mut state.top[h], &mut state.sum[h]));
            let sums = state.values[h * padded..][..padded].as_chunks_mut::<TILE>().0;
            add_values(s, tile, &lanes, (factor, values), sums);
        }
    }
    for h in 0..group {
        let factor = 1.0 / state.sum[h];
        for (out, x) in out[h * d..][..d].iter_mut().zip(&state.values[h * padded..]) {
            *out = x * factor;
        }
    }
}

multiversion! {
    /// The output \[group, d\] of one task.
    fn head(inputs: &Inputs<'_>, task: &Task<'_>, state: &mut State, out: &mut [f32]) = head_kernel
}

/// → \[n, heads, d\].
pub(super) fn forward(inputs: &Inputs<'_>, places: &Places<'_>) -> Vec<f32> {
    forward_with(Isa::best(), inputs, places)
}

/// As [`forward`], with a given instruction set.
pub(super) fn forward_with(isa: Isa, inputs: &Inputs<'_>, places: &Places<'_>) -> Vec<f32> {
    let kv_heads = inputs.shape.kv_heads;
    let group = inputs.sinks.len() / kv_heads;
    let width = group * inputs.shape.head_dim;
    let mut out = vec![0.0; inputs.q.len()];
    let run = |state: &mut State, (index, out): (usize, &mut [f32])| {
        let (row, kv_head) = (index / kv_heads, index % kv_heads);
        let (seq, position) = places.of_row(row);
        let task = Task {
            q: &inputs.q[index * width..][..width],
            sinks: &inputs.sinks[kv_head * group..][..group],
            position,
            table: seq.table,
            kv_head,
        };
        head(isa, inputs, &task, state, out);
    };
    let keys = |row: usize| {
        let position = places.of_row(row).1;
        position + 1 - first_visible(position, inputs.window)
    };
    let work = (0..places.slots.len()).map(|row| keys(row) * kv_heads * width).sum();
    if worth_splitting(work) {
        out.par_chunks_mut(width).enumerate().for_each_init(State::default, run);
    } else {
        let mut state = State::default();
        out.chunks_mut(width).enumerate().for_each(|task| run(&mut state, task));
    }
    out
}
