//! `y = x Wᵀ + b`: x f32 \[n, in\], W bf16 \[out, in\], b f32 \[out\], y f32 \[n, out\].
//!
//! One row runs at the memory's speed; many rows share each load of the weights. f32 accumulation; on the CPU a row's bits do
//! not depend on n.

mod cpu;
mod reference;
pub(super) mod selftest;
#[cfg(test)]
mod tests;

use candle_core::{CpuStorage, CustomOp2, DType, Layout, Result, Shape, Tensor, bail};
use half::bf16;

use super::contiguous;

/// A linear layer.
#[derive(Clone, Debug)]
pub struct Linear {
    weight: Tensor,
    bias: Option<Tensor>,
}

impl Linear {
    /// `weight` bf16 \[out, in\], `bias` f32 \[out\].
    ///
    /// # Errors
    /// Shapes or types are others.
    pub fn new(weight: Tensor, bias: Option<Tensor>) -> Result<Self> {
        let (out, _) = weight.dims2()?;
        if weight.dtype() != DType::BF16 {
            bail!("linear: weights in {:?}, expected bf16", weight.dtype());
        }
        if let Some(bias) = &bias
            && (bias.dims() != [out] || bias.dtype() != DType::F32)
        {
            bail!("linear: bias {:?} {:?}, expected f32 [{out}]", bias.dtype(), bias.dims());
        }
        Ok(Self { weight, bias })
    }

    /// The weights, \[out, in\].
    pub fn weight(&self) -> &Tensor {
        &self.weight
    }

    /// \[n, in\] → \[n, out\]
    ///
    /// # Errors
    /// The width of `x` is not `in`, or the device failed.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        if x.device().is_cpu() {
            x.apply_op2_no_bwd(&self.weight, &Op(self.bias.as_ref()))
        } else {
            self.composed(x)
        }
    }

    /// The same from candle's own operations, for devices without a kernel of ours.
    fn composed(&self, x: &Tensor) -> Result<Tensor> {
        let y = x.matmul(&self.weight.to_dtype(DType::F32)?.t()?)?;
        match &self.bias {
            Some(bias) => y.broadcast_add(bias),
            None => Ok(y),
        }
    }
}

/// The CPU's forward pass; holds the bias.
struct Op<'a>(Option<&'a Tensor>);

impl CustomOp2 for Op<'_> {
    fn name(&self) -> &'static str {
        "linear"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        xl: &Layout,
        w: &CpuStorage,
        wl: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let ((n, width), (out, columns)) = (xl.shape().dims2()?, wl.shape().dims2()?);
        if width != columns {
            bail!("linear: activations have {width} columns, the weights {columns}");
        }
        let (x, w) = (contiguous::<f32>(x, xl)?, contiguous::<bf16>(w, wl)?);
        let mut y = cpu::forward(x, w, columns);
        if let Some(bias) = self.0 {
            let (storage, layout) = bias.storage_and_layout();
            let candle_core::Storage::Cpu(storage) = &*storage else {
                bail!("linear: the bias is on another device")
            };
            cpu::add_bias(&mut y, contiguous::<f32>(storage, layout)?);
        }
        Ok((CpuStorage::F32(y), Shape::from((n, out))))
    }
}
