//! Every instruction set of this machine against plain arithmetic.

use half::bf16;

use super::{Isa, LANES, MXFP4_VALUES, Simd};

/// What one kernel run reports.
#[derive(Debug, Default, PartialEq)]
struct Results {
    exp: Vec<f32>,
    sum: f32,
    bf16: Vec<f32>,
    even: Vec<f32>,
    odd: Vec<f32>,
}

#[inline(always)]
fn all_kernel<S: Simd>(s: S, x: &[f32; LANES], codes: &[u8; 16], out: &mut Results) {
    let vector = |v| {
        let mut to = [0.0; LANES];
        s.store(v, &mut to);
        to.to_vec()
    };
    out.exp = vector(s.exp(s.load(x)));
    out.sum = s.sum(s.load(x));
    out.bf16 = vector(s.load_bf16(&x.map(bf16::from_f32)));
    let (even, odd) = s.lookup(s.table(0.25), codes);
    (out.even, out.odd) = (vector(even), vector(odd));
}

multiversion! { fn all(x: &[f32; LANES], codes: &[u8; 16], out: &mut Results) = all_kernel }

#[test]
fn lanes_agree_with_plain_arithmetic_on_every_instruction_set() {
    let codes: [u8; 16] = std::array::from_fn(|i| (i as u8) << 4 | (15 - i as u8));
    for isa in Isa::available() {
        for start in [-90.0_f32, -40.0, -1.0, 0.0, 0.3, 60.0] {
            let x: [f32; LANES] = std::array::from_fn(|i| start + i as f32 * 0.37);
            let mut out = Results::default();
            all(isa, &x, &codes, &mut out);
            for (got, x) in out.exp.iter().zip(x) {
                let want = f64::from(x.max(-87.0)).exp();
                assert!(
                    (f64::from(*got) / want - 1.0).abs() < 3e-7,
                    "{isa:?}: e^{x} = {got}, want {want}"
                );
            }
            let quarters: [f32; 4] =
                std::array::from_fn(|i| (x[i] + x[i + 8]) + (x[i + 4] + x[i + 12]));
            assert_eq!(
                out.sum,
                (quarters[0] + quarters[2]) + (quarters[1] + quarters[3]),
                "{isa:?}"
            );
            assert_eq!(out.bf16, x.map(|v| bf16::from_f32(v).to_f32()), "{isa:?}");
            assert_eq!(
                out.even,
                codes.map(|c| 0.25 * MXFP4_VALUES[usize::from(c & 15)]),
                "{isa:?}"
            );
            assert_eq!(out.odd, codes.map(|c| 0.25 * MXFP4_VALUES[usize::from(c >> 4)]), "{isa:?}");
        }
    }
}

#[test]
fn exp_of_zero_is_one_and_nan_stays() {
    for isa in Isa::available() {
        let mut out = Results::default();
        let mut x = [0.0; LANES];
        x[3] = f32::NAN;
        all(isa, &x, &[0; 16], &mut out);
        assert_eq!(out.exp[0], 1.0, "{isa:?}");
        assert!(out.exp[3].is_nan(), "{isa:?}");
    }
}
