//! A sweep of shapes on every instruction set, and the promise that a token's bits do not depend on its company.

use candle_core::{Device, Tensor};

use super::{Experts, Projection, cpu, reference, selftest::Weights as Owned};
use crate::ops::{
    route::Routes,
    simd::Isa,
    testing::{noise, relative_error},
};

impl Owned {
    fn tensors(&self) -> Projection {
        let (device, e) = (Device::Cpu, self.bias.len() / self.rows);
        let codes = self.codes.as_flattened().to_vec();
        Projection {
            blocks: Tensor::from_vec(codes, (e, self.rows, self.blocks, 16), &device).unwrap(),
            scales: Tensor::from_vec(self.scales.clone(), (e, self.rows, self.blocks), &device)
                .unwrap(),
            bias: Tensor::from_vec(self.bias.clone(), (e, self.rows), &device).unwrap(),
        }
    }
}

/// (experts, k, h, i)
const SHAPES: [(usize, usize, usize, usize); 5] =
    [(1, 1, 32, 32), (4, 2, 64, 32), (8, 2, 96, 160), (128, 4, 32, 64), (3, 3, 384, 352)];

fn weights((e, _, h, i): (usize, usize, usize, usize)) -> [Owned; 2] {
    [Owned::new(e, 2 * i, h, 1), Owned::new(e, h, i, 5)]
}

fn routes((e, k, ..): (usize, usize, usize, usize), n: usize) -> Routes {
    Routes::choose(&Tensor::from_vec(noise(n * e, 9), (n, e), &Device::Cpu).unwrap(), k).unwrap()
}

#[test]
fn every_shape_agrees_with_the_reference_on_every_instruction_set() {
    for shape in SHAPES {
        let [gate_up, down] = weights(shape);
        // Small limit: the clamps take part.
        let w = cpu::Weights { gate_up: gate_up.slices(), down: down.slices(), limit: 0.7 };
        for n in [1, 2, 9, 40] {
            let (x, routes) = (noise(n * shape.2, 3), routes(shape, n));
            let want = reference::experts(&w, &x, &routes);
            for isa in Isa::available() {
                let error = relative_error(&cpu::forward_with(isa, &w, &x, &routes), &want);
                assert!(error < 2e-6, "{isa:?} {shape:?} n {n}: {error}");
            }
        }
    }
}

#[test]
fn a_token_has_the_same_bits_alone_and_in_a_crowd() {
    for shape in SHAPES {
        let [gate_up, down] = weights(shape);
        let w = cpu::Weights { gate_up: gate_up.slices(), down: down.slices(), limit: 7.0 };
        let (n, h, k) = (300, shape.2, shape.1); // more than one chunk
        let (x, all) = (noise(n * h, 3), routes(shape, n));
        for isa in Isa::available() {
            let together = cpu::forward_with(isa, &w, &x, &all);
            for t in [0, 1, 7, 255, 256, 299] {
                let slots = t * k..(t + 1) * k;
                let one = Routes {
                    experts: all.experts[slots.clone()].to_vec(),
                    weights: all.weights[slots].to_vec(),
                    k,
                };
                let alone = cpu::forward_with(isa, &w, &x[t * h..][..h], &one);
                assert_eq!(alone, together[t * h..][..h], "{isa:?} {shape:?} token {t}");
            }
        }
    }
}

#[test]
fn the_op_and_the_composition_for_other_devices_agree() {
    for shape in SHAPES {
        let [gate_up, down] = weights(shape);
        let w = cpu::Weights { gate_up: gate_up.slices(), down: down.slices(), limit: 7.0 };
        let experts = Experts::new(gate_up.tensors(), down.tensors(), 7.0).unwrap();
        let (n, h) = (11, shape.2);
        let (x, routes) = (noise(n * h, 3), routes(shape, n));
        let want = reference::experts(&w, &x, &routes);
        let x = Tensor::from_vec(x, (n, h), &Device::Cpu).unwrap();
        for got in [experts.forward(&x, &routes).unwrap(), experts.composed(&x, &routes).unwrap()] {
            let error =
                relative_error(&got.flatten_all().unwrap().to_vec1::<f32>().unwrap(), &want);
            assert!(error < 2e-6, "{shape:?}: {error}");
        }
    }
}

#[test]
fn shapes_that_do_not_fit_and_experts_that_do_not_exist_are_refused() {
    let [gate_up, down] = weights((2, 1, 64, 32)).map(|w| w.tensors());
    assert!(Experts::new(down.clone(), gate_up.clone(), 7.0).is_err());
    let experts = Experts::new(gate_up, down, 7.0).unwrap();
    let x = Tensor::from_vec(noise(64, 1), (1, 64), &Device::Cpu).unwrap();
    let outside = Routes { experts: vec![2], weights: vec![1.0], k: 1 };
    assert!(experts.forward(&x, &outside).is_err());
}
