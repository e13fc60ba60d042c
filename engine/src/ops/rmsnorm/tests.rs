use candle_core::{Device, Tensor};

use super::RmsNorm;
use crate::ops::testing::{noise, relative_error};

#[test]
fn agrees_with_the_formula_for_every_width() {
    for (n, h) in [(1, 1), (3, 7), (2, 64), (5, 100), (40, 2880)] {
        let (x, scale) = (noise(n * h, 1), noise(h, 2));
        let mut want = Vec::new();
        for row in x.chunks_exact(h) {
            let mean = row.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>() / h as f64;
            want.extend(
                row.iter()
                    .zip(&scale)
                    .map(|(x, s)| f64::from(*x) * f64::from(*s) / (mean + 1e-5).sqrt()),
            );
        }
        let norm = RmsNorm { scale: Tensor::from_vec(scale, h, &Device::Cpu).unwrap(), eps: 1e-5 };
        let x = Tensor::from_vec(x, (n, h), &Device::Cpu).unwrap();
        for got in [norm.forward(&x).unwrap(), norm.composed(&x).unwrap()] {
            let error =
                relative_error(&got.flatten_all().unwrap().to_vec1::<f32>().unwrap(), &want);
            assert!(error < 1e-6, "[{n}, {h}]: {error}");
        }
    }
}

#[test]
fn a_scale_of_another_width_is_refused() {
    let norm =
        RmsNorm { scale: Tensor::from_vec(noise(3, 1), 3, &Device::Cpu).unwrap(), eps: 1e-5 };
    assert!(norm.forward(&Tensor::from_vec(noise(4, 1), (1, 4), &Device::Cpu).unwrap()).is_err());
}
