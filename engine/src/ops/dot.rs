//! Rows of weights times rows of activations: the inner loop of [`super::linear`] and [`super::mxfp4_experts`].
//!
//! Every dot product is one chain: lane l of a sixteen-lane accumulator sums the products of columns 16 t + l for t = 0, 1, …, then
//! the lanes are summed as a tree. A tile computes several such chains at once to hide latency and to reuse loads; which tile a
//! product falls into does not change its bits.

use std::ops::Range;

use half::bf16;

use super::simd::{LANES, Simd};

/// Columns of one step of the inner loop: two vectors.
pub(super) const STEP: usize = 2 * LANES;

/// Activations of one step. For MXFP4 the first vector holds the even columns and the second the odd ones.
pub(super) type Pair = [[f32; LANES]; 2];

/// Weights by rows, 32 columns at a step.
pub(super) trait Weights: Copy {
    /// What a row is found by.
    type Row: Copy;
    /// Row `index`; its whole steps are exactly `self.steps()`.
    fn row(self, index: usize) -> Self::Row;
    /// Whole steps of a row.
    fn steps(self) -> usize;
    /// Columns 32 `step` .. 32 `step` + 32.
    ///
    /// # Safety
    /// `step` is below `steps()` of the weights that `row` is from.
    unsafe fn pair<S: Simd>(s: S, row: Self::Row, step: usize) -> (S::V, S::V);
    /// Asks the cache for row `index` at `step`; a row that does not exist is none of its business.
    fn prefetch<S: Simd>(self, s: S, index: usize, step: usize);
    /// What is left after the whole steps, filled up with zeros.
    fn rest(row: Self::Row) -> Option<[[bf16; LANES]; 2]>;
}

/// bf16 rows of `columns` elements.
#[derive(Clone, Copy)]
pub(super) struct Bf16Rows<'a> {
    pub(super) data: &'a [bf16],
    pub(super) columns: usize,
}

impl<'a> Weights for Bf16Rows<'a> {
    type Row = (&'a [[[bf16; LANES]; 2]], &'a [bf16]);

    #[inline(always)]
    fn row(self, index: usize) -> Self::Row {
        let row = &self.data[index * self.columns..][..self.columns];
        let (whole, rest) = row.as_chunks::<STEP>();
        (&bytemuck::cast_slice(whole)[..self.steps()], rest)
    }

    #[inline(always)]
    fn steps(self) -> usize {
        self.columns / STEP
    }

    #[inline(always)]
    unsafe fn pair<S: Simd>(s: S, row: Self::Row, step: usize) -> (S::V, S::V) {
        // SAFETY: `row` has `steps()` steps, and the caller's `step` is below that.
        let [a, b] = unsafe { row.0.get_unchecked(step) };
        (s.load_bf16(a), s.load_bf16(b))
    }

    #[inline(always)]
    fn prefetch<S: Simd>(self, s: S, index: usize, step: usize) {
        s.prefetch(self.data.as_ptr().wrapping_add(index * self.columns + step * STEP).cast());
    }

    #[inline(always)]
    fn rest(row: Self::Row) -> Option<[[bf16; LANES]; 2]> {
        if row.1.is_empty() {
            return None;
        }
        let mut filled = [bf16::ZERO; STEP];
        filled[..row.1.len()].copy_from_slice(row.1);
        Some(bytemuck::cast(filled))
    }
}

/// MXFP4 rows: a block is 32 codes in 16 bytes (low nibble first) and one exponent.
#[derive(Clone, Copy)]
pub(super) struct Mxfp4Rows<'a> {
    /// \[rows, blocks\]
    pub(super) codes: &'a [[u8; 16]],
    /// \[rows, blocks\]
    pub(super) scales: &'a [u8],
    /// Blocks of a row.
    pub(super) blocks: usize,
}

/// 2^(e - 127) for every exponent byte; 255 overflows to infinity as `ldexp` does.
static SCALES: [f32; 256] = {
    let mut table = [0.0; 256];
    let mut e = 0;
    while e < 256 {
        // 2^-127 is subnormal.
        table[e] = f32::from_bits(if e == 0 { 1 << 22 } else { (e as u32) << 23 });
        e += 1;
    }
    table
};

/// 2^(e - 127).
#[inline(always)]
pub(super) fn scale(e: u8) -> f32 {
    SCALES[usize::from(e)]
}

impl<'a> Weights for Mxfp4Rows<'a> {
    type Row = (&'a [[u8; 16]], &'a [u8]);

    #[inline(always)]
    fn row(self, index: usize) -> Self::Row {
        let first = index * self.blocks;
        (&self.codes[first..][..self.blocks], &self.scales[first..][..self.blocks])
    }

    #[inline(always)]
    fn steps(self) -> usize {
        self.blocks
    }

    #[inline(always)]
    unsafe fn pair<S: Simd>(s: S, row: Self::Row, step: usize) -> (S::V, S::V) {
        // SAFETY: `row` has `steps()` blocks and scales, and the caller's `step` is below that.
        let (codes, exponent) = unsafe { (row.0.get_unchecked(step), row.1.get_unchecked(step)) };
        s.lookup(s.table(scale(*exponent)), codes)
    }

    #[inline(always)]
    fn prefetch<S: Simd>(self, s: S, index: usize, step: usize) {
        // Four blocks share a line.
        if step.is_multiple_of(4) {
            s.prefetch(self.codes.as_ptr().wrapping_add(index * self.blocks + step).cast());
        }
    }

