//! The experts of a layer: `out[t] = Σ_j weight[t, j] · expert[t, j](x[t])`, straight from MXFP4 blocks and scales.
//!
//! An expert is `u = W1 x + b1` \[2i\] with gate and linear rows interleaved, `a = min(gate, limit)`, `l = clamp(linear, ±limit)`,
//! `s = a · sigmoid(1.702 a) · (l + 1)`, `y = W2 s + b2`. Tokens of one expert share every load and lookup of its weights. On the
//! CPU a token's bits do not depend on the other tokens.
//!
//! Limits: h and i are multiples of 32 (a block never spans rows).

mod cpu;
mod reference;
pub(super) mod selftest;
#[cfg(test)]
mod tests;

use candle_core::{
    CpuStorage, CustomOp1, DType, Device, IndexOp, Layout, Result, Shape, Storage, Tensor, bail,
};

use super::{contiguous, dot, route::Routes, simd::MXFP4_VALUES};

/// `sigmoid(ALPHA * gate)`; the same in every published model of the family.
const ALPHA: f32 = 1.702;

/// One projection of all experts.
#[derive(Clone, Debug)]
pub struct Projection {
    /// u8 \[e, rows, columns / 32, 16\]: two codes a byte, low nibble first.
    pub blocks: Tensor,
    /// u8 \[e, rows, columns / 32\]: exponents with bias 127.
    pub scales: Tensor,
    /// f32 \[e, rows\]
    pub bias: Tensor,
}

impl Projection {
    /// (experts, rows, blocks of a row), checked.
    fn dims(&self) -> Result<(usize, usize, usize)> {
        let (e, rows, blocks, bytes) = self.blocks.dims4()?;
        let right =
            bytes == 16 && self.scales.dims() == [e, rows, blocks] && self.bias.dims() == [e, rows];
        let types = (self.blocks.dtype(), self.scales.dtype(), self.bias.dtype());
        if !right || types != (DType::U8, DType::U8, DType::F32) {
            bail!(
                "experts: blocks {:?}, scales {:?}, bias {:?} of {types:?} do not fit together",
                self.blocks.dims(),
                self.scales.dims(),
                self.bias.dims()
            );
        }
        Ok((e, rows, blocks))
    }

    /// f32 \[rows, columns\] of one expert, by candle's own operations.
    fn dequantised(&self, expert: usize) -> Result<Tensor> {
        let device = self.blocks.device();
        let (_, rows, blocks) = self.dims()?;
        let codes = self.blocks.i(expert)?.to_dtype(DType::F32)?; // [rows, blocks, 16]
        let high = (&codes / 16.0)?.floor()?;
        let low = (codes - (&high * 16.0)?)?;
        let codes = Tensor::stack(&[low, high], 3)?.flatten_all()?.to_dtype(DType::U32)?; // [rows * columns]
        let values = Tensor::from_slice(&MXFP4_VALUES, 16, device)?.index_select(&codes, 0)?;
        let powers: Vec<f32> = (0..=255).map(dot::scale).collect();
        let scales = self.scales.i(expert)?.flatten_all()?.to_dtype(DType::U32)?;
        let scales = Tensor::from_vec(powers, 256, device)?.index_select(&scales, 0)?; // [rows * blocks]
        let values = values
            .reshape((rows * blocks, 32))?
            .broadcast_mul(&scales.reshape((rows * blocks, 1))?)?;
        values.reshape((rows, blocks * 32))
    }
}

/// The experts of one layer.
#[derive(Clone, Debug)]
pub struct Experts {
    gate_up: Projection,
    down: Projection,
    limit: f32,
}

impl Experts {
    /// `gate_up` \[e, 2i, h\], `down` \[e, h, i\]; `limit` clamps the activation.
    ///
    /// # Errors
    /// The shapes or types do not fit together.
    pub fn new(gate_up: Projection, down: Projection, limit: f32) -> Result<Self> {
        let (e, rows, blocks) = gate_up.dims()?;
        if down.dims()? != (e, blocks * 32, rows / 64) || !rows.is_multiple_of(64) {
            bail!(
                "experts: gate and up [{e}, {rows}, {}] do not fit down {:?}",
                blocks * 32,
                down.dims()?
            );
        }
        Ok(Self { gate_up, down, limit })
    }

