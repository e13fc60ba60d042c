//! From `--model` to an engine and its tokenizer.

use std::thread;

use clap::{Args, ValueEnum};
use gpt_oss_engine::{
    CandleRunner, DeviceChoice, EngineLimits, LocalEngine, RunnerOptions,
    weights::{self, Tracked, WeightSource},
};
use gpt_oss_harmony::Tokenizer;

use super::failure::Failure;
use crate::{
    config::{ByteSize, positive},
    progress::Bar,
};

/// Which model, and where it runs.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Model")]
pub(super) struct ModelArgs {
    /// `demo` (built in), a checkpoint folder, or random weights for measuring: random:20b, random:120b, random:CONFIG.json.
    #[arg(long, env = "GPT_OSS_MODEL", default_value = "demo", value_name = "MODEL")]
    pub(super) model: String,
    /// Where the model runs; `auto` takes the fastest that this program was built for.
    #[arg(long, env = "GPT_OSS_DEVICE", value_enum, default_value = "auto")]
    pub(super) device: Device,
    /// Memory for the KV cache of all sequences together.
    #[arg(long, env = "GPT_OSS_KV_MEMORY", value_name = "BYTES", default_value = "1GiB")]
    pub(super) kv_memory: ByteSize,
    /// Answers that are generated at the same time.
    #[arg(long, env = "GPT_OSS_MAX_SEQS", value_name = "N", default_value_t = 64, value_parser = positive)]
    pub(super) max_seqs: usize,
    /// Requests that may wait for their turn; more are told to come back later (503).
    #[arg(long, env = "GPT_OSS_MAX_QUEUE", value_name = "N", default_value_t = 256, value_parser = positive)]
    pub(super) max_queue: usize,
    /// Tokens computed in one step over all answers; longer prompts are computed in chunks.
    #[arg(long, env = "GPT_OSS_MAX_BATCH_TOKENS", value_name = "N", default_value_t = 512, value_parser = positive)]
    pub(super) max_batch_tokens: usize,
    /// Threads that compute [default: one a processor core].
    #[arg(long, env = "GPT_OSS_THREADS", value_name = "N", value_parser = positive)]
    pub(super) threads: Option<usize>,
}

/// Where a model runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Device {
    /// The fastest that works here.
    Auto,
    /// The processor.
    Cpu,
    /// An NVIDIA GPU.
    Cuda,
    /// The GPU of a Mac.
    Metal,
}

/// A model that answers, and its tokenizer.
pub(super) struct Loaded {
    pub(super) engine: LocalEngine,
    pub(super) tokenizer: Tokenizer,
    /// The checkpoint's own default temperature.
    pub(super) temperature: Option<f32>,
}

/// Opens the weights, then reads tokenizer and model at the same time.
pub(super) fn load(args: &ModelArgs) -> Result<Loaded, Failure> {
    let bar = Bar::stderr();
    let source = open(&args.model, &bar)?;
    let (tokenizer, runner) = thread::scope(|scope| {
        let tokenizer = scope.spawn(|| tokenizer(&*source));
        let runner = runner_from(&*source, args, &bar);
        (tokenizer.join(), runner)
    });
    let tokenizer =
        tokenizer.map_err(|_| Failure::failed("the tokenizer could not be built; see above"))??;
    let limits = EngineLimits {
        max_batch_tokens: args.max_batch_tokens,
        max_seqs: args.max_seqs,
        max_waiting: args.max_queue,
        ..EngineLimits::default()
    };
    let engine = LocalEngine::start(Box::new(runner?), limits);
    Ok(Loaded { engine, tokenizer, temperature: source.temperature() })
}

/// The model alone, without an engine.
pub(super) fn runner(args: &ModelArgs) -> Result<CandleRunner, Failure> {
    let bar = Bar::stderr();
    let source = open(&args.model, &bar)?;
    runner_from(&*source, args, &bar)
}

/// The weights that `model` names.
pub(super) fn open(model: &str, bar: &Bar) -> Result<Box<dyn WeightSource>, Failure> {
    weights::open(model, bar).map_err(|error| Failure::failed(error.to_string()))
}

/// The checkpoint's own tokenizer, or that of gpt-oss.
pub(super) fn tokenizer(source: &dyn WeightSource) -> Result<Tokenizer, Failure> {
    let file = source.tokenizer_json().map_err(|error| Failure::failed(error.to_string()))?;
    let Some(file) = file else { return Ok(Tokenizer::o200k_harmony()) };
    Tokenizer::from_json(&file)
        .map_err(|error| Failure::failed(format!("the checkpoint's tokenizer.json: {error}")))
}

fn runner_from(
    source: &dyn WeightSource,
    args: &ModelArgs,
    bar: &Bar,
) -> Result<CandleRunner, Failure> {
    let options = RunnerOptions {
        device: DeviceChoice::from(args.device)
            .open()
            .map_err(|error| Failure::failed(error.to_string()))?,
        kv_bytes: usize::try_from(args.kv_memory.0).unwrap_or(usize::MAX),
        step_tokens: args.max_batch_tokens,
        sequences: args.max_seqs,
        threads: args.threads,
        ..RunnerOptions::default()
    };
    let source = Tracked::new(source, "loading weights", bar)
        .map_err(|error| Failure::failed(error.to_string()))?;
    CandleRunner::load(&source, options)
        .map_err(|error| Failure::failed(format!("cannot load the model: {error}")))
}

impl From<Device> for DeviceChoice {
    fn from(device: Device) -> Self {
        match device {
            Device::Auto => Self::Auto,
            Device::Cpu => Self::Cpu,
            Device::Cuda => Self::Cuda,
            Device::Metal => Self::Metal,
        }
    }
}
