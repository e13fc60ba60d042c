//! From `--model` to an engine and its tokenizer.

use clap::{Args, ValueEnum};
use gpt_oss_engine::{
    LocalEngine,
    weights::{self, WeightSource},
};
use gpt_oss_harmony::Tokenizer;

use super::failure::Failure;
use crate::{config::ByteSize, progress::Bar};

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
    #[arg(long, env = "GPT_OSS_MAX_SEQS", value_name = "N", default_value_t = 64)]
    pub(super) max_seqs: usize,
    /// Requests that may wait for their turn; more are told to come back later (503).
    #[arg(long, env = "GPT_OSS_MAX_QUEUE", value_name = "N", default_value_t = 256)]
    pub(super) max_queue: usize,
    /// Tokens computed in one step over all answers; longer prompts are computed in chunks.
    #[arg(long, env = "GPT_OSS_MAX_BATCH_TOKENS", value_name = "N", default_value_t = 2048)]
    pub(super) max_batch_tokens: usize,
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
}

/// Until the model lands.
pub(super) fn load(_: &ModelArgs) -> Result<Loaded, Failure> {
    Err(Failure::failed("this build has no model yet; use --engine replay"))
}

/// The weights that `model` names.
pub(super) fn open(model: &str, bar: &Bar) -> Result<Box<dyn WeightSource>, Failure> {
    weights::open(model, bar).map_err(|error| Failure::failed(error.to_string()))
}
