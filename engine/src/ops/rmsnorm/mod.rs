//! `y = x · rsqrt(mean(x²) + eps) · scale`, row by row, in f32.

#[cfg(test)]
mod tests;

use candle_core::{CpuStorage, CustomOp2, D, Layout, Result, Shape, Tensor, bail};
use rayon::prelude::*;

use super::{contiguous, threads::worth_splitting};

/// A norm's scale f32 \[h\] and its epsilon.
#[derive(Clone, Debug)]
pub struct RmsNorm {
    /// f32 \[h\]
    pub scale: Tensor,
    /// Added to the mean of squares.
    pub eps: f32,
}

impl RmsNorm {
    /// f32 \[n, h\] → \[n, h\]
    ///
    /// # Errors
    /// Widths differ, or the device failed.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        if x.device().is_cpu() {
            x.apply_op2_no_bwd(&self.scale, &Op(self.eps))
        } else {
            self.composed(x)
        }
    }

    /// The same from candle's own operations.
    fn composed(&self, x: &Tensor) -> Result<Tensor> {
        let mean = x.sqr()?.mean_keepdim(D::Minus1)?;
        x.broadcast_div(&(mean + f64::from(self.eps))?.sqrt()?)?.broadcast_mul(&self.scale)
    }
}

/// The CPU's forward pass.
struct Op(f32);

impl CustomOp2 for Op {
    fn name(&self) -> &'static str {
        "rmsnorm"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        xl: &Layout,
        scale: &CpuStorage,
        sl: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (x, scale) = (contiguous::<f32>(x, xl)?, contiguous::<f32>(scale, sl)?);
        if xl.shape().dims2()?.1 != scale.len() || scale.is_empty() {
            bail!("rmsnorm: rows {:?}, scale [{}]", xl.shape(), scale.len());
        }
        let mut y = vec![0.0; x.len()];
        let run = |(x, y): (&[f32], &mut [f32])| norm(x, scale, self.0, y);
        if worth_splitting(size_of_val(x)) {
            x.par_chunks(scale.len()).zip(y.par_chunks_mut(scale.len())).for_each(run);
        } else {
            x.chunks(scale.len()).zip(y.chunks_mut(scale.len())).for_each(run);
        }
        Ok((CpuStorage::F32(y), xl.shape().clone()))
    }
}

/// One row. The sum of squares runs in eight chains, which the compiler can keep in vector registers.
fn norm(x: &[f32], scale: &[f32], eps: f32, y: &mut [f32]) {
    let (chunks, rest) = x.as_chunks::<8>();
    let mut sums = [0.0f32; 8];
    for chunk in chunks {
        for (sum, x) in sums.iter_mut().zip(chunk) {
            *sum += x * x;
        }
    }
    let sum = sums.iter().sum::<f32>() + rest.iter().map(|x| x * x).sum::<f32>();
    let factor = 1.0 / (sum / x.len() as f32 + eps).sqrt();
    for ((y, x), scale) in y.iter_mut().zip(x).zip(scale) {
        *y = x * factor * scale;
    }
}
