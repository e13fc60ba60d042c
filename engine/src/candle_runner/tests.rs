//! The promises of the runner under the real engine: tokens and logits depend on a sequence alone, not on chunks, the prefix
//! cache, preemption or company.

use candle_core::{Device, Tensor};

use super::{CandleRunner, RunnerOptions};
use crate::{
    Engine, EngineLimits, FinishReason, Job, LocalEngine, SamplingParams, TokenEvent, TokenStream,
    config::{LayerKind, ModelConfig},
    model::testing::config,
    runner::Runner,
    weights::{NoProgress, RandomWeights, Tracked},
};

fn runner(config: ModelConfig, options: RunnerOptions) -> CandleRunner {
    CandleRunner::load(&RandomWeights::new(config, 7), options).unwrap()
}

/// A prompt of `length` ids that differ from seed to seed.
fn prompt(length: usize, seed: u32) -> Vec<u32> {
    (0..length as u32).map(|i| (i * 37 + seed * 101 + i * i * seed) % 190).collect()
}

fn job(prompt: Vec<u32>, seed: u64) -> Job {
    let sampling = SamplingParams {
        temperature: if seed.is_multiple_of(2) { 0.0 } else { 1.0 },
        seed,
        ..SamplingParams::default()
    };
    Job { prompt, max_tokens: 24, stop_tokens: Vec::new(), sampling, salt: 0 }
}

fn tokens(mut stream: TokenStream) -> (Vec<u32>, usize) {
    let mut tokens = Vec::new();
    loop {
        match stream.next_blocking().unwrap() {
            TokenEvent::Token(sampled) => tokens.push(sampled.token),
            TokenEvent::Finish(finish) => {
                assert_eq!(finish.reason, FinishReason::Length);
                return (tokens, finish.cached_tokens);
            }
        }
    }
}

/// The jobs' tokens and how many prompt tokens came from the cache, all submitted at once.
fn generate(
    options: RunnerOptions,
    limits: EngineLimits,
    jobs: &[Job],
) -> (Vec<Vec<u32>>, usize, u64) {
    let engine = LocalEngine::start(Box::new(runner(config(), options)), limits);
    let streams: Vec<_> = jobs.iter().map(|job| engine.submit(job.clone()).unwrap()).collect();
    let (tokens, cached): (Vec<_>, Vec<_>) = streams.into_iter().map(tokens).unzip();
    (tokens, cached.iter().sum(), engine.stats().preemptions)
}

/// Every job when no other runs, its prompt in one step, without the prefix cache.
fn alone(jobs: &[Job]) -> Vec<Vec<u32>> {
    let limits = EngineLimits { prefix_cache: false, ..EngineLimits::default() };
    let engine = LocalEngine::start(Box::new(runner(config(), RunnerOptions::default())), limits);
    jobs.iter().map(|job| tokens(engine.submit(job.clone()).unwrap()).0).collect()
}

fn jobs(count: u32) -> Vec<Job> {
    (0..count).map(|i| job(prompt(5 + 13 * i as usize % 90, i), u64::from(i))).collect()
}

#[test]
fn sixty_four_at_once_get_the_tokens_they_get_alone() {
    let jobs = jobs(64);
    let (together, ..) = generate(RunnerOptions::default(), EngineLimits::default(), &jobs);
    assert_eq!(together, alone(&jobs));
}

#[test]
fn chunks_threads_and_block_sizes_do_not_change_tokens() {
    let jobs = jobs(6);
    let want = alone(&jobs);
    for (chunk, threads, block_tokens) in
        [(1, 1, 16), (7, 2, 16), (16, 2, 32), (50, 1, 48), (1000, 3, 16)]
    {
        let options = RunnerOptions {
            threads: Some(threads),
            block_tokens,
            step_tokens: chunk,
            ..RunnerOptions::default()
        };
        let limits =
            EngineLimits { max_batch_tokens: chunk, max_seqs: 6, ..EngineLimits::default() };
        let (got, ..) = generate(options, limits, &jobs);
        assert_eq!(
            got, want,
            "{chunk} tokens a step, {threads} threads, {block_tokens} positions a block"
        );
    }
}

#[test]
fn preempted_sequences_get_the_same_tokens() {
    let long = |i: u32| Job { max_tokens: 100, ..job(prompt(60, i), u64::from(i)) };
    let jobs: Vec<_> = (0..8).map(long).collect();
    // A block of 16 positions takes 16 KiB over the four layers: 30 a group, where eight sequences of 160 tokens want 80.
    let kv_bytes = (30 * 16) << 10;
    let options =
        RunnerOptions { kv_bytes, step_tokens: 32, sequences: 8, ..RunnerOptions::default() };
    let limits = EngineLimits { max_batch_tokens: 32, ..EngineLimits::default() };
    let (got, _, preemptions) = generate(options, limits, &jobs);
    assert!(preemptions > 0, "the memory was too large for this test");
    assert_eq!(got, alone(&jobs));
}

#[test]
fn a_prefix_hit_does_not_change_tokens() {
    let shared = prompt(70, 3);
    let with_end = |i: u32| shared.iter().copied().chain(prompt(9, i)).collect::<Vec<_>>();
    let jobs: Vec<_> = (0..5).map(|i| job(with_end(i), u64::from(i))).collect();
    let engine = LocalEngine::start(
        Box::new(runner(config(), RunnerOptions::default())),
        EngineLimits::default(),
    );
    let one = |job: &Job| tokens(engine.submit(job.clone()).unwrap());
    let (got, cached): (Vec<_>, Vec<_>) = jobs.iter().map(one).unzip();
    assert!(cached[1..].iter().all(|c| *c >= 64), "no hits: {cached:?}");
    assert_eq!(got, alone(&jobs));
}

