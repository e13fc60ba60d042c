//! Sixteen lanes in two 256-bit registers.

use std::arch::x86_64::*;

use half::bf16;

use super::{LANES, Simd};

/// Proof that the machine has AVX2 and FMA.
#[derive(Clone, Copy)]
pub(crate) struct Avx2(());

impl Avx2 {
    /// # Safety
    /// The machine must have AVX2 and FMA.
    #[inline(always)]
    pub(crate) unsafe fn new() -> Self {
        Self(())
    }
}

/// Sum of eight lanes: halves, quarters, eighths.
///
/// # Safety
/// The machine must have AVX.
#[inline(always)]
pub(super) unsafe fn sum256(v: __m256) -> f32 {
    // SAFETY: the caller's.
    unsafe {
        let v = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps::<1>(v));
        let v = _mm_add_ps(v, _mm_movehl_ps(v, v));
        _mm_cvtss_f32(_mm_add_ss(v, _mm_shuffle_ps::<1>(v, v)))
    }
}

/// Twice the sixteen MXFP4 values, so that they are integers.
const DOUBLED: [i8; 16] = [0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12];

/// Sixteen i8 as f32, times `half_scale`.
///
/// # Safety
/// The machine must have AVX2.
#[inline(always)]
unsafe fn widen(v: __m128i, half_scale: __m256) -> [__m256; 2] {
    // SAFETY: the caller's.
    unsafe {
        let low = _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(v));
        let high = _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_srli_si128::<8>(v)));
        [_mm256_mul_ps(low, half_scale), _mm256_mul_ps(high, half_scale)]
    }
}

/// Eight bf16 from `x` on, as f32.
///
/// # Safety
/// The machine must have AVX2 and `x` eight elements.
#[inline(always)]
unsafe fn widen_bf16(x: *const bf16) -> __m256 {
    // SAFETY: the caller's.
    unsafe {
        let bits = _mm_loadu_si128(x.cast());
        _mm256_castsi256_ps(_mm256_slli_epi32::<16>(_mm256_cvtepu16_epi32(bits)))
    }
}

/// 2^v for integers -126 ..= 127.
///
/// # Safety
/// The machine must have AVX2.
#[inline(always)]
unsafe fn exp2i256(v: __m256) -> __m256 {
    // SAFETY: the caller's.
    unsafe {
        let biased = _mm256_add_epi32(_mm256_cvtps_epi32(v), _mm256_set1_epi32(127));
        _mm256_castsi256_ps(_mm256_slli_epi32::<23>(biased))
    }
}

// SAFETY (all blocks below): the token proves the instructions; loads and stores are unaligned and stay within the arrays.
impl Simd for Avx2 {
    type V = [__m256; 2];
    type Table = __m256;

    #[inline(always)]
    fn splat(self, x: f32) -> Self::V {
        // SAFETY: see the impl.
        unsafe { [_mm256_set1_ps(x); 2] }
    }

    #[inline(always)]
    fn load(self, x: &[f32; LANES]) -> Self::V {
        // SAFETY: see the impl.
        unsafe { [_mm256_loadu_ps(x.as_ptr()), _mm256_loadu_ps(x.as_ptr().add(8))] }
    }

    #[inline(always)]
    fn store(self, v: Self::V, to: &mut [f32; LANES]) {
        // SAFETY: see the impl.
        unsafe {
            _mm256_storeu_ps(to.as_mut_ptr(), v[0]);
            _mm256_storeu_ps(to.as_mut_ptr().add(8), v[1]);
        }
    }

    #[inline(always)]
    fn load_bf16(self, x: &[bf16; LANES]) -> Self::V {
        // SAFETY: see the impl; bf16 is a u16 in memory.
        unsafe { [widen_bf16(x.as_ptr()), widen_bf16(x.as_ptr().add(8))] }
    }

    #[inline(always)]
    fn prefetch(self, address: *const u8) {
        // SAFETY: see the impl; a prefetch never faults.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(address.cast()) }
    }

    #[inline(always)]
    fn add(self, a: Self::V, b: Self::V) -> Self::V {
        // SAFETY: see the impl.
        unsafe { [_mm256_add_ps(a[0], b[0]), _mm256_add_ps(a[1], b[1])] }
    }

    #[inline(always)]
    fn mul(self, a: Self::V, b: Self::V) -> Self::V {
        // SAFETY: see the impl.
        unsafe { [_mm256_mul_ps(a[0], b[0]), _mm256_mul_ps(a[1], b[1])] }
    }

    #[inline(always)]
    fn fma(self, a: Self::V, b: Self::V, c: Self::V) -> Self::V {
        // SAFETY: see the impl.
        unsafe { [_mm256_fmadd_ps(a[0], b[0], c[0]), _mm256_fmadd_ps(a[1], b[1], c[1])] }
    }

    #[inline(always)]
    fn div(self, a: Self::V, b: Self::V) -> Self::V {
        // SAFETY: see the impl.
        unsafe { [_mm256_div_ps(a[0], b[0]), _mm256_div_ps(a[1], b[1])] }
    }

    #[inline(always)]
    fn max(self, a: Self::V, b: Self::V) -> Self::V {
        // SAFETY: see the impl.
        unsafe { [_mm256_max_ps(a[0], b[0]), _mm256_max_ps(a[1], b[1])] }
    }

    #[inline(always)]
    fn min(self, a: Self::V, b: Self::V) -> Self::V {
        // SAFETY: see the impl.
        unsafe { [_mm256_min_ps(a[0], b[0]), _mm256_min_ps(a[1], b[1])] }
    }

    #[inline(always)]
    fn round(self, a: Self::V) -> Self::V {
        const NEAREST: i32 = _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC;
        // SAFETY: see the impl.
        unsafe { [_mm256_round_ps::<NEAREST>(a[0]), _mm256_round_ps::<NEAREST>(a[1])] }
    }

    #[inline(always)]
    fn exp2i(self, a: Self::V) -> Self::V {
        // SAFETY: see the impl.
        unsafe { [exp2i256(a[0]), exp2i256(a[1])] }
    }

    #[inline(always)]
    fn sum(self, v: Self::V) -> f32 {
        // SAFETY: see the impl.
        unsafe { sum256(_mm256_add_ps(v[0], v[1])) }
    }

    #[inline(always)]
    fn table(self, scale: f32) -> __m256 {
        // SAFETY: see the impl.
        unsafe { _mm256_set1_ps(0.5 * scale) }
    }

    #[inline(always)]
    fn lookup(self, table: __m256, codes: &[u8; 16]) -> (Self::V, Self::V) {
        // SAFETY: see the impl.
        unsafe {
            let values = _mm_loadu_si128(DOUBLED.as_ptr().cast());
            let mask = _mm_set1_epi8(15);
            let bytes = _mm_loadu_si128(codes.as_ptr().cast());
            let low = _mm_shuffle_epi8(values, _mm_and_si128(bytes, mask));
            let high = _mm_shuffle_epi8(values, _mm_and_si128(_mm_srli_epi16::<4>(bytes), mask));
            (widen(low, table), widen(high, table))
        }
    }
}
