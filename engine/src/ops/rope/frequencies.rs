//! YaRN (Peng et al. 2023, "YaRN: Efficient Context Window Extension of Large Language Models", section 3.2) with the parameters of
//! gpt-oss: frequencies that turn more than `beta_fast` times within the original context are kept, those that turn less than
//! `beta_slow` times are divided by `factor`, and a linear ramp over the pair index lies between.

use std::f64::consts::TAU;

use crate::config::{ModelConfig, Yarn};

/// Rotary frequencies of a model.
#[derive(Clone, Debug, PartialEq)]
pub struct Frequencies {
    /// \[d/2\] radians a position.
    pub inv_freq: Vec<f32>,
    /// Factor of cos and sin: 0.1 ln(factor) + 1 with YaRN, else 1.
    pub concentration: f32,
}

impl Frequencies {
    /// Of `config`.
    pub fn new(config: &ModelConfig) -> Self {
        let half = config.head_dim / 2;
        let period = |i: usize| config.rope_theta.powf(2.0 * i as f64 / config.head_dim as f64);
        let Some(yarn) = config.yarn else {
            return Self {
                inv_freq: (0..half).map(|i| (1.0 / period(i)) as f32).collect(),
                concentration: 1.0,
            };
        };
        let (low, high) = bounds(&yarn, config);
        let inv_freq = (0..half).map(|i| {
            let ramp = ((i as f64 - low) / (high - low)).clamp(0.0, 1.0);
            (ramp / (yarn.factor * period(i)) + (1.0 - ramp) / period(i)) as f32
        });
        let concentration = if yarn.factor > 1.0 { 0.1 * yarn.factor.ln() + 1.0 } else { 1.0 };
        Self { inv_freq: inv_freq.collect(), concentration: concentration as f32 }
    }

    /// cos and sin \[n, d/2\]. The angle is an f32 product, as in the models' training; its cosine is exact to f32.
    pub(super) fn cos_sin(&self, positions: &[u32]) -> (Vec<f32>, Vec<f32>) {
        let scale = f64::from(self.concentration);
        positions
            .iter()
            .flat_map(|p| self.inv_freq.iter().map(move |f| f64::from(*p as f32 * f).sin_cos()))
            .map(|(sin, cos)| ((cos * scale) as f32, (sin * scale) as f32))
            .unzip()
    }
}

/// Pair indices where the ramp begins and ends.
fn bounds(yarn: &Yarn, config: &ModelConfig) -> (f64, f64) {
    let d = config.head_dim as f64;
    // The pair that turns `rotations` times in the original context.
    let pair = |rotations: f64| {
        d * (yarn.original_context as f64 / (rotations * TAU)).ln() / (2.0 * config.rope_theta.ln())
    };
    let (mut low, mut high) = (pair(yarn.beta_fast), pair(yarn.beta_slow));
    if yarn.truncate {
        (low, high) = (low.floor(), high.ceil());
    }
    let (low, high) = (low.max(0.0), high.min(d - 1.0));
    // Equal bounds would divide by zero.
    (low, if high <= low { low + 0.001 } else { high })
}
