//! Tokens in, tokens out.
//!
//! One OS thread owns the scheduler, the KV bookkeeping and the runner; the rest of the process holds an [`Engine`] and, per job,
//! a [`TokenStream`] whose drop aborts the work. This crate knows no text, no Harmony and no JSON of the API.

pub mod batch;
mod candle_runner;
mod ceilings;
pub mod config;
mod device;
mod fake;
mod huge_pages;
mod job;
mod kv_cache;
mod limits;
mod local;
pub mod model;
pub mod ops;
pub mod runner;
pub mod sampler;
mod scheduler;
mod scripted;
mod sequence;
mod stream;
pub mod weights;

pub use candle_runner::{CandleRunner, RunnerOptions};
pub use ceilings::{Ceilings, ceilings};
pub use device::{DeviceChoice, DeviceError};
pub use fake::FakeRunner;
pub use job::{Engine, EngineInfo, EngineStats, Job, SamplingParams, SubmitError};
pub use limits::EngineLimits;
pub use local::LocalEngine;
pub use scripted::ScriptedRunner;
pub use stream::{Finish, FinishReason, Logprob, Sampled, TokenEvent, TokenSender, TokenStream};
