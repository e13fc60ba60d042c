use candle_core::{Device, Tensor};

use super::{Frequencies, Rotation};
use crate::{
    config::{ModelConfig, Yarn},
    model::testing::config,
    ops::testing::noise,
};

/// gpt-oss's rotary parameters.
fn published() -> ModelConfig {
    ModelConfig { head_dim: 64, rope_theta: 150_000.0, ..config() }
}

#[test]
fn the_published_frequencies_come_out() {
    // Computed from the formula of the published reference code with these parameters.
    const WANT: [f64; 32] = [
        1.0,
        0.689044306,
        0.474782055,
        0.327145872,
        0.225418,
        0.155322989,
        0.107024421,
        0.0737445682,
        0.0508132748,
        0.0317056962,
        0.0193350011,
        0.0115920493,
        0.00679495949,
        0.00386035932,
        0.00209379238,
        0.0010526021,
        0.000456483919,
        0.000129318701,
        3.83088124e-05,
        2.6396469e-05,
        1.81883367e-05,
        1.25325698e-05,
        8.63549588e-06,
        5.95023926e-06,
        4.09997848e-06,
        2.82506683e-06,
        1.94659621e-06,
        1.34129104e-06,
        9.2420895e-07,
        6.36820915e-07,
        4.38797825e-07,
        3.02351143e-07,
    ];
    let got = Frequencies::new(&published());
    for (got, want) in got.inv_freq.iter().zip(WANT) {
        assert!((f64::from(*got) / want - 1.0).abs() < 1e-6, "{got} for {want}");
    }
    assert!((got.concentration - 1.346_573_6).abs() < 1e-6);
}

#[test]
fn truncation_rounds_the_ramp_outwards_and_no_yarn_is_plain() {
    let plain = ModelConfig { yarn: None, ..published() };
    let untouched = Frequencies::new(&plain);
    assert_eq!(untouched.concentration, 1.0);
    let yarn = Yarn { truncate: true, ..published().yarn.unwrap() };
    let truncated = Frequencies::new(&ModelConfig { yarn: Some(yarn), ..published() });
    // The ramp runs from 8 to 18 instead of 8.09 to 17.4.
    assert_eq!(truncated.inv_freq[8], untouched.inv_freq[8]);
    assert!(truncated.inv_freq[17] > untouched.inv_freq[17] / 32.0 * 1.01);
    assert!((truncated.inv_freq[18] / (untouched.inv_freq[18] / 32.0) - 1.0).abs() < 1e-6);
}

#[test]
fn heads_turn_by_their_positions() {
    let frequencies = Frequencies::new(&published());
    let positions = [0, 5, 131_071];
    let device = Device::Cpu;
    let rotation = Rotation::new(&frequencies, &positions, &device).unwrap();
    let (heads, d, outer) = (3, 64, 300);
    let x = noise(positions.len() * outer, 1);
    let wide = Tensor::from_vec(x.clone(), (positions.len(), outer), &device).unwrap();
    let part = wide.narrow(1, 10, heads * d).unwrap(); // rows lie apart
    for got in [rotation.apply(&part).unwrap(), rotation.composed(&part).unwrap()] {
        let got = got.to_vec2::<f32>().unwrap();
        for (row, p) in positions.iter().enumerate() {
            for i in 0..heads * d {
                let (head, i) = (i / d, i % d);
                let at = |i: usize| f64::from(x[row * outer + 10 + head * d + i]);
                let angle = f64::from(*p as f32 * frequencies.inv_freq[i % 32]);
                let sign = [-1.0, 1.0][i / 32];
                let want = (at(i) * angle.cos() + sign * at((i + 32) % 64) * angle.sin())
                    * 1.3465735902799727;
                assert!(
                    (f64::from(got[row][head * d + i]) - want).abs() < 1e-6,
                    "position {p} head {head} {i}"
                );
            }
        }
    }
}
