//! The passes over all logits. Each is plain Rust that the compiler vectorises, compiled for AVX2 a second time and chosen at run
//! time; the arithmetic is the same either way.

use super::{
    filter::Cut,
    noise::{Noise, gumbel, gumbel_bound},
};

/// Lanes that are kept apart, so that the compiler may use vectors of any width up to this.
const LANES: usize = 16;

/// Logits that are looked at together before deciding whether one of them matters.
pub(super) const CHUNK: usize = 128;

/// Compiles `$body` twice and calls the version that this machine runs best.
macro_rules! dispatch {
    ($(#[$doc:meta])* $name:ident = $body:ident($($arg:ident: $type:ty),*) $(-> $result:ty)?) => {
        $(#[$doc])*
        pub(super) fn $name($($arg: $type),*) $(-> $result)? {
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx2")]
                fn avx2($($arg: $type),*) $(-> $result)? {
                    $body($($arg),*)
                }
                if std::arch::is_x86_feature_detected!("avx2") {
                    // SAFETY: the function needs AVX2 and nothing else, and it was just detected.
                    return unsafe { avx2($($arg),*) };
                }
            }
            $body($($arg),*)
        }
    };
}

/// The largest logit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Largest {
    pub(super) logit: f32,
    /// The lowest id that has it.
    pub(super) id: u32,
}

dispatch! {
    /// The largest logit; `None` when one is NaN or +inf, or all are -inf.
    largest = largest_body(logits: &[f32]) -> Option<Largest>
}

#[inline(always)]
fn largest_body(logits: &[f32]) -> Option<Largest> {
    let mut best = (f32::NEG_INFINITY, 0);
    let mut nan = false;
    for (index, chunk) in logits.chunks(CHUNK * 8).enumerate() {
        let (max, bad) = chunk_max(chunk);
        nan |= bad;
        if max > best.0 {
            best = (max, index * CHUNK * 8);
        }
    }
    let (logit, from) = best;
    if nan || !logit.is_finite() {
        return None;
    }
    let offset = logits[from..].iter().position(|&other| other == logit)?;
    Some(Largest { logit, id: (from + offset) as u32 })
}

dispatch! {
    /// The largest of up to [`CHUNK`] logits without NaN.
    max = max_body(chunk: &[f32]) -> f32
}

#[inline(always)]
fn max_body(chunk: &[f32]) -> f32 {
    chunk_max(chunk).0
}

/// The largest of `chunk` (-inf when empty), and whether there is a NaN.
#[inline(always)]
fn chunk_max(chunk: &[f32]) -> (f32, bool) {
    let mut max = [f32::NEG_INFINITY; LANES];
    let mut nan = [0u32; LANES];
    let mut lanes = chunk.chunks_exact(LANES);
    for row in &mut lanes {
        for lane in 0..LANES {
            max[lane] = if row[lane] > max[lane] { row[lane] } else { max[lane] };
            nan[lane] |= u32::from(row[lane].is_nan());
        }
    }
    let rest = lanes.remainder();
    let bad = nan.iter().any(|&bad| bad != 0) || rest.iter().any(|logit| logit.is_nan());
    (
        max.iter()
            .chain(rest)
            .fold(f32::NEG_INFINITY, |max, &logit| if logit > max { logit } else { max }),
        bad,
    )
}

/// Turns logits into z = (logit - max) / temperature: at most 0, and 0 for the best.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    max: f32,
    inverse: f32,
}

impl Scale {
    pub(super) fn new(max: f32, temperature: f32) -> Self {
        Self { max, inverse: (1.0 / temperature).min(f32::MAX) }
    }

    #[inline(always)]
    pub(super) fn z(self, logit: f32) -> f32 {
        (logit - self.max) * self.inverse
    }
}

/// The most probable tokens, in the order of their ids.
#[derive(Debug, Default)]
pub(super) struct Near {
    pub(super) logits: Vec<f32>,
    pub(super) ids: Vec<u32>,
}

/// The tokens whose z is at least `least`; `None` when they are so many that a list does not pay.
pub(super) fn near(logits: &[f32], scale: Scale, least: f32) -> Option<Near> {
    const MOST: usize = 8192;
    let mut near = Near::default();
    for (index, chunk) in logits.chunks(CHUNK).enumerate() {
        if scale.z(max(chunk)) < least {
            continue;
        }
        let inside = (index * CHUNK..).zip(chunk).filter(|&(_, &logit)| scale.z(logit) >= least);
        inside.for_each(|(id, &logit)| {
            near.logits.push(logit);
            near.ids.push(id as u32);
        });
        if near.ids.len() > MOST {
            return None;
        }
    }
    Some(near)
}

