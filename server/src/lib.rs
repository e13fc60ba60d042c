//! gpt-oss models through the OpenAI Responses API.
//!
//! [`app()`] is the whole API as an axum router over any [`gpt_oss_engine::Engine`]; the `gpt-oss` command owns listener and process.
//! This crate knows neither tensors nor kernels; only [`wire`] knows the API's JSON.

pub mod app;
pub mod callable;
pub mod cli;
mod config;
pub mod conversation;
pub mod emit;
pub mod error;
pub mod fold;
pub mod http;
mod id;
mod progress;
mod replay;
pub mod request;
pub mod serve;
pub mod sse;
pub mod stop;
pub mod store;
pub mod telemetry;
pub mod turn;
pub mod wire;

pub use app::{ApiSettings, AppState, UnsupportedInput, app};
pub use replay::{RecordingError, ReplayEngine, Reuse};

#[cfg(test)]
mod tests;
