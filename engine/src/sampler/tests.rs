use super::{
    noise::{Noise, gumbel, gumbel_bound},
    sample, scan,
};
use crate::{SamplingParams, batch::SampleRequest, runner::SampleError};

/// Random numbers for the tests' own choices.
struct Rng(u64);

impl Rng {
    fn next(&mut self) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 ^ (self.0 >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd) >> 20
    }

    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    fn unit(&mut self) -> f32 {
        self.below(1 << 20) as f32 / (1 << 20) as f32
    }

    /// Roughly normal.
    fn logits(&mut self, n: usize, deviation: f32) -> Vec<f32> {
        (0..n).map(|_| ((0..4).map(|_| self.unit()).sum::<f32>() - 2.0) * 1.7 * deviation).collect()
    }
}

fn params() -> SamplingParams {
    SamplingParams::default()
}

fn request<'a>(
    params: &'a SamplingParams,
    history: &'a [u32],
    prompt_len: usize,
) -> SampleRequest<'a> {
    SampleRequest { params, history, prompt_len }
}

fn token(logits: &[f32], params: &SamplingParams) -> u32 {
    sample(&mut logits.to_vec(), &request(params, &[0], 1)).expect("finite logits").token
}

/// The sampler as one would write it down: sort everything, compute everything in double precision, draw for every token.
mod reference {
    use super::{Noise, gumbel};
    use crate::SamplingParams;

    pub(super) fn adjusted(
        logits: &[f32],
        params: &SamplingParams,
        history: &[u32],
        prompt_len: usize,
    ) -> Vec<f32> {
        let count = |tokens: &[u32], id| tokens.iter().filter(|&&token| token == id).count();
        let one = |(id, &logit): (u32, &f32)| {
            let repeated = params.repetition_penalty != 1.0 && count(history, id) > 0;
            let mut logit = match (repeated, logit > 0.0) {
                (false, _) => logit,
                (true, true) => logit / params.repetition_penalty,
                (true, false) => logit * params.repetition_penalty,
            };
            let generated = count(&history[prompt_len..], id);
            if generated > 0 {
                logit -= params.presence_penalty + params.frequency_penalty * generated as f32;
            }
            params
                .logit_bias
                .iter()
                .filter(|(biased, _)| *biased == id)
                .fold(logit, |logit, (_, bias)| logit + bias)
        };
        (0..).zip(logits).map(one).collect()
    }

    /// The ids that the filters keep, best first, and how far the nucleus' sum is from deciding otherwise.
    pub(super) fn kept(logits: &[f32], params: &SamplingParams) -> (Vec<u32>, f64) {
        let max = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let z = |id: u32| f64::from((logits[id as usize] - max) * (1.0 / params.temperature));
        let mut order: Vec<u32> = (0..logits.len() as u32).collect();
        order.sort_by(|&a, &b| {
            logits[b as usize].partial_cmp(&logits[a as usize]).expect("no NaN").then(a.cmp(&b))
        });
        if params.top_k > 0 {
            order.truncate(params.top_k as usize);
        }
        let mut margin = f64::INFINITY;
        let mut nucleus = order.len();
        if params.top_p < 1.0 {
            let total: f64 = order.iter().map(|&id| z(id).exp()).sum();
            let target = f64::from(params.top_p) * total;
            let mut sum = 0.0;
            let last = order.iter().position(|&id| {
                sum += z(id).exp();
                margin = margin.min((sum - target).abs() / total);
                sum >= target
            });
            nucleus = last.map_or(nucleus, |last| last + 1);
        }
        order.truncate(nucleus);
        if params.min_p > 0.0 {
            order.retain(|&id| z(id) >= f64::from(params.min_p.ln()));
        }
        (order, margin)
    }

    pub(super) fn draw(
        logits: &[f32],
        kept: &[u32],
        params: &SamplingParams,
        position: u64,
    ) -> u32 {
        let max = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let noise = Noise::new(params.seed, position);
        let sum = |id: u32| {
            f64::from((logits[id as usize] - max) * (1.0 / params.temperature))
                + gumbel(noise.bits(id))
        };
        kept.iter()
            .copied()
            .max_by(|&a, &b| sum(a).total_cmp(&sum(b)).then(b.cmp(&a)))
            .expect("the best is always kept")
    }
}