    #[inline(always)]
    fn rest(_: Self::Row) -> Option<[[bf16; LANES]; 2]> {
        None
    }
}

/// Dot products of the `C` rows of weights from `first` on with `R` rows of activations, into `out[c * stride + r]`.
#[inline(always)]
fn tile<S: Simd, W: Weights, const C: usize, const R: usize>(
    s: S,
    (weights, first): (W, usize),
    x: [&[Pair]; R],
    out: &mut [f32],
    stride: usize,
) {
    let steps = weights.steps();
    let w: [W::Row; C] = std::array::from_fn(|c| weights.row(first + c));
    let whole: [&[Pair]; R] = std::array::from_fn(|r| &x[r][..steps]);
    let mut sums = [[s.splat(0.0); R]; C];
    for step in 0..steps {
        for c in 0..C {
            // Bounds checks in this loop, six slices a step, cost a third of its speed.
            // SAFETY: `step` is below `steps`, which is `steps()` of the weights and the length of each of `whole`.
            let (a, b) = unsafe { W::pair(s, w[c], step) };
            if R == 1 {
                // The rows of the next tile: each row starts anew where no hardware prefetcher follows.
                weights.prefetch(s, first + C + c, step);
            }
            for r in 0..R {
                // SAFETY: as above.
                let [xa, xb] = unsafe { whole[r].get_unchecked(step) };
                sums[c][r] = s.fma(a, s.load(xa), sums[c][r]);
                sums[c][r] = s.fma(b, s.load(xb), sums[c][r]);
            }
        }
    }
    for c in 0..C {
        if let Some([a, b]) = W::rest(w[c]) {
            for r in 0..R {
                let [xa, xb] = &x[r][steps];
                sums[c][r] = s.fma(s.load_bf16(&a), s.load(xa), sums[c][r]);
                sums[c][r] = s.fma(s.load_bf16(&b), s.load(xb), sums[c][r]);
            }
        }
        for r in 0..R {
            out[c * stride + r] = s.sum(sums[c][r]);
        }
    }
}

/// `C` rows of weights with every row of activations.
#[inline(always)]
fn panel<S: Simd, W: Weights, const C: usize>(s: S, w: (W, usize), x: &[&[Pair]], out: &mut [f32]) {
    const R: usize = 6;
    let n = x.len();
    let (tiles, rest) = x.as_chunks::<R>();
    for (i, tile_rows) in tiles.iter().enumerate() {
        tile::<S, W, C, R>(s, w, *tile_rows, &mut out[i * R..], n);
    }
    let out = &mut out[tiles.len() * R..];
    match *rest {
        [] => {}
        [a] => tile::<S, W, C, 1>(s, w, [a], out, n),
        [a, b] => tile::<S, W, C, 2>(s, w, [a, b], out, n),
        [a, b, c] => tile::<S, W, C, 3>(s, w, [a, b, c], out, n),
        [a, b, c, d] => tile::<S, W, C, 4>(s, w, [a, b, c, d], out, n),
        [a, b, c, d, e] => tile::<S, W, C, 5>(s, w, [a, b, c, d, e], out, n),
        _ => unreachable!("the rest of chunks of six has at most five"),
    }
}

/// `out[(row - rows.start) * n + r]` = row `row` of the weights · `x[r]`, for all n rows of `x`. One row of activations is
/// multiplied with `ALONE` rows of weights at once: as many chains as hide the latency, no more than there are registers for
/// their addresses.
#[inline(always)]
pub(super) fn rows<S: Simd, W: Weights, const ALONE: usize>(
    s: S,
    w: W,
    rows: Range<usize>,
    x: &[&[Pair]],
    out: &mut [f32],
) {
    const PANEL: usize = 4;
    let n = x.len();
    let mut next = rows.start;
    if let [x] = *x {
        while next + ALONE <= rows.end {
            tile::<S, W, ALONE, 1>(s, (w, next), [x], &mut out[next - rows.start..], 1);
            next += ALONE;
        }
    }
    while next + PANEL <= rows.end {
        panel::<S, W, PANEL>(s, (w, next), x, &mut out[(next - rows.start) * n..]);
        next += PANEL;
    }
    while next < rows.end {
        panel::<S, W, 1>(s, (w, next), x, &mut out[(next - rows.start) * n..]);
        next += 1;
    }
}

/// Rows of activations cut into steps; copied when the last step must be filled up with zeros.
pub(super) enum Steps<'a> {
    Borrowed(&'a [Pair]),
    Filled(Vec<Pair>),
}

impl<'a> Steps<'a> {
    /// Of `x` \[n, columns\].
    pub(super) fn new(x: &'a [f32], columns: usize) -> Self {
        if columns.is_multiple_of(STEP) {
            return Self::Borrowed(bytemuck::cast_slice(x));
        }
        let steps = columns.div_ceil(STEP);
        let mut filled = vec![[[0.0; LANES]; 2]; x.len() / columns * steps];
        for (row, to) in x.chunks_exact(columns).zip(filled.chunks_exact_mut(steps)) {
            to.as_flattened_mut().as_flattened_mut()[..columns].copy_from_slice(row);
        }
        Self::Filled(filled)
    }

    /// One slice a row.
    pub(super) fn rows(&self, n: usize) -> Vec<&[Pair]> {
        let all = match self {
            Self::Borrowed(all) => all,
            Self::Filled(all) => all.as_slice(),
        };
        all.chunks_exact((all.len() / n).max(1)).collect()
    }
}
