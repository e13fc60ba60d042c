//! Sixteen f32 lanes, whatever the machine: AVX-512, AVX2 + FMA, NEON or plain arrays, chosen at run time.
//!
//! A kernel is written once, generic over [`Simd`], and [`multiversion!`] compiles it for every instruction set. Every
//! implementation has the same sixteen lanes and the same order of additions, so a result does not depend on the tile a row
//! happened to be computed in.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "aarch64")]
mod neon;
mod portable;

#[cfg(target_arch = "x86_64")]
pub(crate) use avx2::Avx2;
#[cfg(target_arch = "x86_64")]
pub(crate) use avx512::Avx512;
use half::bf16;
#[cfg(target_arch = "aarch64")]
pub(crate) use neon::Neon;
pub(crate) use portable::Portable;

/// Lanes of a vector.
pub(crate) const LANES: usize = 16;

/// What 4-bit code `c` stands for, before its block's scale.
pub(crate) const MXFP4_VALUES: [f32; 16] =
    [0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, -0.0, -0.5, -1.0, -1.5, -2.0, -3.0, -4.0, -6.0];

/// The instruction sets that kernels are compiled for on this architecture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Isa {
    /// 512-bit registers (F, BW, DQ, VL).
    #[cfg(target_arch = "x86_64")]
    Avx512,
    /// 256-bit registers and fused multiply-add.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// 128-bit registers of every 64-bit ARM.
    #[cfg(target_arch = "aarch64")]
    Neon,
    /// Arrays; the compiler's baseline.
    Portable,
}

impl Isa {
    /// What this machine has, best first; the last is always [`Isa::Portable`].
    pub(crate) fn available() -> Vec<Self> {
        let mut found = Vec::new();
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512dq")
                && is_x86_feature_detected!("avx512vl")
                && is_x86_feature_detected!("fma")
            {
                found.push(Self::Avx512);
            }
            if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                found.push(Self::Avx2);
            }
        }
        #[cfg(target_arch = "aarch64")]
        found.push(Self::Neon);
        found.push(Self::Portable);
        found
    }

    /// The best instruction set of this machine.
    pub(crate) fn best() -> Self {
        static BEST: std::sync::OnceLock<Isa> = std::sync::OnceLock::new();
        *BEST.get_or_init(|| Self::available()[0])
    }
}

/// Operations on sixteen lanes. A value of the implementing type proves that the machine has the instructions.
pub(crate) trait Simd: Copy {
    /// Sixteen f32.
    type V: Copy;
    /// The sixteen MXFP4 values times a block's scale, in whatever form the lookup wants.
    type Table: Copy;

    /// `x` in every lane.
    fn splat(self, x: f32) -> Self::V;
    /// From memory.
    fn load(self, x: &[f32; LANES]) -> Self::V;
    /// To memory.
    fn store(self, v: Self::V, to: &mut [f32; LANES]);
    /// From memory, widened exactly.
    fn load_bf16(self, x: &[bf16; LANES]) -> Self::V;
    /// A hint that `address` will be read; it need not be valid.
    #[inline(always)]
    fn prefetch(self, _address: *const u8) {}
    /// a + b
    fn add(self, a: Self::V, b: Self::V) -> Self::V;
    /// a × b
    fn mul(self, a: Self::V, b: Self::V) -> Self::V;
    /// a × b + c, rounded once where the machine can.
    fn fma(self, a: Self::V, b: Self::V, c: Self::V) -> Self::V;
    /// a / b
    fn div(self, a: Self::V, b: Self::V) -> Self::V;
    /// Lane-wise minimum; `b` when one is NaN.
    fn min(self, a: Self::V, b: Self::V) -> Self::V;
    /// Lane-wise maximum; `b` when one is NaN.
    fn max(self, a: Self::V, b: Self::V) -> Self::V;
    /// To the nearest integer.
    fn round(self, a: Self::V) -> Self::V;
    /// 2^a for integers -126 ..= 127.
    fn exp2i(self, a: Self::V) -> Self::V;
    /// Sum of the lanes: halves added, then quarters, eighths, sixteenths.
    fn sum(self, v: Self::V) -> f32;
    /// The table of one block.
    fn table(self, scale: f32) -> Self::Table;
    /// Looks up 32 codes: the values of the low nibbles (even indices), then those of the high nibbles (odd indices).
    fn lookup(self, table: Self::Table, codes: &[u8; 16]) -> (Self::V, Self::V);

    /// The largest lane.
    #[inline(always)]
    fn largest(self, v: Self::V) -> f32 {
        let mut lanes = [0.0; LANES];
        self.store(v, &mut lanes);
        for half in [8, 4, 2, 1] {
            for i in 0..half {
                lanes[i] = lanes[i].max(lanes[i + half]);
            }
        }
        lanes[0]
    }

    /// e^x to 2 units in the last place for x in -87 ..= 88; smaller x give e^-87.
    #[inline(always)]
    fn exp(self, x: Self::V) -> Self::V {
        // x = n ln 2 + r, |r| <= ln 2 / 2; e^r by its Taylor series to r^7, whose remainder is below 6e-9. ln 2 is split in two so
        // that n * LN2_HIGH is exact.
        const LN2_HIGH: f32 = 0.693_359_4;
        const LN2_LOW: f32 = -2.121_944_4e-4;
        const COEFFICIENTS: [f32; 6] = [1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0];
        let x = self.max(self.splat(-87.0), x);
        let n = self.round(self.mul(x, self.splat(std::f32::consts::LOG2_E)));
        let r = self.fma(n, self.splat(-LN2_HIGH), x);
        let r = self.fma(n, self.splat(-LN2_LOW), r);
        let mut p = self.splat(1.0 / 5040.0);
        for c in COEFFICIENTS {
            p = self.fma(p, r, self.splat(c));
        }
        let p = self.fma(p, r, self.splat(1.0));
        self.mul(p, self.exp2i(n))
    }
}

/// Compiles a kernel, `#[inline(always)] fn kernel<S: Simd>(s: S, …)`, for every instruction set and declares a function that
/// takes an [`Isa`] first and runs the one asked for.
macro_rules! multiversion {
    ($(#[$meta:meta])* fn $name:ident($($arg:ident: $ty:ty),* $(,)?) = $kernel:ident) => {
        $(#[$meta])*
        fn $name(isa: $crate::ops::simd::Isa, $($arg: $ty),*) {
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")]
            fn avx512($($arg: $ty),*) {
                // SAFETY: this function's features are what the token stands for.
                $kernel(unsafe { $crate::ops::simd::Avx512::new() }, $($arg),*);
            }
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,fma")]
            fn avx2($($arg: $ty),*) {
                // SAFETY: this function's features are what the token stands for.
                $kernel(unsafe { $crate::ops::simd::Avx2::new() }, $($arg),*);
            }
            match isa {
                // SAFETY: an `Isa` other than `Portable` comes from `Isa::available`, which asked the machine.
                #[cfg(target_arch = "x86_64")]
                $crate::ops::simd::Isa::Avx512 => unsafe { avx512($($arg),*) },
                // SAFETY: as above.
                #[cfg(target_arch = "x86_64")]
                $crate::ops::simd::Isa::Avx2 => unsafe { avx2($($arg),*) },
                #[cfg(target_arch = "aarch64")]
                $crate::ops::simd::Isa::Neon => $kernel($crate::ops::simd::Neon::new(), $($arg),*),
                $crate::ops::simd::Isa::Portable => $kernel($crate::ops::simd::Portable, $($arg),*),
            }
        }
    };
}
pub(crate) use multiversion;

#[cfg(test)]
mod tests;
