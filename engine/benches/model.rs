//! Tokens a second of a whole model: `cargo bench -p gpt-oss-engine --bench model -- [demo|random:20b|DIR] [STREAMS…]`.
//!
//! Greedy sampling, prompts of 64 tokens, counted from the moment when every stream has spoken until the first one ends. Prints the
//! peak memory of the process too, so give one model a run.
#![allow(clippy::print_stdout, reason = "a bench prints its figures")]

use std::{error::Error, fs, time::Instant};

use gpt_oss_engine::{
    CandleRunner, Engine, EngineLimits, Job, LocalEngine, RunnerOptions, SamplingParams,
    TokenEvent, TokenStream, ceilings,
    weights::{NoProgress, WeightSource, open},
};

/// Bytes of weights that one token reads.
fn bytes_a_token(source: &dyn WeightSource) -> usize {
    let config = source.config();
    let rows = source.shared_rows().map_or(config.vocabulary, |ids| ids.len() + 1);
    let (h, i) = (config.hidden, config.intermediate);
    let attention = 2 * h * (2 * config.query_dim() + 2 * config.kv_dim());
    let experts = config.experts_per_token * 3 * h * i / 32 * 17;
    config.layers.len() * (attention + experts) + 2 * h * rows
}

fn run(
    engine: &LocalEngine,
    streams: usize,
    vocabulary: usize,
    tokens: usize,
) -> Result<f64, Box<dyn Error>> {
    let job = |s: usize| Job {
        prompt: (0..64).map(|i| ((i * 37 + s * 101) % vocabulary.min(4000)) as u32).collect(),
        max_tokens: tokens,
        stop_tokens: Vec::new(),
        sampling: SamplingParams { temperature: 0.0, ..SamplingParams::default() },
        salt: 0,
    };
    let mut streams =
        (0..streams).map(|s| engine.submit(job(s))).collect::<Result<Vec<TokenStream>, _>>()?;
    // From the moment when every stream has spoken.
    for stream in &mut streams {
        stream.next_blocking();
    }
    let (start, before) = (Instant::now(), engine.stats().generated);
    let first_done = &mut streams[0];
    while let Some(TokenEvent::Token(_)) = first_done.next_blocking() {}
    Ok((engine.stats().generated - before) as f64 / start.elapsed().as_secs_f64())
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    let name = arguments.first().map_or("demo", String::as_str);
    let mut streams: Vec<usize> = arguments.iter().skip(1).filter_map(|a| a.parse().ok()).collect();
    if streams.is_empty() {
        streams = vec![1, 8, 64];
    }
    let source = open(name, &NoProgress)?;
    let config = source.config().clone();
    let start = Instant::now();
    let runner = CandleRunner::load(source.as_ref(), RunnerOptions::default())?;
    println!("{name}: loaded in {:.2} s", start.elapsed().as_secs_f64());
    let limits =
        EngineLimits { max_batch_tokens: 512, prefix_cache: false, ..EngineLimits::default() };
    let engine = LocalEngine::start(Box::new(runner), limits);
    let big = config.hidden > 2000;
    for streams in streams {
        let speed = run(&engine, streams, config.vocabulary, if big { 24 } else { 200 })?;
        println!("{streams:3} streams: {speed:8.1} tokens/s");
    }
    drop(engine);
    let peak = fs::read_to_string("/proc/self/status")?;
    println!("{}", peak.lines().find(|l| l.starts_with("VmHWM")).unwrap_or("peak memory unknown"));
    let ceilings = ceilings(None)?;
    let bytes = bytes_a_token(source.as_ref()) as f64;
    let limit = ceilings.read_bytes_per_second / bytes;
    println!(
        "limit of the memory for one stream: {limit:.1} tokens/s ({:.2} GB a token, {:.1} GB/s read)",
        bytes / 1e9,
        ceilings.read_bytes_per_second / 1e9
    );
    Ok(())
}