#[test]
fn logits_have_the_same_bits_in_chunks_of_any_size() {
    let tokens = prompt(130, 1);
    let logits = |step_tokens| {
        runner(config(), RunnerOptions { step_tokens, ..RunnerOptions::default() })
            .logits(&tokens)
            .unwrap()
    };
    let whole = logits(1000);
    assert_eq!(whole.len(), tokens.len() * config().vocabulary);
    for step_tokens in [1, 16, 33, 129] {
        assert!(logits(step_tokens) == whole, "{step_tokens}");
    }
}

#[test]
fn every_layer_kind_and_head_count_runs() {
    for (layers, heads, kv_heads, tied) in [
        (vec![LayerKind::Sliding; 2], 3, 1, true),
        (vec![LayerKind::Full; 3], 5, 5, false),
        (vec![LayerKind::Full, LayerKind::Full, LayerKind::Sliding], 6, 2, true),
    ] {
        let config = ModelConfig { layers, heads, kv_heads, tied, ..config() };
        let logits =
            runner(config.clone(), RunnerOptions::default()).logits(&prompt(40, 2)).unwrap();
        assert!(logits.iter().all(|x| x.is_finite()), "{config:?}");
    }
}

#[test]
fn what_does_not_fit_is_an_error_and_not_a_panic() {
    let options = RunnerOptions { kv_bytes: (24 * 16) << 10, ..RunnerOptions::default() };
    let mut small = runner(config(), options);
    assert!(small.logits(&prompt(900, 1)).is_err(), "more positions than blocks");
    assert!(
        runner(config(), RunnerOptions::default()).logits(&[200]).is_err(),
        "an id outside the vocabulary"
    );
    for wrong in [
        ModelConfig { kv_heads: 3, ..config() },
        ModelConfig { head_dim: 15, ..config() },
        ModelConfig { hidden: 48, ..config() },
        ModelConfig { experts_per_token: 5, ..config() },
    ] {
        let source = RandomWeights::new(config(), 7);
        let source = Reshaped { source, config: wrong };
        assert!(
            CandleRunner::load(&source, RunnerOptions::default()).is_err(),
            "{:?}",
            source.config
        );
    }
}

/// A source that claims another shape than its tensors have.
struct Reshaped {
    source: RandomWeights,
    config: ModelConfig,
}

impl crate::weights::WeightSource for Reshaped {
    fn config(&self) -> &ModelConfig {
        &self.config
    }

    fn tensor(
        &self,
        id: crate::weights::TensorId,
    ) -> Result<crate::weights::TensorData<'_>, crate::weights::WeightError> {
        self.source.tensor(id)
    }

    fn describe(
        &self,
        id: crate::weights::TensorId,
    ) -> Result<crate::weights::TensorInfo, crate::weights::WeightError> {
        self.source.describe(id)
    }
}

#[test]
fn the_kv_budget_is_kept_and_both_groups_get_blocks() {
    for kv_bytes in [1 << 18, 1 << 20, 1 << 26] {
        let spec = runner(config(), RunnerOptions { kv_bytes, ..RunnerOptions::default() }).spec();
        let block = 16 * 2 * 2 * 16 * 4; // keys and values of two heads of width 16
        assert!(spec.full_blocks > 0 && spec.sliding_blocks > 0, "{spec:?}");
        assert!((spec.full_blocks + spec.sliding_blocks) * 2 * block <= kv_bytes, "{spec:?}");
        assert!(spec.full_blocks >= spec.sliding_blocks, "{spec:?}");
    }
}

#[test]
fn loading_reports_every_tensor() {
    let source = RandomWeights::new(config(), 7);
    let tracked = Tracked::new(&source, "loading", &NoProgress).unwrap();
    assert!(CandleRunner::load(&tracked, RunnerOptions::default()).is_ok());
}

#[test]
fn a_compact_vocabulary_spreads_the_shared_logit() {
    use crate::model::{Embedding, Vocabulary};
    let vocabulary = Vocabulary::new(6, Some(&[4, 1])).unwrap();
    let mut by_id = [0.0; 6];
    vocabulary.expand(&[0.5, 1.5, 9.0], &mut by_id);
    assert_eq!(by_id, [9.0, 1.5, 9.0, 9.0, 0.5, 9.0]);
    let table = Tensor::new(&[[1.0f32], [2.0], [3.0]], &Device::Cpu).unwrap();
    let table = table.to_dtype(candle_core::DType::BF16).unwrap();
    let embedding = Embedding::new(table.clone(), vocabulary).unwrap();
    let rows =
        embedding.forward(&[0, 1, 4, 5]).unwrap().flatten_all().unwrap().to_vec1::<f32>().unwrap();
    assert_eq!(rows, [3.0, 2.0, 1.0, 3.0]);
    assert!(embedding.forward(&[6]).is_err());
    assert!(Embedding::new(table, Vocabulary::new(6, None).unwrap()).is_err());
    assert!(Vocabulary::new(6, Some(&[6])).is_err());
}
