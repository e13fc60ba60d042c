//! Tokens in, tokens out.
//!
//! One OS thread owns the scheduler, the KV bookkeeping and the runner; the rest of the process holds an [`Engine`] and, per job,
//! a [`TokenStream`] whose drop aborts the work. This crate knows no text, no Harmony and no JSON of the API.

pub mod batch;
pub mod config;
mod job;
pub mod runner;
mod stream;
pub mod weights;

pub use job::{Engine, EngineInfo, EngineStats, Job, SamplingParams, SubmitError};
pub use stream::{Finish, FinishReason, Logprob, Sampled, TokenEvent, TokenSender, TokenStream};
