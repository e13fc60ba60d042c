//! The op from candle's own operations, for devices without a kernel of ours.

use candle_core::{D, Device, Result, Tensor};

use super::{Attention, Pages, Places, Seq, first_visible};

impl Pages {
    /// Scatters rows to their slots.
    pub(super) fn store_composed(
        &mut self,
        k: &Tensor,
        v: &Tensor,
        places: &Places<'_>,
    ) -> Result<()> {
        let (n, width) = k.dims2()?;
        let slots = Tensor::from_slice(&places.slots, (n, 1), k.device())?
            .broadcast_as((n, width))?
            .contiguous()?;
        self.keys.scatter_set(&slots, &k.contiguous()?, 0)?;
        self.values.scatter_set(&slots, &v.contiguous()?, 0)
    }

    /// One sequence after the other.
    pub(super) fn attend_composed(
        &self,
        q: &Tensor,
        places: &Places<'_>,
        layer: &Attention,
    ) -> Result<Tensor> {
        let of_seq = |seq: &Seq<'_>| {
            self.attend_seq(&q.narrow(0, seq.rows.start, seq.rows.len())?, seq, layer)
        };
        let outputs = places.seqs.iter().map(of_seq).collect::<Result<Vec<_>>>()?;
        Tensor::cat(&outputs, 0)
    }

    /// q \[r, heads · d\] → \[r, heads · d\].
    fn attend_seq(&self, q: &Tensor, seq: &Seq<'_>, layer: &Attention) -> Result<Tensor> {
        let (kv, d, device) = (self.shape.kv_heads, self.shape.head_dim, q.device());
        let (r, group) = (q.dim(0)?, layer.sinks.dim(0)? / kv);
        let (first, end) =
            (first_visible(seq.start as usize, layer.window), seq.position(seq.rows.end));
        let m = end - first;
        let pages = |pages: &Tensor| {
            let slots: Vec<u32> = (first..end).map(|p| self.slot(seq, p)).collect();
            let rows = pages.index_select(&Tensor::from_vec(slots, m, device)?, 0)?;
            rows.reshape((m, kv, d))?.transpose(0, 1)?.contiguous() // [kv, m, d]
        };
        let q = q.reshape((r, kv, group, d))?.permute((1, 2, 0, 3))?.contiguous()?.reshape((
            kv,
            group * r,
            d,
        ))?;
        let logits = (q.matmul(&pages(&self.keys)?.t()?)? / (d as f64).sqrt())?; // [kv, group * r, m]
        let logits = logits.reshape((kv, group, r, m))?.broadcast_add(&mask(
            seq,
            first..end,
            layer.window,
            device,
        )?)?;
        let sinks = layer.sinks.reshape((kv, group, 1, 1))?.broadcast_as((kv, group, r, 1))?;
        let logits = Tensor::cat(&[&logits, &sinks.contiguous()?], 3)?; // [kv, group, r, m + 1]
        let weights = logits.broadcast_sub(&logits.max_keepdim(D::Minus1)?)?.exp()?;
        let weights = weights.broadcast_div(&weights.sum_keepdim(D::Minus1)?)?;
        let weights = weights.narrow(3, 0, m)?.contiguous()?.reshape((kv, group * r, m))?;
        let out = weights.matmul(&pages(&self.values)?)?.reshape((kv, group, r, d))?;
        out.permute((2, 0, 1, 3))?.contiguous()?.reshape((r, kv * group * d))
    }

    /// Where a position of a sequence lies.
    fn slot(&self, seq: &Seq<'_>, position: usize) -> u32 {
        let tokens = self.shape.block_tokens;
        seq.table[position / tokens] * tokens as u32 + (position % tokens) as u32
    }
}

/// \[r, positions\]: 0 where a row sees a position, else -infinity.
fn mask(
    seq: &Seq<'_>,
    positions: std::ops::Range<usize>,
    window: Option<usize>,
    device: &Device,
) -> Result<Tensor> {
    let mut mask = Vec::with_capacity(seq.rows.len() * positions.len());
    for row in seq.rows.clone() {
        let query = seq.position(row);
        let visible = first_visible(query, window)..=query;
        mask.extend(
            positions.clone().map(|p| if visible.contains(&p) { 0.0 } else { f32::NEG_INFINITY }),
        );
    }
    Tensor::from_vec(mask, (seq.rows.len(), positions.len()), device)
}
