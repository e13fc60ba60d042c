//! What the engine does beside the model: sampling a token, and a scheduler step over many sequences.
//!
//! `cargo bench -p gpt-oss-engine --bench core`. Each figure is the median of 200 samplings, or the best of five runs.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::time::{Duration, Instant};

use gpt_oss_engine::{
    Engine, EngineLimits, Job, LocalEngine, SamplingParams, ScriptedRunner, TokenEvent,
    batch::SampleRequest, sampler,
};

/// Rows of gpt-oss' unembedding.
const VOCABULARY: usize = 201_088;

/// Normally distributed logits around -8 with a few tokens that stand out, as a language model's do.
fn logits() -> Vec<f32> {
    let mut state = 1u64;
    let mut uniform = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1u64 << 24) as f32
    };
    let mut logits: Vec<f32> = (0..VOCABULARY)
        .map(|_| ((0..6).map(|_| uniform()).sum::<f32>() - 3.0) * 4.0 - 8.0)
        .collect();
    for (rank, id) in [1234, 99, 150_000, 42, 7_777, 200_000].into_iter().enumerate() {
        logits[id] = 14.0 - 2.0 * rank as f32;
    }
    logits
}

/// Median time of one sampling.
fn sampling(params: &SamplingParams, history: &[u32]) -> Duration {
    let original = logits();
    let mut logits = original.clone();
    let mut times: Vec<Duration> = (0..200)
        .map(|seed| {
            logits.copy_from_slice(&original);
            let params = SamplingParams { seed, ..params.clone() };
            let request = SampleRequest { params: &params, history, prompt_len: history.len() / 2 };
            let start = Instant::now();
            std::hint::black_box(sampler::sample(&mut logits, &request)).expect("finite logits");
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[times.len() / 2]
}

/// Tokens a second through the engine with a runner that computes nothing, `jobs` at once.
fn through_the_engine(jobs: usize) -> f64 {
    const TOKENS: usize = 2000;
    let limits =
        EngineLimits { max_seqs: jobs, stream_capacity: TOKENS, ..EngineLimits::default() };
    let runner = ScriptedRunner::new(VOCABULARY, 1 << 20, |_| vec![7; TOKENS]);
    let engine = LocalEngine::start(Box::new(runner), limits);
    let job = Job {
        prompt: vec![1; 100],
        max_tokens: TOKENS,
        stop_tokens: vec![],
        sampling: SamplingParams::default(),
        salt: 0,
    };
    let start = Instant::now();
    let streams: Vec<_> =
        (0..jobs).map(|_| engine.submit(job.clone()).expect("room in the queue")).collect();
    let mut tokens = 0;
    for mut stream in streams {
        while let Some(event) = stream.next_blocking() {
            tokens += usize::from(matches!(event, TokenEvent::Token(_)));
        }
    }
    tokens as f64 / start.elapsed().as_secs_f64()
}

fn main() {
    let plain = SamplingParams::default;
    let long: Vec<u32> = (0..100_000).map(|i| i * 7 % VOCABULARY as u32).collect();
    let cases = [
        ("greedy", SamplingParams { temperature: 0.0, ..plain() }, &long[..1]),
        ("temperature 1", plain(), &long[..1]),
        ("temperature 2", SamplingParams { temperature: 2.0, ..plain() }, &long[..1]),
        ("top_p 0.9", SamplingParams { top_p: 0.9, ..plain() }, &long[..1]),
        (
            "top_p 0.9 at temperature 5",
            SamplingParams { top_p: 0.9, temperature: 5.0, ..plain() },
            &long[..1],
        ),
        ("top_k 50", SamplingParams { top_k: 50, ..plain() }, &long[..1]),
        ("min_p 0.05", SamplingParams { min_p: 0.05, ..plain() }, &long[..1]),
        (
            "penalties over 100,000 tokens",
            SamplingParams { frequency_penalty: 0.1, repetition_penalty: 1.1, ..plain() },
            &long,
        ),
        (
            "greedy with 20 logprobs",
            SamplingParams { temperature: 0.0, logprobs: Some(20), ..plain() },
            &long[..1],
        ),
    ];
    println!("sampling one token of {VOCABULARY}:");
    for (name, params, history) in cases {
        println!("  {name:<32} {:>7.1} µs", sampling(&params, history).as_secs_f64() * 1e6);
    }
    println!("scheduler, channels and a runner that computes nothing:");
    for jobs in [1, 8, 64, 256] {
        let best = (0..5).map(|_| through_the_engine(jobs)).fold(0.0, f64::max);
        println!("  {jobs:>3} at once {best:>12.0} tokens/s");
    }
}
