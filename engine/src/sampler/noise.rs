//! Gumbel noise from a counter-based generator.
//!
//! A token id goes through a bijection of 32 bits (multiplications and xor-shifts) whose two keys come from (seed, position). The 32
//! bits r are a uniform δ = (r + ½) / 2³² and the noise is G = -ln(-ln(1 - δ)): large when δ is small, so that the tail that decides
//! about improbable tokens has the full resolution of 2⁻³³.

use std::f32::consts::LN_2;

/// The noise of one position of one sequence.
#[derive(Clone, Copy, Debug)]
pub(super) struct Noise {
    keys: [u32; 2],
}

/// The finaliser of SplitMix64: a bijection of 64 bits with full avalanche.
fn mix(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

impl Noise {
    pub(super) fn new(seed: u64, position: u64) -> Self {
        let key = mix(mix(seed.wrapping_add(0x9e37_79b9_7f4a_7c15)).wrapping_add(position));
        Self { keys: [key as u32, (key >> 32) as u32] }
    }

    /// 32 uniform bits for a token.
    #[inline(always)]
    pub(super) fn bits(self, id: u32) -> u32 {
        let mut x = id.wrapping_add(self.keys[0]);
        x = (x ^ (x >> 16)).wrapping_mul(0x7feb_352d);
        x = (x ^ (x >> 15)).wrapping_mul(0x846c_a68b);
        x = (x ^ (x >> 16)).wrapping_add(self.keys[1]);
        x = (x ^ (x >> 16)).wrapping_mul(0x7feb_352d);
        x = (x ^ (x >> 15)).wrapping_mul(0x846c_a68b);
        x ^ (x >> 16)
    }
}

/// The noise that `bits` stand for, in double precision, so that devices agree on it to the last bit that could matter.
pub(super) fn gumbel(bits: u32) -> f64 {
    let delta = (f64::from(bits) + 0.5) / 4_294_967_296.0;
    -(-(-delta).ln_1p()).ln()
}

/// A number that [`gumbel`] does not exceed and is mostly close to, in four vectorisable operations.
///
/// -ln(1 - δ) ≥ δ, so G ≤ -ln δ. With v = bits / 2 rounded down, δ ≥ 2v / 2³²; and the bits of a float are its binary logarithm with
/// a linear mantissa, which is never above it: log₂ v ≥ bits(v) / 2²³ - 127.
#[inline(always)]
pub(super) fn gumbel_bound(bits: u32) -> f32 {
    /// Covers the rounding of the two conversions and of the sum, in all below 3e-5.
    const SLACK: f32 = 1e-4;
    let log = ((bits >> 1) as i32 as f32).to_bits() as i32 as f32;
    (158.0 * LN_2 + SLACK) - log * (LN_2 / 8_388_608.0)
}
