//! The kernel against its reference, on the machine at hand.

use candle_core::{Device, Result, Tensor};

use super::{PageShape, Pages, Places, Seq, cpu, first_visible, reference};
use crate::ops::{
    simd::Isa,
    testing::{noise, relative_error},
};

/// Query heads, tokens, window: one sequence that leaves its window, four query heads a KV head.
const HEADS: usize = 8;
const TOKENS: usize = 70;
const WINDOW: Option<usize> = Some(21);
const SHAPE: PageShape = PageShape { blocks: 5, block_tokens: 16, kv_heads: 2, head_dim: 64 };

/// Relative error of `isa`.
pub(in crate::ops) fn error(isa: Isa) -> Result<f64> {
    let (d, kv_width) = (SHAPE.head_dim, SHAPE.kv_heads * SHAPE.head_dim);
    let (q, sinks) = (noise(TOKENS * HEADS * d, 1), noise(HEADS, 4));
    let [k, v] = [2, 3].map(|seed| noise(TOKENS * kv_width, seed));
    let table = [3, 0, 4, 1, 2];
    let seq = Seq { rows: 0..TOKENS, start: 0, table: &table };
    let places = Places::new(vec![seq], &SHAPE, WINDOW)?;
    let tensor = |x: &[f32]| Tensor::from_slice(x, (TOKENS, kv_width), &Device::Cpu);
    let mut pages = Pages::new(SHAPE, &Device::Cpu)?;
    pages.store(&tensor(&k)?, &tensor(&v)?, &places)?;
    let (keys, values) = (flat(&pages.keys)?, flat(&pages.values)?);
    let (q_, sinks_) = (&q, &sinks);
    let inputs = cpu::Inputs {
        q: q_,
        keys: &keys,
        values: &values,
        sinks: sinks_,
        window: WINDOW,
        shape: SHAPE,
    };
    let got = cpu::forward_with(isa, &inputs, &places);
    Ok(relative_error(&got, &want([&q, &k, &v], &sinks)))
}

fn flat(tensor: &Tensor) -> Result<Vec<f32>> {
    tensor.flatten_all()?.to_vec1()
}

/// The definition for every position and head; queries, keys and values are \[tokens, heads · d\].
fn want([q, k, v]: [&[f32]; 3], sinks: &[f32]) -> Vec<f64> {
    let d = SHAPE.head_dim;
    let of_head = |x: &[f32], head: usize| -> Vec<Vec<f32>> {
        x.chunks_exact(SHAPE.kv_heads * d).map(|row| row[head * d..][..d].to_vec()).collect()
    };
    let of_kv: Vec<_> = (0..SHAPE.kv_heads).map(|kv| (of_head(k, kv), of_head(v, kv))).collect();
    let places = (0..TOKENS).flat_map(|position| (0..HEADS).map(move |head| (position, head)));
    let one = |(position, head): (usize, usize)| {
        let (keys, values) = &of_kv[head / (HEADS / SHAPE.kv_heads)];
        let q = &q[(position * HEADS + head) * d..][..d];
        reference::attend(q, keys, values, sinks[head], first_visible(position, WINDOW)..=position)
    };
    places.flat_map(one).collect()
}