fn random_params(rng: &mut Rng, vocabulary: usize) -> SamplingParams {
    let sometimes = |rng: &mut Rng| rng.below(2) == 0;
    let mut params = SamplingParams {
        seed: rng.next(),
        temperature: [0.05, 0.7, 1.0, 3.0][rng.below(4) as usize],
        ..params()
    };
    if sometimes(rng) {
        params.top_p = [0.0, 0.1, 0.5, 0.9, 0.99, 0.999_99][rng.below(6) as usize];
    }
    if sometimes(rng) {
        params.top_k = 1 + rng.below(vocabulary as u64 + 3) as u32;
    }
    if sometimes(rng) {
        params.min_p = [0.01, 0.1, 0.5, 1.0][rng.below(4) as usize];
    }
    if sometimes(rng) {
        params.presence_penalty = rng.unit() * 4.0 - 2.0;
        params.frequency_penalty = rng.unit() * 4.0 - 2.0;
    }
    if sometimes(rng) {
        params.repetition_penalty = 0.5 + rng.unit();
    }
    if sometimes(rng) {
        params.logit_bias = (0..3)
            .map(|_| (rng.below(vocabulary as u64) as u32, rng.unit() * 20.0 - 10.0))
            .collect();
    }
    params
}

#[test]
fn every_choice_is_the_slow_samplers_choice() {
    let mut rng = Rng(1);
    let mut compared = 0;
    for case in 0..8_000 {
        let vocabulary = 1 + rng.below(400) as usize;
        let deviation = [0.0, 0.5, 3.0, 30.0][rng.below(4) as usize];
        let mut logits = rng.logits(vocabulary, deviation);
        if case % 3 == 0 {
            // Many ties, and tokens that are impossible.
            logits.iter_mut().for_each(|logit| *logit = logit.round());
            (1..vocabulary).filter(|id| id % 3 == 0).for_each(|id| logits[id] = f32::NEG_INFINITY);
        }
        let params = random_params(&mut rng, vocabulary);
        let history: Vec<u32> =
            (0..1 + rng.below(12)).map(|_| rng.below(vocabulary as u64) as u32).collect();
        let prompt_len = rng.below(history.len() as u64) as usize;
        let adjusted = reference::adjusted(&logits, &params, &history, prompt_len);
        let (kept, margin) = reference::kept(&adjusted, &params);
        if margin < 1e-6 {
            // Single precision may draw the nucleus' border on the other side.
            continue;
        }
        compared += 1;
        let expected = reference::draw(&adjusted, &kept, &params, history.len() as u64);
        let chosen = sample(&mut logits.clone(), &request(&params, &history, prompt_len))
            .expect("finite logits")
            .token;
        assert_eq!(chosen, expected, "case {case}: {params:?}, {vocabulary} tokens, kept {kept:?}");
    }
    assert!(compared > 7_000, "{compared} cases were decisive");
}

#[test]
fn a_large_vocabulary_gives_the_slow_samplers_choice() {
    let mut rng = Rng(2);
    for (deviation, temperature, top_k, top_p) in [
        (3.0, 1.0, 0, 1.0),
        (3.0, 1.0, 0, 0.95),
        (3.0, 1.0, 50, 1.0),
        (0.0, 1.0, 0, 0.5),
        (5.0, 0.1, 40, 0.9),
        (3.0, 2.0, 0, 0.99),
    ] {
        let logits = rng.logits(201_088, deviation);
        let params = SamplingParams { temperature, top_k, top_p, seed: rng.next(), ..params() };
        let (kept, _) = reference::kept(&logits, &params);
        assert_eq!(
            token(&logits, &params),
            reference::draw(&logits, &kept, &params, 1),
            "{params:?}"
        );
    }
}

/// Σ (seen - expected)² / expected.
fn chi_square(seen: &[u64], probabilities: &[f64]) -> f64 {
    let n: u64 = seen.iter().sum();
    let term = |(&seen, &p): (&u64, &f64)| (seen as f64 - p * n as f64).powi(2) / (p * n as f64);
    seen.iter().zip(probabilities).map(term).sum()
}

/// What chi-square exceeds once in a million, by Wilson and Hilferty.
fn critical(freedom: f64) -> f64 {
    let t = 2.0 / (9.0 * freedom);
    freedom * (1.0 - t + 4.753 * t.sqrt()).powi(3)
}

