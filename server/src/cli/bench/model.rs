//! A model on this machine: load, decode, prefill.

use std::time::Instant;

use futures_util::future::try_join_all;
use gpt_oss_engine::{
    Engine, FinishReason, Job, LocalEngine, SamplingParams, TokenEvent, TokenStream,
    config::ModelConfig,
    weights::{Part, PartSize, Report},
};
use serde::Serialize;

use super::{BenchArgs, machine, median};
use crate::{
    cli::{failure::Failure, load},
    progress::Bar,
};

/// Ids below this are in every tokenizer that gpt-oss checkpoints have, the demo's included.
const PROMPT_IDS: u64 = 4000;
/// Prompt of the streams that decode.
const SHORT_PROMPT: usize = 16;

/// What was measured of a model.
#[derive(Debug, Serialize)]
pub(super) struct ModelBench {
    /// As given by `--model`.
    pub(super) model: String,
    /// Bytes of weights in memory.
    pub(super) weight_bytes: u64,
    /// Bytes of weights that one token reads when it is alone: its experts, and all that is not an expert or an embedding row.
    pub(super) token_bytes: u64,
    /// From nothing to a model that can compute, in seconds.
    pub(super) load_seconds: f64,
    pub(super) decode: Vec<Decode>,
    pub(super) prefill: Vec<Prefill>,
    /// Largest memory of this process until here, in bytes; `None` where the system does not tell.
    pub(super) peak_memory: Option<u64>,
}

/// Answers generated at the same time.
#[derive(Debug, Serialize)]
pub(super) struct Decode {
    pub(super) streams: usize,
    /// Of all streams together, from the moment when each has its first token.
    pub(super) tokens_per_second: f64,
}

/// A prompt alone on the machine.
#[derive(Debug, Serialize)]
pub(super) struct Prefill {
    pub(super) prompt_tokens: usize,
    /// Seconds from submission to the first token.
    pub(super) first_token_seconds: f64,
    pub(super) tokens_per_second: f64,
}

pub(super) fn measure(args: &BenchArgs) -> Result<ModelBench, Failure> {
    let (weight_bytes, token_bytes) = {
        let source = load::open(&args.model.model, &Bar::stderr())?;
        let report = Report::new(&*source).map_err(|error| Failure::failed(error.to_string()))?;
        (report.bytes, token_bytes(&report, source.config()))
    };
    let began = Instant::now();
    let engine = load::load(&args.model)?.engine;
    let load_seconds = began.elapsed().as_secs_f64();
    let mut bench = Bencher {
        engine,
        runtime: tokio::runtime::Builder::new_current_thread().enable_time().build()?,
        seed: 1,
    };
    let mut decode = Vec::new();
    for &streams in &args.streams {
        let tokens_per_second =
            median(args.runs, || bench.decode(streams, usize::from(args.decode)))?;
        decode.push(Decode { streams, tokens_per_second });
    }
    let mut prefill = Vec::new();
    for &prompt_tokens in &args.prompts {
        let first_token_seconds = median(args.runs, || bench.first_token(prompt_tokens))?;
        let tokens_per_second = prompt_tokens as f64 / first_token_seconds;
        prefill.push(Prefill { prompt_tokens, first_token_seconds, tokens_per_second });
    }
    Ok(ModelBench {
        model: args.model.model.clone(),
        weight_bytes,
        token_bytes,
        load_seconds,
        decode,
        prefill,
        peak_memory: machine::peak_memory(),
    })
}

/// An engine under measurement.
struct Bencher {
    engine: LocalEngine,
    /// Reads all streams on one thread, so that the measurement takes little from the model.
    runtime: tokio::runtime::Runtime,
    /// Of the next prompt.
    seed: u64,
}

impl Bencher {
    /// Tokens a second of `streams` answers together, while all of them have begun and none has ended.
    fn decode(&mut self, streams: usize, tokens: usize) -> Result<f64, Failure> {
        let jobs = (0..streams)
            .map(|_| self.submit(SHORT_PROMPT, tokens))
            .collect::<Result<Vec<_>, _>>()?;
        let jobs = jobs.into_iter().map(|job| drain(job, tokens));
        let times = self.runtime.block_on(try_join_all(jobs))?;
        let began = times.iter().filter_map(|times| times.first()).max();
        let ended = times.iter().filter_map(|times| times.last()).min();
        let (Some(began), Some(ended)) = (began, ended) else {
            return Err(Failure::usage("--streams must be above 0"));
        };
        let seconds = ended.saturating_duration_since(*began).as_secs_f64();
        let counted = times.iter().flatten().filter(|time| *time > began && *time <= ended).count();
        if seconds == 0.0 || counted == 0 {
            return Err(Failure::failed(format!(
                "{streams} answers of {tokens} tokens never ran all at once; give more --max-seqs or a larger --decode"
            )));
        }
        Ok(counted as f64 / seconds)
    }

    /// Seconds to the first token after a prompt of `length` tokens.
    fn first_token(&mut self, length: usize) -> Result<f64, Failure> {
        let began = Instant::now();
        let job = self.submit(length, 1)?;
        let times = self.runtime.block_on(drain(job, 1))?;
        Ok(times.first().map_or(0.0, |first| (*first - began).as_secs_f64()))
    }

    fn submit(&mut self, prompt: usize, tokens: usize) -> Result<TokenStream, Failure> {
        self.seed += 1;
        let job = Job {
            prompt: random_prompt(self.seed, prompt),
            max_tokens: tokens,
            // Nothing stops an answer but its length, so that all are equally long.
            stop_tokens: Vec::new(),
            sampling: SamplingParams { temperature: 0.0, ..SamplingParams::default() },
            salt: 0,
        };
        self.engine.submit(job).map_err(|error| {
            Failure::failed(format!("the engine refuses the benchmark's job: {error}"))
        })
    }
}

/// Reads a stream to its end, which must be after `tokens` tokens; when each came.
async fn drain(mut stream: TokenStream, tokens: usize) -> Result<Vec<Instant>, Failure> {
    let mut times = Vec::with_capacity(tokens);
    while let Some(event) = stream.next().await {
        match event {
            TokenEvent::Token(_) => times.push(Instant::now()),
            TokenEvent::Finish(finish)
                if times.len() == tokens && finish.reason == FinishReason::Length =>
            {
                return Ok(times);
            }
            TokenEvent::Finish(finish) => {
                let (got, why) = (times.len(), finish.reason);
                return Err(Failure::failed(format!(
                    "an answer ended after {got} of {tokens} tokens: {why:?}"
                )));
            }
        }
    }
    Err(Failure::failed("the engine stopped during the measurement; its log says why"))
}

/// See [`ModelBench::token_bytes`].
fn token_bytes(report: &Report, config: &ModelConfig) -> u64 {
    let bytes = |part: &PartSize| match part.part {
        Part::Experts => part.bytes * config.experts_per_token as u64 / config.experts as u64,
        // Tied, it is read as the unembedding; else one row of it is.
        Part::Embedding if !config.tied => 0,
        _ => part.bytes,
    };
    report.parts.iter().map(bytes).sum()
}

/// Ids without meaning, different for each seed (a linear congruential generator with Knuth's MMIX constants).
fn random_prompt(seed: u64, length: usize) -> Vec<u32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let next = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 33) % PROMPT_IDS) as u32
    };
    std::iter::repeat_with(next).take(length).collect()
}