/// The token with the largest z + noise among those above `cut`. `first` is one of them, best the one with the largest logit.
///
/// The exact noise costs two logarithms, so it is computed only for tokens whose cheap bound still reaches the best sum so far:
/// about twenty of 200,000.
pub(super) fn gumbel_argmax(
    logits: &[f32],
    first: u32,
    scale: Scale,
    cut: Cut,
    noise: Noise,
) -> u32 {
    let exact = |id: u32| f64::from(scale.z(logits[id as usize])) + gumbel(noise.bits(id));
    let mut best = (exact(first), first);
    let mut bounds = [0.0; CHUNK];
    for (index, chunk) in logits.chunks(CHUNK).enumerate() {
        let from = (index * CHUNK) as u32;
        if cut.logit > f32::NEG_INFINITY && max(chunk) < cut.logit {
            continue;
        }
        if chunk_bounds(chunk, from, (scale, cut, noise), &mut bounds) < best.0 as f32 {
            continue;
        }
        for (id, (&logit, &bound)) in (from..).zip(chunk.iter().zip(&bounds)) {
            if bound < best.0 as f32 || !cut.keeps(logit, id) {
                continue;
            }
            let sum = exact(id);
            if sum > best.0 || (sum == best.0 && id < best.1) {
                best = (sum, id);
            }
        }
    }
    best.1
}

dispatch! {
    /// Bounds of z + noise for up to [`CHUNK`] logits whose first has id `from`, -inf below the cut. Returns the largest.
    chunk_bounds = chunk_bounds_body(chunk: &[f32], from: u32, how: (Scale, Cut, Noise), bounds: &mut [f32; CHUNK]) -> f32
}

#[inline(always)]
fn chunk_bounds_body(
    chunk: &[f32],
    from: u32,
    how: (Scale, Cut, Noise),
    bounds: &mut [f32; CHUNK],
) -> f32 {
    let (scale, cut, noise) = how;
    for (offset, (&logit, bound)) in chunk.iter().zip(&mut *bounds).enumerate() {
        let reach = scale.z(logit) + gumbel_bound(noise.bits(from + offset as u32));
        *bound = if logit >= cut.logit { reach } else { f32::NEG_INFINITY };
    }
    chunk_max(&bounds[..chunk.len()]).0
}

/// e^x for x ≤ 0, to a relative error of 3e-7; below -87 it stays at e^-87, which is as good as 0 in a sum with a 1 in it.
#[inline(always)]
pub(super) fn exp(x: f32) -> f32 {
    /// Adding it leaves the nearest integer in the low bits of the mantissa.
    const ROUND: f32 = 12_582_912.0;
    /// ln 2 in two parts; products of the first with integers up to 2¹⁴ are exact.
    const LN_2: [f32; 2] = [0.693_359_4, -2.121_944_4e-4];
    let x = if x > -87.0 { x } else { -87.0 };
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let power = shifted.to_bits().wrapping_sub(ROUND.to_bits()) << 23;
    // x = n ln 2 + f; e^f for |f| ≤ ½ ln 2 by its Taylor series up to the sixth order.
    let n = shifted - ROUND;
    let f = (x - n * LN_2[0]) - n * LN_2[1];
    let series = 1.0
        + f * (1.0
            + f * (0.5
                + f * (1.0 / 6.0 + f * (1.0 / 24.0 + f * (1.0 / 120.0 + f * (1.0 / 720.0))))));
    f32::from_bits(series.to_bits().wrapping_add(power))
}

dispatch! {
    /// Σ e^z over all logits.
    sum_exp = sum_exp_body(logits: &[f32], scale: Scale) -> f64
}

#[inline(always)]
fn sum_exp_body(logits: &[f32], scale: Scale) -> f64 {
    let mut total = 0.0;
    // Short single-precision sums, gathered in double precision: no error that grows with the vocabulary.
    for chunk in logits.chunks(CHUNK) {
        let mut sums = [0.0f32; LANES];
        let mut lanes = chunk.chunks_exact(LANES);
        for row in &mut lanes {
            for lane in 0..LANES {
                sums[lane] += exp(scale.z(row[lane]));
            }
        }
        let rest: f32 = lanes.remainder().iter().map(|&logit| exp(scale.z(logit))).sum();
        total += f64::from(sums.iter().sum::<f32>() + rest);
    }
    total
}

dispatch! {
    /// e^z of up to [`CHUNK`] logits, and the bucket of each.
    chunk_weights = chunk_weights_body(chunk: &[f32], scale: Scale, weights: &mut [f32; CHUNK], buckets: &mut [u32; CHUNK])
}

#[inline(always)]
fn chunk_weights_body(
    chunk: &[f32],
    scale: Scale,
    weights: &mut [f32; CHUNK],
    buckets: &mut [u32; CHUNK],
) {
    for ((&logit, weight), bucket) in chunk.iter().zip(&mut *weights).zip(&mut *buckets) {
        let z = scale.z(logit);
        *weight = exp(z);
        *bucket = super::filter::bucket(z);
    }
}
