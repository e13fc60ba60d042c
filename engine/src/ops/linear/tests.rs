//! A sweep of shapes on every instruction set, and the promise that a row's bits do not depend on its company.

use candle_core::{Device, Tensor};
use half::bf16;

use super::{Linear, cpu, reference};
use crate::ops::{
    simd::Isa,
    testing::{largest_difference, noise},
};

const SHAPES: [(usize, usize); 9] =
    [(1, 1), (3, 31), (8, 32), (9, 33), (12, 64), (5, 100), (64, 96), (37, 384), (130, 2880)];

fn weights(count: usize, seed: u64) -> Vec<bf16> {
    noise(count, seed).into_iter().map(bf16::from_f32).collect()
}

#[test]
fn every_shape_agrees_with_the_reference_on_every_instruction_set() {
    let counts = [1, 2, 3, 4, 5, 6, 7, 13, 64];
    for ((out, columns), n) in SHAPES.into_iter().flat_map(|shape| counts.map(|n| (shape, n))) {
        let (w, x) = (weights(out * columns, 1), noise(n * columns, 2));
        let want = reference::linear(&x, &w, &vec![0.0; out]);
        for isa in Isa::available() {
            let got = cpu::forward_with(isa, &x, &w, columns);
            let error = largest_difference(&got, &want);
            assert!(error < 1e-6 * (columns as f64).sqrt(), "{isa:?} [{n}, {columns}] -> {out}");
        }
    }
}

#[test]
fn a_row_has_the_same_bits_alone_and_in_a_crowd() {
    for (out, columns) in SHAPES {
        let w = weights(out * columns, 3);
        let x = noise(65 * columns, 4);
        for isa in Isa::available() {
            let together = cpu::forward_with(isa, &x, &w, columns);
            for (i, x) in x.chunks_exact(columns).enumerate() {
                let alone = cpu::forward_with(isa, x, &w, columns);
                assert_eq!(alone, together[i * out..][..out], "{isa:?} [{out}, {columns}] row {i}");
            }
        }
    }
}

#[test]
fn the_composition_for_other_devices_agrees() {
    let (out, columns, n) = (9, 33, 4);
    let (w, bias, x) = (weights(out * columns, 5), noise(out, 6), noise(n * columns, 7));
    let device = Device::Cpu;
    let linear = Linear::new(
        Tensor::from_vec(w.clone(), (out, columns), &device).unwrap(),
        Some(Tensor::from_vec(bias.clone(), out, &device).unwrap()),
    )
    .unwrap();
    let x_tensor = Tensor::from_vec(x.clone(), (n, columns), &device).unwrap();
    let want = reference::linear(&x, &w, &bias);
    for got in [linear.forward(&x_tensor).unwrap(), linear.composed(&x_tensor).unwrap()] {
        let got = got.flatten_all().unwrap().to_vec1::<f32>().unwrap();
        assert!(largest_difference(&got, &want) < 1e-5);
    }
}

#[test]
fn wrong_types_and_shapes_are_refused() {
    let device = Device::Cpu;
    let weight = Tensor::from_vec(weights(6, 1), (2, 3), &device).unwrap();
    assert!(Linear::new(weight.to_dtype(candle_core::DType::F32).unwrap(), None).is_err());
    assert!(
        Linear::new(weight.clone(), Some(Tensor::from_vec(noise(3, 1), 3, &device).unwrap()))
            .is_err()
    );
    let linear = Linear::new(weight, None).unwrap();
    assert!(linear.forward(&Tensor::from_vec(noise(4, 1), (1, 4), &device).unwrap()).is_err());
}
