//! Numbers for tests and the self-test.

/// `count` values in -1 .. 1, the same for the same seed.
pub(super) fn noise(count: usize, seed: u64) -> Vec<f32> {
    bits(count, seed).into_iter().map(|x| (x >> 40) as f32 / (1u64 << 23) as f32 - 1.0).collect()
}

/// `count` random words (splitmix64).
pub(super) fn bits(count: usize, seed: u64) -> Vec<u64> {
    (1..=count as u64)
        .map(|i| {
            let x = (seed << 32).wrapping_add(i).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            let x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            let x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            x ^ (x >> 31)
        })
        .collect()
}

/// Largest difference; infinite when something is NaN.
pub(super) fn largest_difference(got: &[f32], want: &[f64]) -> f64 {
    assert_eq!(got.len(), want.len());
    let differences = got.iter().zip(want).map(|(a, b)| (f64::from(*a) - b).abs());
    differences.fold(0.0, |m: f64, d| if d.is_nan() { f64::INFINITY } else { m.max(d) })
}

/// Largest difference over the largest value.
pub(super) fn relative_error(got: &[f32], want: &[f64]) -> f64 {
    let largest = want.iter().fold(1e-30, |m: f64, x| m.max(x.abs()));
    largest_difference(got, want) / largest
}
