//! Rotary positions: pairs (i, i + d/2) of a head turn by `position · inv_freq[i]`, with YaRN's stretched frequencies.
//!
//! `o1 = x1 cos - x2 sin`, `o2 = x2 cos + x1 sin`; cos and sin both carry YaRN's concentration.

mod frequencies;
#[cfg(test)]
mod tests;

use candle_core::{CpuStorage, CustomOp3, Device, IndexOp, Layout, Result, Shape, Tensor, bail};
pub use frequencies::Frequencies;

use super::{Rows, contiguous};

/// The turns of one step's positions.
#[derive(Clone, Debug)]
pub struct Rotation {
    /// f32 \[n, d/2\]
    cos: Tensor,
    /// f32 \[n, d/2\]
    sin: Tensor,
}

impl Rotation {
    /// For `positions` \[n\].
    ///
    /// # Errors
    /// The device failed.
    pub fn new(frequencies: &Frequencies, positions: &[u32], device: &Device) -> Result<Self> {
        let shape = (positions.len(), frequencies.inv_freq.len());
        let (cos, sin) = frequencies.cos_sin(positions);
        Ok(Self {
            cos: Tensor::from_vec(cos, shape, device)?,
            sin: Tensor::from_vec(sin, shape, device)?,
        })
    }

    /// f32 \[n, heads · d\] → the same, turned. Rows may lie apart.
    ///
    /// # Errors
    /// Shapes do not fit, or the device failed.
    pub fn apply(&self, x: &Tensor) -> Result<Tensor> {
        if x.device().is_cpu() {
            x.apply_op3_no_bwd(&self.cos, &self.sin, &Op)
        } else {
            self.composed(x)
        }
    }

    /// The same from candle's own operations.
    fn composed(&self, x: &Tensor) -> Result<Tensor> {
        let (n, width) = x.dims2()?;
        let half = self.cos.dim(1)?;
        let x = x.contiguous()?.reshape((n, width / (2 * half), 2, half))?;
        let (x1, x2) = (x.i((.., .., 0))?.contiguous()?, x.i((.., .., 1))?.contiguous()?); // [n, heads, d/2]
        let (cos, sin) = (self.cos.unsqueeze(1)?, self.sin.unsqueeze(1)?); // [n, 1, d/2]
        let o1 = (x1.broadcast_mul(&cos)? - x2.broadcast_mul(&sin)?)?;
        let o2 = (x2.broadcast_mul(&cos)? + x1.broadcast_mul(&sin)?)?;
        Tensor::stack(&[o1, o2], 2)?.reshape((n, width))
    }
}

/// The CPU's forward pass.
struct Op;

impl CustomOp3 for Op {
    fn name(&self) -> &'static str {
        "rope"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        xl: &Layout,
        cos: &CpuStorage,
        cl: &Layout,
        sin: &CpuStorage,
        sl: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let x = Rows::new(x, xl)?;
        let (cos, sin) = (contiguous::<f32>(cos, cl)?, contiguous::<f32>(sin, sl)?);
        let (n, half) = cl.shape().dims2()?;
        if n != x.count || half == 0 || !x.width.is_multiple_of(2 * half) {
            bail!("rope: rows {:?}, turns {:?}", xl.shape(), cl.shape());
        }
        let mut y = vec![0.0; n * x.width];
        for (row, y) in y.chunks_exact_mut(x.width.max(1)).enumerate() {
            let turns = row * half..(row + 1) * half;
            for (x, y) in x.row(row).chunks_exact(2 * half).zip(y.chunks_exact_mut(2 * half)) {
                turn(x, &cos[turns.clone()], &sin[turns.clone()], y);
            }
        }
        Ok((CpuStorage::F32(y), xl.shape().clone()))
    }
}

/// One head.
fn turn(x: &[f32], cos: &[f32], sin: &[f32], y: &mut [f32]) {
    let half = cos.len();
    let (x1, x2) = x.split_at(half);
    let (y1, y2) = y.split_at_mut(half);
    for i in 0..half {
        y1[i] = x1[i] * cos[i] - x2[i] * sin[i];
        y2[i] = x2[i] * cos[i] + x1[i] * sin[i];
    }
}