fn softmax(logits: &[f32]) -> Vec<f64> {
    let weights: Vec<f64> = logits.iter().map(|&logit| f64::from(logit).exp()).collect();
    let sum: f64 = weights.iter().sum();
    weights.iter().map(|weight| weight / sum).collect()
}

/// Draws over seeds and over positions follow the softmax, rare tokens included.
#[test]
fn draws_have_the_distribution_of_the_softmax() {
    let logits: Vec<f32> = (0..16).map(|id| -(id as f32) * 0.6).collect();
    let history = vec![0; 20_000];
    for by_seed in [true, false] {
        let mut seen = [0; 16];
        for i in 0..300_000 {
            let (seed, position) =
                if by_seed { (i, 1) } else { (i / 20_000, 1 + i as usize % 20_000) };
            let params = SamplingParams { seed, ..params() };
            let chosen = sample(&mut logits.clone(), &request(&params, &history[..position], 1))
                .expect("finite logits");
            seen[chosen.token as usize] += 1;
        }
        let statistic = chi_square(&seen, &softmax(&logits));
        assert!(statistic < critical(15.0), "by seed: {by_seed}, {statistic}, {seen:?}");
    }
}

/// Neighbouring seeds, positions and ids know nothing of each other.
#[test]
fn neighbouring_draws_are_independent() {
    let logits = [0.0; 4];
    for (seed_step, position_step) in [(1, 0), (0, 1), (1 << 32, 0)] {
        let mut seen = [0; 16];
        for i in 0..100_000u64 {
            let draw = |k: u64| {
                let noise = Noise::new(
                    i * 2 * seed_step + k * seed_step + i,
                    5 + i * 2 * position_step + k * position_step,
                );
                (0..4).max_by_key(|&id| noise.bits(id)).expect("four tokens")
            };
            seen[(draw(0) * 4 + draw(1)) as usize] += 1;
        }
        let statistic = chi_square(&seen, &[1.0 / 16.0; 16]);
        assert!(statistic < critical(15.0), "{statistic}, {seen:?}");
    }
    assert_eq!(
        token(&logits, &SamplingParams { seed: 3, ..params() }),
        token(&logits, &SamplingParams { seed: 3, ..params() })
    );
}

#[test]
fn equal_logits_are_drawn_evenly_from_the_whole_vocabulary() {
    let logits = vec![0.0; 201_088];
    let mut seen = [0; 32];
    for seed in 0..3_000 {
        seen[token(&logits, &SamplingParams { seed, ..params() }) as usize * 32 / 201_088] += 1;
    }
    let statistic = chi_square(&seen, &[1.0 / 32.0; 32]);
    assert!(statistic < critical(31.0), "{statistic}, {seen:?}");
}

#[test]
fn the_cheap_bound_is_a_bound() {
    let mut rng = Rng(4);
    let edges = (0..32).flat_map(|shift| [1u32 << shift, (1 << shift) - 1, (1 << shift) + 1]);
    let random: Vec<u32> = (0..200_000).map(|_| (rng.next() as u32) >> rng.below(32)).collect();
    for bits in edges.chain([u32::MAX, u32::MAX - 1]).chain(random) {
        assert!(
            f64::from(gumbel_bound(bits)) >= gumbel(bits),
            "{bits}: {} < {}",
            gumbel_bound(bits),
            gumbel(bits)
        );
    }
}

#[test]
fn the_fast_exponential_is_close() {
    for step in 0..87_000 {
        let x = -(step as f32) / 1000.0;
        let exact = f64::from(x).exp();
        assert!((f64::from(scan::exp(x)) / exact - 1.0).abs() < 4e-7, "{x}");
    }
    assert!(scan::exp(-1e30) < 1e-37 && scan::exp(f32::NEG_INFINITY) < 1e-37);
}

#[test]
fn temperature_zero_takes_the_lowest_id_among_the_best() {
    let greedy = SamplingParams { temperature: 0.0, ..params() };
    let mut logits = vec![0.0; 5000];
    for id in [4321, 1234, 3000] {
        logits[id] = 1.0;
    }
    assert_eq!(token(&logits, &greedy), 1234);
    assert_eq!(token(&[f32::NEG_INFINITY, -3.0], &greedy), 1);
    assert_eq!(token(&[-0.0, 0.0], &greedy), 0);
}

