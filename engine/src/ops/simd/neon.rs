//! Sixteen lanes in four 128-bit registers.

use std::arch::aarch64::*;

use half::bf16;

use super::{LANES, Simd};

/// Every 64-bit ARM has NEON with fused multiply-add.
#[derive(Clone, Copy)]
pub(crate) struct Neon(());

impl Neon {
    /// The instructions are part of the architecture.
    #[inline(always)]
    pub(crate) fn new() -> Self {
        Self(())
    }
}

/// Twice the sixteen MXFP4 values, so that they are integers.
const DOUBLED: [i8; 16] = [0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12];

/// Sixteen i8 as f32, times `half_scale`.
#[inline(always)]
fn widen(v: int8x16_t, half_scale: float32x4_t) -> [float32x4_t; 4] {
    // SAFETY: NEON is part of the architecture.
    unsafe {
        let (low, high) = (vmovl_s8(vget_low_s8(v)), vmovl_s8(vget_high_s8(v)));
        [vget_low_s16(low), vget_high_s16(low), vget_low_s16(high), vget_high_s16(high)]
            .map(|quarter| vmulq_f32(vcvtq_f32_s32(vmovl_s16(quarter)), half_scale))
    }
}

// SAFETY (all blocks below): NEON is part of the architecture; loads and stores stay within the arrays.
impl Simd for Neon {
    type V = [float32x4_t; 4];
    type Table = float32x4_t;

    #[inline(always)]
    fn splat(self, x: f32) -> Self::V {
        // SAFETY: see the impl.
        unsafe { [vdupq_n_f32(x); 4] }
    }

    #[inline(always)]
    fn load(self, x: &[f32; LANES]) -> Self::V {
        // SAFETY: see the impl.
        std::array::from_fn(|i| unsafe { vld1q_f32(x.as_ptr().add(4 * i)) })
    }

    #[inline(always)]
    fn store(self, v: Self::V, to: &mut [f32; LANES]) {
        for (i, quarter) in v.into_iter().enumerate() {
            // SAFETY: see the impl.
            unsafe { vst1q_f32(to.as_mut_ptr().add(4 * i), quarter) };
        }
    }

    #[inline(always)]
    fn load_bf16(self, x: &[bf16; LANES]) -> Self::V {
        // SAFETY: see the impl; bf16 is a u16 in memory.
        std::array::from_fn(|i| unsafe {
            let bits = vld1_u16(x.as_ptr().cast::<u16>().add(4 * i));
            vreinterpretq_f32_u32(vshlq_n_u32::<16>(vmovl_u16(bits)))
        })
    }

    #[inline(always)]
    fn add(self, a: Self::V, b: Self::V) -> Self::V {
        // SAFETY: see the impl.
        std::array::from_fn(|i| unsafe { vaddq_f32(a[i], b[i]) })
    }

    #[inline(always)]
    fn mul(self, a: Self::V, b: Self::V) -> Self::V {
        // SAFETY: see the impl.
        std::array::from_fn(|i| unsafe { vmulq_f32(a[i], b[i]) })
    }

    #[inline(always)]
    fn fma(self, a: Self::V, b: Self::V, c: Self::V) -> Self::V {
        // SAFETY: see the impl.
        std::array::from_fn(|i| unsafe { vfmaq_f32(c[i], a[i], b[i]) })
    }

    #[inline(always)]
    fn div(self, a: Self::V, b: Self::V) -> Self::V {
        // SAFETY: see the impl.
        std::array::from_fn(|i| unsafe { vdivq_f32(a[i], b[i]) })
    }

    #[inline(always)]
    fn max(self, a: Self::V, b: Self::V) -> Self::V {
        // SAFETY: see the impl.
        std::array::from_fn(|i| unsafe { vbslq_f32(vcgtq_f32(a[i], b[i]), a[i], b[i]) })
    }

    #[inline(always)]
    fn min(self, a: Self::V, b: Self::V) -> Self::V {
        // SAFETY: see the impl.
        std::array::from_fn(|i| unsafe { vbslq_f32(vcltq_f32(a[i], b[i]), a[i], b[i]) })
    }

    #[inline(always)]
    fn round(self, a: Self::V) -> Self::V {
        // SAFETY: see the impl.
        std::array::from_fn(|i| unsafe { vrndnq_f32(a[i]) })
    }

    #[inline(always)]
    fn exp2i(self, a: Self::V) -> Self::V {
        // SAFETY: see the impl.
        std::array::from_fn(|i| unsafe {
            let biased = vaddq_s32(vcvtnq_s32_f32(a[i]), vdupq_n_s32(127));
            vreinterpretq_f32_s32(vshlq_n_s32::<23>(biased))
        })
    }

    #[inline(always)]
    fn sum(self, v: Self::V) -> f32 {
        // SAFETY: see the impl.
        unsafe {
            let v = vaddq_f32(vaddq_f32(v[0], v[2]), vaddq_f32(v[1], v[3]));
            let v = vadd_f32(vget_low_f32(v), vget_high_f32(v));
            vget_lane_f32::<0>(v) + vget_lane_f32::<1>(v)
        }
    }

    #[inline(always)]
    fn table(self, scale: f32) -> float32x4_t {
        // SAFETY: see the impl.
        unsafe { vdupq_n_f32(0.5 * scale) }
    }

    #[inline(always)]
    fn lookup(self, table: float32x4_t, codes: &[u8; 16]) -> (Self::V, Self::V) {
        // SAFETY: see the impl.
        unsafe {
            let values = vld1q_s8(DOUBLED.as_ptr());
            let bytes = vld1q_u8(codes.as_ptr());
            let low = vqtbl1q_s8(values, vandq_u8(bytes, vdupq_n_u8(15)));
            let high = vqtbl1q_s8(values, vshrq_n_u8::<4>(bytes));
            (widen(low, table), widen(high, table))
        }
    }
}
