//! Sweeps of shapes, windows, chunks and scattered blocks against the definition, on every instruction set.

use candle_core::{Device, Tensor};

use super::{Attention, PageShape, Pages, Places, Seq, TILE, cpu, first_visible, reference};
use crate::{
    batch::{BlockId, NO_BLOCK},
    ops::{
        simd::Isa,
        testing::{bits, noise, relative_error},
    },
};

/// (heads, kv heads, head_dim, block_tokens)
const SHAPES: [(usize, usize, usize, usize); 5] =
    [(1, 1, 16, 16), (8, 2, 64, 16), (6, 2, 10, 32), (3, 3, 24, 16), (11, 1, 40, 48)];

/// Sequences with all their queries, keys and values, and tables over a shuffled pool.
struct World {
    shape: PageShape,
    heads: usize,
    window: Option<usize>,
    lengths: Vec<usize>,
    /// \[length, width\] of each sequence.
    q: Vec<Vec<f32>>,
    k: Vec<Vec<f32>>,
    v: Vec<Vec<f32>>,
    tables: Vec<Vec<BlockId>>,
    sinks: Vec<f32>,
}

impl World {
    fn new(
        (heads, kv_heads, head_dim, block_tokens): (usize, usize, usize, usize),
        window: Option<usize>,
    ) -> Self {
        let lengths = vec![1_usize, 16, 17, 5, 70, 130];
        let needed: Vec<usize> = lengths.iter().map(|n| n.div_ceil(block_tokens)).collect();
        let blocks = needed.iter().sum::<usize>() + 3;
        let mut pool: Vec<BlockId> = (0..blocks as BlockId).collect();
        pool.sort_by_key(|b| bits(blocks, 5)[*b as usize]);
        let tables = needed.iter().map(|n| pool.drain(..n).collect()).collect();
        let per_seq = |width: usize, seed: u64| {
            lengths.iter().enumerate().map(|(i, n)| noise(n * width, seed + i as u64)).collect()
        };
        Self {
            shape: PageShape { blocks, block_tokens, kv_heads, head_dim },
            heads,
            window,
            q: per_seq(heads * head_dim, 100),
            k: per_seq(kv_heads * head_dim, 200),
            v: per_seq(kv_heads * head_dim, 300),
            tables,
            sinks: noise(heads, 400),
            lengths,
        }
    }

    /// Pages full of NaN, as a failed sequence may have left them.
    fn pages(&self) -> Pages {
        let mut pages = Pages::new(self.shape, &Device::Cpu).unwrap();
        for pages in [&mut pages.keys, &mut pages.values] {
            *pages = Tensor::full(f32::NAN, pages.dims(), &Device::Cpu).unwrap();
        }
        pages
    }

    /// Rows `part` of `from`'s sequence as a tensor.
    fn rows(&self, from: &[Vec<f32>], parts: &[(usize, std::ops::Range<usize>)]) -> Tensor {
        let width = from[0].len() / self.lengths[0];
        let data: Vec<f32> = parts
            .iter()
            .flat_map(|(seq, part)| {
                from[*seq][part.start * width..part.end * width].iter().copied()
            })
            .collect();
        Tensor::from_vec(data.clone(), (data.len() / width, width), &Device::Cpu).unwrap()
    }

    /// Tables as the scheduler gives them: blocks that have left the window are gone.
    fn places<'a>(
        &'a self,
        parts: &[(usize, std::ops::Range<usize>)],
        tables: &'a [Vec<BlockId>],
    ) -> Places<'a> {
        let mut row = 0;
        let seqs = parts.iter().zip(tables).map(|((_, part), table)| {
            let rows = row..row + part.len();
            row = rows.end;
            Seq { rows, start: part.start as u32, table }
        });
        Places::new(seqs.collect(), &self.shape, self.window).unwrap()
    }

    fn tables(&self, parts: &[(usize, std::ops::Range<usize>)]) -> Vec<Vec<BlockId>> {
        parts
            .iter()
            .map(|(seq, part)| {
                let mut table = self.tables[*seq].clone();
                let gone = first_visible(part.start, self.window) / self.shape.block_tokens;
                table[..gone].fill(NO_BLOCK);
                table
            })
            .collect()
    }

    /// Computes the steps in order and returns \[length, heads · d\] of each sequence.
    fn run(&self, steps: &[Vec<(usize, std::ops::Range<usize>)>], isa: Isa) -> Vec<Vec<f32>> {
        let mut pages = self.pages();
        let mut outputs = vec![Vec::new(); self.lengths.len()];
        let width = self.heads * self.shape.head_dim;
        for parts in steps {
            let tables = self.tables(parts);
            let places = self.places(parts, &tables);
            pages.store(&self.rows(&self.k, parts), &self.rows(&self.v, parts), &places).unwrap();
            let q = self.rows(&self.q, parts).flatten_all().unwrap().to_vec1::<f32>().unwrap();
            let [keys, values] = [&pages.keys, &pages.values]
                .map(|t| t.flatten_all().unwrap().to_vec1::<f32>().unwrap());
            let inputs = cpu::Inputs {
                q: &q,
                keys: &keys,
                values: &values,
                sinks: &self.sinks,
                window: self.window,
                shape: self.shape,
            };
            let mut out = cpu::forward_with(isa, &inputs, &places);
            for (seq, part) in parts {
                let rest = out.split_off(part.len() * width);
                outputs[*seq].extend(std::mem::replace(&mut out, rest));
            }
        }
        outputs
    }

    fn want(&self, seq: usize) -> Vec<f64> {
        let (d, kv_heads) = (self.shape.head_dim, self.shape.kv_heads);
        let heads_of = |x: &[f32], head: usize| -> Vec<Vec<f32>> {
            x.chunks_exact(kv_heads * d).map(|row| row[head * d..][..d].to_vec()).collect()
        };
        let of_kv: Vec<_> = (0..kv_heads)
            .map(|kv| (heads_of(&self.k[seq], kv), heads_of(&self.v[seq], kv)))
            .collect();
        let mut want = Vec::new();
        for position in 0..self.lengths[seq] {
            for head in 0..self.heads {
                let (keys, values) = &of_kv[head / (self.heads / kv_heads)];
                let q = &self.q[seq][(position * self.heads + head) * d..][..d];
                let visible = first_visible(position, self.window)..=position;
                want.extend(reference::attend(q, keys, values, self.sinks[head], visible));
            }
        }
        want
    }

    /// Every sequence alone, whole.
    fn alone(&self) -> Vec<Vec<(usize, std::ops::Range<usize>)>> {
        (0..self.lengths.len()).map(|seq| vec![(seq, 0..self.lengths[seq])]).collect()
    }

    /// All sequences together, `chunk` positions a step.
    fn together(&self, chunk: usize) -> Vec<Vec<(usize, std::ops::Range<usize>)>> {
        let longest = self.lengths.iter().max().unwrap();
        let step = |start: usize| {
            let part = |(seq, n): (usize, &usize)| {
                (start < *n).then(|| (seq, start..(start + chunk).min(*n)))
            };
            self.lengths.iter().enumerate().filter_map(part).collect()
        };
        (0..*longest).step_by(chunk).map(step).collect()
    }
}

