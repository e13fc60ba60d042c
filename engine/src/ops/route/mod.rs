//! The router's choice: the k experts with the largest logits, weighted by the softmax over those k.
//!
//! Ties go to the expert with the lower index. Runs on the host for every device: the experts are grouped there.

#[cfg(test)]
mod tests;

use candle_core::{Result, Tensor, bail};

/// Which experts each token goes to.
#[derive(Clone, Debug, PartialEq)]
pub struct Routes {
    /// \[n, k\], best first.
    pub experts: Vec<u32>,
    /// \[n, k\]; a token's weights sum to 1.
    pub weights: Vec<f32>,
    /// Experts a token.
    pub k: usize,
}

impl Routes {
    /// From router logits f32 \[n, e\].
    ///
    /// # Errors
    /// Fewer than `k` experts, or the device failed.
    pub fn choose(logits: &Tensor, k: usize) -> Result<Self> {
        let (n, e) = logits.dims2()?;
        if k == 0 || k > e {
            bail!("route: {k} of {e} experts");
        }
        let logits = logits.flatten_all()?.to_vec1::<f32>()?;
        let mut routes =
            Self { experts: Vec::with_capacity(n * k), weights: Vec::with_capacity(n * k), k };
        for row in logits.chunks_exact(e) {
            routes.push(row);
        }
        Ok(routes)
    }

    /// Adds a token with these logits.
    fn push(&mut self, logits: &[f32]) {
        let start = self.experts.len();
        for _ in 0..self.k {
            let taken = &self.experts[start..];
            let free = (0..logits.len() as u32).filter(|e| !taken.contains(e));
            // The first of equals; a NaN never wins but keeps its place when nothing else is left.
            let best =
                free.reduce(|a, b| if logits[b as usize] > logits[a as usize] { b } else { a });
            self.experts.extend(best);
        }
        let top = logits[self.experts[start] as usize];
        let exp = self.experts[start..].iter().map(|e| (logits[*e as usize] - top).exp());
        self.weights.extend(exp);
        let sum: f32 = self.weights[start..].iter().sum();
        self.weights[start..].iter_mut().for_each(|w| *w /= sum);
    }
}
