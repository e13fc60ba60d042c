//! `top_k`, `top_p` and `min_p`: all three keep the best tokens down to some place in the order (logit descending, id ascending),
//! so together they are one [`Cut`]. It is found without sorting the vocabulary: a histogram over z finds the bucket in which the
//! cut lies, and only that bucket is sorted.

use std::borrow::Cow;

use super::scan::{CHUNK, Near, Scale, chunk_weights, exp, near, sum_exp};
use crate::job::SamplingParams;

/// The last token that is kept.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Cut {
    pub(super) logit: f32,
    /// Of the tokens with just this logit, those up to this id are kept.
    id: u32,
}

impl Cut {
    const NONE: Self = Self { logit: f32::NEG_INFINITY, id: u32::MAX };

    #[inline(always)]
    pub(super) fn keeps(self, logit: f32, id: u32) -> bool {
        logit > self.logit || (logit == self.logit && id <= self.id)
    }

    /// What both keep.
    fn and(self, other: Self) -> Self {
        match self.keeps(other.logit, other.id) {
            true => other,
            false => self,
        }
    }
}

/// The filters of a job.
#[derive(Clone, Copy, Debug)]
pub(super) struct Filter {
    /// 0 is off.
    top_k: usize,
    /// 1 is off.
    top_p: f64,
    /// 0 is off.
    min_p: f32,
}

impl Filter {
    pub(super) fn of(params: &SamplingParams) -> Self {
        Self { top_k: params.top_k as usize, top_p: f64::from(params.top_p), min_p: params.min_p }
    }
}

/// The cut that `filter` makes. The best token is always kept.
pub(super) fn cut(logits: &[f32], scale: Scale, filter: &Filter) -> Cut {
    let floor = match filter.min_p > 0.0 {
        true => floor(logits, scale, filter.min_p),
        false => Cut::NONE,
    };
    let counted = filter.top_k > 0 && filter.top_k < logits.len();
    if !counted && filter.top_p >= 1.0 {
        return floor;
    }
    let near = near(logits, scale, NEAR);
    let (order, cut, mass) = match counted {
        true => {
            let near = near.filter(|near| near.ids.len() >= filter.top_k);
            let order = Order::new(logits, scale, near);
            let cut = order.nth(filter.top_k);
            let mass = order.mass(cut);
            (order, cut, mass)
        }
        false => {
            let mass = sum_exp(logits, scale);
            let near = near.filter(|near| sum_exp(&near.logits, scale) >= filter.top_p * mass);
            (Order::new(logits, scale, near), Cut::NONE, mass)
        }
    };
    match filter.top_p < 1.0 {
        true => cut.and(order.reach(filter.top_p * mass)).and(floor),
        false => cut.and(floor),
    }
}

/// The z down to which tokens are looked at first. In a language model's distribution few tokens are above it, and they have nearly
/// all of the mass.
const NEAR: f32 = -14.0;

/// Keeps tokens at least `min_p` times as probable as the best.
fn floor(logits: &[f32], scale: Scale, min_p: f32) -> Cut {
    let least = min_p.ln();
    let kept = logits.iter().filter(|&&logit| scale.z(logit) >= least);
    Cut { logit: kept.fold(f32::INFINITY, |least, &logit| least.min(logit)), id: u32::MAX }
}

/// Buckets: 2⁷ a binade of 1 - z. Fine where the mass is, and no z is too small for them.
const BUCKETS: usize = (255 - 127) * BUCKETS_PER_BINADE + 1;
const BUCKETS_PER_BINADE: usize = 1 << (23 - BUCKET_SHIFT);
const BUCKET_SHIFT: u32 = 16;

/// The bucket of a z ≤ 0: larger for smaller z, the last for -inf.
#[inline(always)]
pub(super) fn bucket(z: f32) -> u32 {
    ((1.0 - z).to_bits() - 1f32.to_bits()) >> BUCKET_SHIFT
}

