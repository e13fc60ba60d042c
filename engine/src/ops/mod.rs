//! The operations that candle does not have, or not as fast: one folder each, with a slow and obvious reference beside the fast
//! path.
//!
//! | op | computes | shapes | CPU | other devices |
//! |---|---|---|---|---|
//! | [`linear`] | x Wᵀ + b, W in bf16 | \[n, in\] → \[n, out\] | SIMD, threads | candle |
//! | [`mxfp4_experts`] | weighted sum of experts, from 4-bit blocks | \[n, h\] → \[n, h\] | SIMD, threads | candle |
//! | [`paged_attention`] | causal attention over KV pages, sinks, window, GQA | \[n, q\] → \[n, q\] | SIMD, threads | candle |
//! | [`rmsnorm`] | root-mean-square norm | \[n, h\] → \[n, h\] | SIMD | candle |
//! | [`rope`] | rotary positions with YaRN | \[n, heads · d\] → same | plain | candle |
//! | [`route`] | top-k experts and their weights | \[n, e\] → \[n, k\] | plain | on the host |
//!
//! Every CPU op promises that a row's result does not depend on the other rows of the call, on how rows are cut into calls, or
//! on the number of threads: each output is one sum in one fixed order.

use candle_core::{CpuStorage, Layout, Result, WithDType, bail};

mod dot;
pub mod linear;
pub mod mxfp4_experts;
pub mod paged_attention;
pub mod rmsnorm;
pub mod rope;
pub mod route;
mod selftest;
mod simd;
mod testing;
mod threads;

pub use selftest::{OpCheck, selftest};

/// The elements of a contiguous CPU tensor.
fn contiguous<'a, T: WithDType>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [T]> {
    match layout.contiguous_offsets() {
        Some((start, end)) => Ok(&storage.as_slice::<T>()?[start..end]),
        None => bail!("expected a contiguous tensor, got {layout:?}"),
    }
}

/// Rows of a CPU tensor \[n, width\] whose rows are contiguous but may lie apart, as a `narrow` of columns leaves them.
#[derive(Clone, Copy)]
struct Rows<'a> {
    data: &'a [f32],
    stride: usize,
    width: usize,
    count: usize,
}

impl<'a> Rows<'a> {
    fn new(storage: &'a CpuStorage, layout: &Layout) -> Result<Self> {
        let (count, width) = layout.shape().dims2()?;
        if layout.stride()[1] != 1 && width > 1 {
            bail!("expected contiguous rows, got {layout:?}");
        }
        let data = &storage.as_slice::<f32>()?[layout.start_offset()..];
        Ok(Self { data, stride: layout.stride()[0], width, count })
    }

    fn row(&self, index: usize) -> &'a [f32] {
        &self.data[index * self.stride..][..self.width]
    }
}
