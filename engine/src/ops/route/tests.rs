use candle_core::{Device, Tensor};

use super::Routes;

#[test]
fn the_best_k_are_chosen_in_order_and_weighted_by_their_softmax() {
    let logits =
        Tensor::new(&[[0.0f32, 3.0, -1.0, 2.0], [1.0, 1.0, 1.0, 1.0]], &Device::Cpu).unwrap();
    let routes = Routes::choose(&logits, 2).unwrap();
    assert_eq!(routes.experts, [1, 3, 0, 1], "ties go to the lower index");
    let first = 1.0 / (1.0 + (-1.0f32).exp());
    for (got, want) in routes.weights.iter().zip([first, 1.0 - first, 0.5, 0.5]) {
        assert!((got - want).abs() < 1e-6);
    }
}

#[test]
fn impossible_counts_are_refused() {
    let logits = Tensor::new(&[[0.0f32, 3.0]], &Device::Cpu).unwrap();
    assert!(Routes::choose(&logits, 3).is_err());
    assert!(Routes::choose(&logits, 0).is_err());
}

#[test]
fn nan_logits_still_give_k_different_experts() {
    let logits = Tensor::new(&[[f32::NAN, 3.0, f32::NAN]], &Device::Cpu).unwrap();
    let mut experts = Routes::choose(&logits, 3).unwrap().experts;
    experts.sort_unstable();
    assert_eq!(experts, [0, 1, 2]);
}