/// Tokens in the order of their logits, as far as it was needed.
struct Order<'a> {
    logits: Cow<'a, [f32]>,
    /// Of the logits; `None` when they are all logits.
    ids: Option<Vec<u32>>,
    scale: Scale,
    counts: Vec<u32>,
    /// Σ e^z a bucket.
    masses: Vec<f64>,
}

impl<'a> Order<'a> {
    /// Of the tokens in `near`, or of all.
    fn new(logits: &'a [f32], scale: Scale, near: Option<Near>) -> Self {
        let (logits, ids) = match near {
            Some(near) => (Cow::Owned(near.logits), Some(near.ids)),
            None => (Cow::Borrowed(logits), None),
        };
        let mut counts = vec![0; BUCKETS];
        let mut masses = vec![0.0; BUCKETS];
        let mut weights = [0.0; CHUNK];
        let mut buckets = [0; CHUNK];
        for chunk in logits.chunks(CHUNK) {
            chunk_weights(chunk, scale, &mut weights, &mut buckets);
            for (&weight, &bucket) in weights[..chunk.len()].iter().zip(&buckets) {
                counts[bucket as usize] += 1;
                masses[bucket as usize] += f64::from(weight);
            }
        }
        Self { logits, ids, scale, counts, masses }
    }

    /// Keeps `n` tokens, 1 ≤ n ≤ vocabulary.
    fn nth(&self, n: usize) -> Cut {
        let mut before = 0;
        for (bucket, &count) in self.counts.iter().enumerate() {
            if before + count as usize >= n {
                let mut tokens = self.members(bucket);
                let (_, &mut (logit, id), _) =
                    tokens.select_nth_unstable_by(n - before - 1, |a, b| order(*a, *b));
                return Cut { logit, id };
            }
            before += count as usize;
        }
        Cut::NONE
    }

    /// Σ e^z of what `cut` keeps.
    fn mass(&self, cut: Cut) -> f64 {
        if cut == Cut::NONE {
            return self.masses.iter().sum();
        }
        let last = bucket(self.scale.z(cut.logit)) as usize;
        let whole: f64 = self.masses[..last].iter().sum();
        let part = self.members(last).into_iter().filter(|&(logit, id)| cut.keeps(logit, id));
        whole + part.map(|(logit, _)| self.weight(logit)).sum::<f64>()
    }

    /// Keeps the fewest tokens whose masses reach `target`, at least one.
    fn reach(&self, target: f64) -> Cut {
        let mut before = 0.0;
        for (bucket, &mass) in
            self.masses.iter().enumerate().filter(|&(bucket, _)| self.counts[bucket] > 0)
        {
            if before + mass >= target
                && let Some(cut) = self.reach_within(bucket, target - before)
            {
                return cut;
            }
            before += mass;
        }
        // Rounding alone kept the sum below the target.
        self.nth(self.logits.len())
    }

    /// As [`Self::reach`] with the tokens of one bucket; `None` when they do not reach `target`.
    fn reach_within(&self, bucket: usize, target: f64) -> Option<Cut> {
        let mut tokens = self.members(bucket);
        tokens.sort_unstable_by(|a, b| order(*a, *b));
        let mut sum = 0.0;
        let last = tokens.into_iter().find(|&(logit, _)| {
            sum += self.weight(logit);
            sum >= target
        });
        last.map(|(logit, id)| Cut { logit, id })
    }

    fn weight(&self, logit: f32) -> f64 {
        f64::from(exp(self.scale.z(logit)))
    }

    fn members(&self, of: usize) -> Vec<(f32, u32)> {
        let id = |index: usize| self.ids.as_ref().map_or(index as u32, |ids| ids[index]);
        let all = self.logits.iter().enumerate();
        let inside = all.filter(|&(_, &logit)| bucket(self.scale.z(logit)) as usize == of);
        inside.map(|(index, &logit)| (logit, id(index))).collect()
    }
}

/// Best first. Adding 0 makes the two zeros one.
fn order(a: (f32, u32), b: (f32, u32)) -> std::cmp::Ordering {
    (b.0 + 0.0).total_cmp(&(a.0 + 0.0)).then(a.1.cmp(&b.1))
}