#[test]
fn the_smallest_temperature_is_greedy() {
    let cold = SamplingParams { temperature: f32::MIN_POSITIVE, ..params() };
    assert_eq!(token(&[1.0, 1.0001, 1.0], &cold), 1);
}

#[test]
fn logits_that_are_not_finite_fail() {
    let mut wide = vec![0.0; 3000];
    wide[2999] = f32::NAN;
    for logits in [
        &[0.0, f32::NAN][..],
        &[f32::NAN; 3],
        &[0.0, f32::INFINITY],
        &[f32::NEG_INFINITY; 40],
        &[],
        &wide,
    ] {
        for temperature in [0.0, 1.0] {
            let params = SamplingParams { temperature, logprobs: Some(3), top_p: 0.5, ..params() };
            let result = sample(&mut logits.to_vec(), &request(&params, &[0], 1));
            assert_eq!(
                result.map(|sampled| sampled.token),
                Err(SampleError::NotFinite),
                "{} logits",
                logits.len()
            );
        }
    }
}

#[test]
fn log_probabilities_are_of_the_raw_distribution() {
    let logits = [1.0, 3.0, 2.0, 3.0, f32::NEG_INFINITY];
    let exact = softmax(&logits);
    let params = SamplingParams {
        temperature: 0.0,
        logit_bias: vec![(0, 50.0)],
        repetition_penalty: 1.5,
        logprobs: Some(9),
        ..params()
    };
    let sampled = sample(&mut logits.to_vec(), &request(&params, &[1], 1)).expect("finite logits");
    let logprob = sampled.logprob.expect("was asked for");
    assert_eq!(sampled.token, 0, "the bias decides");
    assert!((f64::from(logprob.chosen) - exact[0].ln()).abs() < 1e-6);
    assert_eq!(
        logprob.top.iter().map(|(id, _)| *id).collect::<Vec<_>>(),
        [1, 3, 2, 0],
        "impossible tokens are not listed"
    );
    for (id, value) in logprob.top {
        assert!((f64::from(value) - exact[id as usize].ln()).abs() < 1e-6);
    }
}

#[test]
fn the_best_of_a_large_vocabulary_are_listed_in_order() {
    let mut rng = Rng(6);
    let logits: Vec<f32> =
        rng.logits(201_088, 3.0).iter().map(|logit| (logit * 20.0).round() / 20.0).collect();
    let mut order: Vec<u32> = (0..201_088).collect();
    order.sort_by(|&a, &b| {
        logits[b as usize].partial_cmp(&logits[a as usize]).expect("no NaN").then(a.cmp(&b))
    });
    for n in [0, 1, 5, 20, 255] {
        let params = SamplingParams { logprobs: Some(n), ..params() };
        let logprob =
            sample(&mut logits.clone(), &request(&params, &[0], 1)).expect("finite logits").logprob;
        let ids: Vec<u32> =
            logprob.expect("was asked for").top.into_iter().map(|(id, _)| id).collect();
        assert_eq!(ids, order[..usize::from(n)]);
    }
}

#[test]
fn impossible_parameters_are_named() {
    let wrong = [
        SamplingParams { temperature: -1.0, ..params() },
        SamplingParams { temperature: f32::NAN, ..params() },
        SamplingParams { top_p: 1.5, ..params() },
        SamplingParams { min_p: -0.1, ..params() },
        SamplingParams { presence_penalty: f32::INFINITY, ..params() },
        SamplingParams { frequency_penalty: f32::NAN, ..params() },
        SamplingParams { repetition_penalty: 0.0, ..params() },
        SamplingParams { logit_bias: vec![(100, 1.0)], ..params() },
        SamplingParams { logit_bias: vec![(1, f32::NAN)], ..params() },
    ];
    let names = [
        "temperature",
        "temperature",
        "top_p",
        "min_p",
        "presence",
        "frequency",
        "repetition",
        "logit_bias",
        "logit_bias",
    ];
    for (params, name) in wrong.iter().zip(names) {
        let message = super::invalid(params, 100).expect("impossible");
        assert!(message.starts_with(name), "{message}");
    }
    let banned = SamplingParams { logit_bias: vec![(99, f32::NEG_INFINITY)], ..params() };
    assert_eq!(super::invalid(&banned, 100), None);
}