/// Every shape with each of these windows.
fn worlds(windows: &[Option<usize>]) -> Vec<World> {
    SHAPES
        .iter()
        .flat_map(|shape| windows.iter().map(|window| World::new(*shape, *window)))
        .collect()
}

#[test]
fn every_shape_and_window_agrees_with_the_definition() {
    for world in worlds(&[None, Some(1), Some(16), Some(21), Some(128)]) {
        let want: Vec<f64> = (0..world.lengths.len()).flat_map(|seq| world.want(seq)).collect();
        for isa in Isa::available() {
            let error = relative_error(&world.run(&world.alone(), isa).concat(), &want);
            assert!(error < 2e-6, "{isa:?} {:?} window {:?}: {error}", world.shape, world.window);
        }
    }
}

#[test]
fn bits_do_not_depend_on_chunks_or_company() {
    for world in worlds(&[None, Some(21)]) {
        for isa in Isa::available() {
            let alone = world.run(&world.alone(), isa);
            let same = |chunk: &usize| world.run(&world.together(*chunk), isa) == alone;
            let different: Vec<_> =
                [1, 7, 16, 64, 1000].into_iter().filter(|chunk| !same(chunk)).collect();
            assert!(
                different.is_empty(),
                "{isa:?} {:?} window {:?}: {different:?}",
                world.shape,
                world.window
            );
        }
    }
}

#[test]
fn the_op_and_the_composition_for_other_devices_agree() {
    for window in [None, Some(21)] {
        let world = World::new((8, 2, 64, 16), window);
        let parts: Vec<_> =
            (0..world.lengths.len()).map(|seq| (seq, 0..world.lengths[seq])).collect();
        let tables = world.tables(&parts);
        let places = world.places(&parts, &tables);
        let [q, k, v] = [&world.q, &world.k, &world.v].map(|x| world.rows(x, &parts));
        let layer =
            Attention { sinks: Tensor::new(world.sinks.as_slice(), &Device::Cpu).unwrap(), window };
        let mut pages = world.pages();
        pages.store(&k, &v, &places).unwrap();
        let got = pages.attend(&q, &places, &layer).unwrap();
        // The layout of other devices, on this one.
        let slots = world.shape.blocks * world.shape.block_tokens;
        let zeros =
            || Tensor::zeros((slots, 2 * 64), candle_core::DType::F32, &Device::Cpu).unwrap();
        let mut flat = Pages { keys: zeros(), values: zeros(), shape: world.shape };
        flat.store_composed(&k, &v, &places).unwrap();
        let composed = flat.attend_composed(&q, &places, &layer).unwrap();
        let want: Vec<f64> = (0..world.lengths.len()).flat_map(|seq| world.want(seq)).collect();
        for got in [got, composed] {
            let error =
                relative_error(&got.flatten_all().unwrap().to_vec1::<f32>().unwrap(), &want);
            assert!(error < 2e-6, "{window:?}: {error}");
        }
    }
}

#[test]
fn tables_that_do_not_reach_and_blocks_that_do_not_exist_are_refused() {
    let shape = PageShape { blocks: 4, block_tokens: TILE, kv_heads: 1, head_dim: 2 };
    let places = |table: &[BlockId], start: u32, rows: usize, window| {
        Places::new(vec![Seq { rows: 0..rows, start, table }], &shape, window).is_ok()
    };
    assert!(places(&[0, 3], 0, 32, None));
    assert!(!places(&[0], 0, 17, None), "the table is too short");
    assert!(!places(&[0, 4], 0, 17, None), "no such block");
    assert!(!places(&[NO_BLOCK, 3], 16, 1, None), "a block that full attention reads is gone");
    assert!(!places(&[NO_BLOCK, 3], 16, 1, Some(2)), "a block within the window is gone");
    assert!(places(&[NO_BLOCK, 3], 17, 1, Some(2)));
    assert!(Pages::new(PageShape { block_tokens: 20, ..shape }, &Device::Cpu).is_err());
}