    /// f32 \[n, h\] → \[n, h\]
    ///
    /// # Errors
    /// Shapes differ, or the device failed.
    pub fn forward(&self, x: &Tensor, routes: &Routes) -> Result<Tensor> {
        let (n, width) = x.dims2()?;
        let (e, _, blocks) = self.gate_up.dims()?;
        if width != blocks * 32 || routes.experts.len() != n * routes.k {
            bail!("experts: activations {:?} and {} routes", x.dims(), routes.experts.len());
        }
        if let Some(outside) = routes.experts.iter().find(|x| **x as usize >= e) {
            bail!("experts: {outside} of {e} experts was chosen");
        }
        if x.device().is_cpu() {
            x.apply_op1_no_bwd(&Op(self, routes))
        } else {
            self.composed(x, routes)
        }
    }

    /// The same from candle's own operations, for devices without a kernel of ours: every chosen expert is dequantised.
    fn composed(&self, x: &Tensor, routes: &Routes) -> Result<Tensor> {
        let (n, width) = x.dims2()?;
        let mut out = Tensor::zeros((n, width), DType::F32, x.device())?;
        for (expert, slots) in routes.by_expert() {
            let rows: Vec<u32> = slots.iter().map(|s| s / routes.k as u32).collect();
            let weights: Vec<f32> = slots.iter().map(|s| routes.weights[*s as usize]).collect();
            let rows = Tensor::from_vec(rows, slots.len(), x.device())?;
            let weights = Tensor::from_vec(weights, (slots.len(), 1), x.device())?;
            let y = self.composed_expert(&x.index_select(&rows, 0)?, expert as usize)?;
            out = out.index_add(&rows, &y.broadcast_mul(&weights)?, 0)?;
        }
        Ok(out)
    }

    /// One expert for all rows of `x`.
    fn composed_expert(&self, x: &Tensor, expert: usize) -> Result<Tensor> {
        let limit = f64::from(self.limit);
        let project = |p: &Projection, x: &Tensor| {
            x.matmul(&p.dequantised(expert)?.t()?)?.broadcast_add(&p.bias.i(expert)?)
        };
        let u = project(&self.gate_up, x)?; // [m, 2i]
        let u = u.reshape((u.dim(0)?, u.dim(1)? / 2, 2))?;
        let gate = u.i((.., .., 0))?.contiguous()?.minimum(limit)?;
        let linear = u.i((.., .., 1))?.contiguous()?.clamp(-limit, limit)?;
        let sigmoid = ((&gate * -f64::from(ALPHA))?.exp()? + 1.0)?.recip()?;
        project(&self.down, &((gate * sigmoid)? * (linear + 1.0)?)?)
    }
}

impl Routes {
    /// For every expert that was chosen, the places in `experts` where it was, ascending.
    pub(super) fn by_expert(&self) -> Vec<(u32, Vec<u32>)> {
        let mut slots: Vec<u32> = (0..self.experts.len() as u32).collect();
        slots.sort_by_key(|s| self.experts[*s as usize]);
        slots
            .chunk_by(|a, b| self.experts[*a as usize] == self.experts[*b as usize])
            .map(|group| (self.experts[group[0] as usize], group.to_vec()))
            .collect()
    }
}

/// The CPU's forward pass.
struct Op<'a>(&'a Experts, &'a Routes);

impl CustomOp1 for Op<'_> {
    fn name(&self) -> &'static str {
        "mxfp4-experts"
    }

    fn cpu_fwd(&self, x: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let Self(experts, routes) = self;
        let x = contiguous::<f32>(x, layout)?;
        let tensors = [&experts.gate_up, &experts.down].map(|p| {
            [
                p.blocks.storage_and_layout(),
                p.scales.storage_and_layout(),
                p.bias.storage_and_layout(),
            ]
        });
        let [gate_up, down] = [(0, &experts.gate_up), (1, &experts.down)].map(|(i, projection)| {
            let [blocks, scales, bias] = &tensors[i];
            let (_, rows, blocks_a_row) = projection.dims()?;
            Ok::<_, candle_core::Error>(cpu::Projection {
                codes: cpu_slice::<u8>(&blocks.0, blocks.1)?.as_chunks::<16>().0,
                scales: cpu_slice::<u8>(&scales.0, scales.1)?,
                bias: cpu_slice::<f32>(&bias.0, bias.1)?,
                rows,
                blocks: blocks_a_row,
            })
        });
        let weights = cpu::Weights { gate_up: gate_up?, down: down?, limit: experts.limit };
        Ok((CpuStorage::F32(cpu::forward(&weights, x, routes)), layout.shape().clone()))
    }
}

/// The elements of a tensor that must be on the CPU.
fn cpu_slice<'a, T: candle_core::WithDType>(
    storage: &'a Storage,
    layout: &Layout,
) -> Result<&'a [T]> {
    match storage {
        Storage::Cpu(storage) => contiguous(storage, layout),
        other => {
            bail!("experts: weights on {:?}, activations on {:?}", other.device(), Device::Cpu)
        }
    }
}
